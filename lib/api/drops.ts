/** What answers for drops: their states and addresses for uploads out. */

import type { AuditAct } from '../audit/audit-entry.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import type { OpenedDrop } from '../drops/erasable-drop.ts';
import { type DomainScope, isInScope } from '../packs/domain-scope.ts';
import { cursorPage } from './cursor-page.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';
import { allowedDomains, type Caller } from './roles.ts';
import { expiryOf, UPLOAD_SECONDS } from './signed-address.ts';
import type { StoredIds } from './stored-ids.ts';

export interface DropReader {
  get(id: string): Promise<DropStatus | null>;
  list(query: { scope: DomainScope; limit: number; before?: string }): Promise<{
    readonly items: readonly DropStatus[];
    readonly next: string | null;
  }>;
}

export interface Uploads {
  /** The key of an upload to come, which is that person's. */
  expect(folder: string, name: string, by: string): Promise<string>;
  /** An address to which one file may be PUT under the key, for so long. */
  sign(key: string, seconds: number): Promise<string>;
}

export interface UploadServices {
  readonly uploads: Uploads;
  /** Domains with a model. */
  readonly domains: () => Promise<readonly string[]>;
  readonly stored: Pick<StoredIds, 'isErasable'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface DropServices extends UploadServices {
  /** The name of its file, and why it failed; null: they cannot be read any more. */
  readonly openDrop: (drop: DropStatus) => Promise<OpenedDrop | null>;
  readonly recordAct: (domain: string, act: AuditAct) => Promise<void>;
  readonly drops: DropReader;
  readonly cursorSecret: () => Promise<Uint8Array>;
}

export function dropHandlers(
  services: DropServices,
): Required<Pick<Handlers, 'listDrops' | 'getDrop' | 'createUpload'>> {
  return {
    listDrops: (call) => listDrops(services, call),
    getDrop: (call) => getDrop(services, call),
    createUpload: (call) => createUpload(services, call),
  };
}

async function listDrops(
  { drops, cursorSecret }: DropServices,
  { query: { limit, cursor }, scope }: Call<'listDrops'>,
): Promise<Reply<'listDrops'>> {
  const read = (before: string | undefined) =>
    drops.list({ scope, limit, ...(before !== undefined && { before }) });
  return { body: await cursorPage(cursorSecret, { name: 'drops', filter: { scope }, cursor }, read, shown) };
}

async function getDrop(
  services: DropServices,
  { params, caller, pii }: Call<'getDrop'>,
): Promise<Reply<'getDrop'>> {
  const drop = await services.drops.get(params.id);
  if (drop === null) throw new Problem(404, `There is no drop ${params.id}.`);
  const body = shown(drop);
  if (!pii || drop.sealed === undefined) return { body };
  const { id, domain } = drop;
  await services.recordAct(domain, {
    ...({ event: 'pii_read', actor: caller.sub, subject: id } as const),
    at: new Date(services.now()).toISOString(),
    data: { route: 'GET /v1/drops/{id}', columns: ['*'], decisions: [] },
  });
  const opened = await services.openDrop(drop);
  return { body: { ...body, key: opened?.key ?? body.key, reason: opened?.words ?? body.reason } };
}

/** Field by field: the table holds more than is promised. */
function shown(drop: DropStatus): Reply<'getDrop'>['body'] {
  const { id, domain, state, key, version, bytes, receivedAt, updatedAt, attempt, by, model } = drop;
  const { progress, summary, warnings, reason, results, waiting } = drop;
  return {
    ...{ id, domain, state, key, version, bytes, receivedAt, updatedAt, attempt, by, model },
    progress: progress && { scored: progress.scored, of: progress.of },
    summary: summary && {
      ...{ received: summary.received, scored: summary.scored, rejected: summary.rejected },
      ...{ flagged: summary.flagged, unexplained: summary.unexplained },
    },
    ...{ warnings: [...warnings], reason, results, waiting },
  };
}

async function createUpload(
  services: DropServices,
  { body, caller }: Call<'createUpload'>,
): Promise<Reply<'createUpload'>> {
  await expectDomain(services.domains, body.domain, caller);
  const name = nameToSign(services, body.domain, body.name);
  const key = await services.uploads.expect(`drops/${body.domain}`, name, caller.sub);
  return { body: await signUpload(services, key) };
}

/**
 * Of an erasable domain: the name may name a person, and stands in the table of uploads, and in logs of access to the bucket. How the
 * file ends says enough.
 */
export function nameToSign({ stored }: Pick<UploadServices, 'stored'>, domain: string, name: string): string {
  return stored.isErasable(domain) ? `file${endingOf(name)}` : name;
}

/** `.csv.gz` of a name, or nothing. */
function endingOf(name: string): string {
  return /(\.(csv|tsv|txt|jsonl|ndjson|json|parquet))?(\.(gz|zst))?$/i.exec(name)![0].toLowerCase();
}

export async function signUpload(
  { uploads, now }: UploadServices,
  key: string,
): Promise<Reply<'createUpload'>['body']> {
  const expires_at = expiryOf(now(), UPLOAD_SECONDS);
  return { key, url: await uploads.sign(key, UPLOAD_SECONDS), method: 'PUT', expires_at };
}

/** Throws a Problem for a domain that no model serves. It names the domains that the caller may read. */
export async function expectDomain(
  domains: () => Promise<readonly string[]>,
  domain: string,
  caller: Caller,
): Promise<void> {
  const known = await domains();
  if (known.includes(domain)) return;
  const scope = allowedDomains(caller, 'read');
  const named = known.filter((one) => isInScope(scope, one)).join(', ') || 'none';
  const detail = `there is no model for "${domain}"; there is one for ${named}`;
  throw new Problem(422, 'The domain is not known.', { faults: [{ at: '/domain', detail }] });
}
