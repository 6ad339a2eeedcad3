/** What answers for drops: their states and addresses for uploads out. */
import type { DropStatus } from '../drops/drop-status.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Answerers, Call, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';

const uploadSeconds = 15 * 60;

export interface DropReader {
  get(id: string): Promise<DropStatus | null>;
  list(query: { domain?: string; limit: number; before?: string }): Promise<{
    readonly items: readonly DropStatus[];
    readonly next: string | null;
  }>;
}

export interface Uploads {
  /** An address to which one file may be PUT under the key, for so long. */
  sign(key: string, seconds: number): Promise<string>;
}

export interface DropServices {
  readonly drops: DropReader;
  readonly uploads: Uploads;
  /** Domains with a model. */
  readonly domains: () => Promise<readonly string[]>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function dropAnswerers(
  services: DropServices,
): Required<Pick<Answerers, 'listDrops' | 'getDrop' | 'createUpload'>> {
  return {
    listDrops: (call) => listDrops(services, call),
    getDrop: (call) => getDrop(services, call),
    createUpload: (call) => createUpload(services, call),
  };
}

async function listDrops(
  { drops, cursorSecret }: DropServices,
  { query }: Call<'listDrops'>,
): Promise<Reply<'listDrops'>> {
  const { limit, cursor } = query;
  const filter = query.domain === undefined ? {} : { domain: query.domain };
  const list = listName('drops', filter);
  const secret = await cursorSecret();
  const before = cursor === undefined ? {} : { before: openCursor(secret, list, cursor) };
  const { items, next } = await drops.list({ ...filter, limit, ...before });
  return { body: { items: [...items], next: next === null ? null : sealCursor(secret, list, next) } };
}

async function getDrop({ drops }: DropServices, { params }: Call<'getDrop'>): Promise<Reply<'getDrop'>> {
  const drop = await drops.get(params.id);
  if (drop === null) throw new Problem(404, `There is no drop ${params.id}.`);
  return { body: drop };
}

/** The bucket keeps versions: a second file of the same name is a drop of its own, and harms none that is being read. */
async function createUpload(
  { uploads, domains, now }: DropServices,
  { body }: Call<'createUpload'>,
): Promise<Reply<'createUpload'>> {
  await expectDomain(domains, body.domain);
  const key = `drops/${body.domain}/${body.name}`;
  const expires = new Date(now() + uploadSeconds * 1000).toISOString();
  const url = await uploads.sign(key, uploadSeconds);
  return { body: { key, url, method: 'PUT', expires_at: expires } };
}

/** Throws a Problem for a domain that no model serves. */
export async function expectDomain(domains: () => Promise<readonly string[]>, domain: string): Promise<void> {
  const known = await domains();
  if (known.includes(domain)) return;
  const detail = `there is no model for "${domain}"; there is one for ${known.join(', ') || 'none'}`;
  throw new Problem(422, 'The domain is not known.', { faults: [{ at: '/domain', detail }] });
}
