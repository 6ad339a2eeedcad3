/** What answers for drops: their states and addresses for uploads out. */
import type { DropStatus } from '../drops/drop-status.ts';
import { cursorPage } from './cursor-page.ts';
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

export interface UploadServices {
  readonly uploads: Uploads;
  /** Domains with a model. */
  readonly domains: () => Promise<readonly string[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface DropServices extends UploadServices {
  readonly drops: DropReader;
  readonly cursorSecret: () => Promise<Uint8Array>;
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
  const read = (before: string | undefined) =>
    drops.list({ ...filter, limit, ...(before !== undefined && { before }) });
  return { body: await cursorPage(cursorSecret, { name: 'drops', filter, cursor }, read, shown) };
}

async function getDrop({ drops }: DropServices, { params }: Call<'getDrop'>): Promise<Reply<'getDrop'>> {
  const drop = await drops.get(params.id);
  if (drop === null) throw new Problem(404, `There is no drop ${params.id}.`);
  return { body: shown(drop) };
}

function shown(drop: DropStatus): Reply<'getDrop'>['body'] {
  return { ...drop, warnings: [...drop.warnings] };
}

/** The bucket keeps versions: a second file of the same name is a drop of its own, and harms none that is being read. */
async function createUpload(
  services: DropServices,
  { body }: Call<'createUpload'>,
): Promise<Reply<'createUpload'>> {
  await expectDomain(services.domains, body.domain);
  return { body: await signUpload(services, `drops/${body.domain}/${body.name}`) };
}

export async function signUpload(
  { uploads, now }: UploadServices,
  key: string,
): Promise<Reply<'createUpload'>['body']> {
  const expires_at = new Date(now() + uploadSeconds * 1000).toISOString();
  return { key, url: await uploads.sign(key, uploadSeconds), method: 'PUT', expires_at };
}

/** Throws a Problem for a domain that no model serves. */
export async function expectDomain(domains: () => Promise<readonly string[]>, domain: string): Promise<void> {
  const known = await domains();
  if (known.includes(domain)) return;
  const detail = `there is no model for "${domain}"; there is one for ${known.join(', ') || 'none'}`;
  throw new Problem(422, 'The domain is not known.', { faults: [{ at: '/domain', detail }] });
}
