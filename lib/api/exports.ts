/**
 * What answers for exports: someone asks for one, sees how far it is, and fetches it. No one else is given the file; that it was fetched
 * stands in the domain's log of acts before the address is given.
 */
import type { AuditAct } from '../audit/audit-entry.ts';
import { namesSubject } from '../audit/names-subject.ts';
import {
  type DossierSelection,
  type ExportJob,
  type ExportRequest,
  isPersonalExport,
  MAX_OPEN_EXPORTS,
} from '../dossier/export-job.ts';
import type { AssayEvent } from '../events/event-schemas.ts';
import type { KeysOf } from '../privacy/domain-keys.ts';
import { expectPersonalRight } from './authorize.ts';
import { expectDomain } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';
import { DOWNLOAD_SECONDS, expiryOf } from './signed-address.ts';

const RETRY_SECONDS = 60;

export interface ExportServices {
  readonly exports: {
    ask(
      domain: string,
      request: ExportRequest,
      by: string,
    ): Promise<{ readonly job: ExportJob; readonly event: AssayEvent } | null>;
    get(id: string): Promise<ExportJob | null>;
  };
  /** An address that gives the file of that key for so long, under that name. */
  readonly sign: (key: string, name: string, seconds: number) => Promise<string>;
  readonly flags: { domainOf(id: string): Promise<string | null> };
  readonly cases: { domainOf(id: string): Promise<string | null> };
  readonly domains: () => Promise<readonly string[]>;
  /** Null: records of the domain are not erasable. */
  readonly keysOf: KeysOf;
  /** Has it made: where that fails, within minutes. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
  readonly recordAct: (domain: string, act: AuditAct) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function exportHandlers(
  services: ExportServices,
): Required<Pick<Handlers, 'askForDossier' | 'askForSubject' | 'getExport' | 'getExportFile'>> {
  return {
    askForDossier: (call) => askForDossier(services, call),
    askForSubject: (call) => askForSubject(services, call),
    getExport: async ({ params }) => ({ body: shown(await findExport(services, params.id)) }),
    getExportFile: (call) => getFile(services, call),
  };
}

async function askForDossier(
  services: ExportServices,
  { body, caller }: Call<'askForDossier'>,
): Promise<Reply<'askForDossier'>> {
  const { domain, pii } = body;
  await expectDomain(services.domains, domain, caller);
  const selection = await selectionOf(services, body);
  return await ask(services, domain, { kind: 'dossier', selection, pii }, caller.sub);
}

async function askForSubject(
  services: ExportServices,
  { body: { domain, subject, basis }, caller }: Call<'askForSubject'>,
): Promise<Reply<'askForSubject'>> {
  await expectDomain(services.domains, domain, caller);
  expectPersonalRight(caller, domain, 'The export holds');
  if (namesSubject(basis, subject))
    throw new Problem(422, 'The basis names the subject.', {
      faults: [
        { at: '/basis', detail: 'it stands in the log for good: say it without the id of the subject' },
      ],
    });
  const known = await knownAs(services, domain, subject);
  return await ask(services, domain, { kind: 'subject', subject: known, basis }, caller.sub);
}

/** What stores know the subject by: its pseudonym, where records of the domain are erasable. */
async function knownAs({ keysOf }: ExportServices, domain: string, subject: string): Promise<string> {
  const keys = await keysOf(domain);
  if (keys === null) return subject;
  const found = (await keys.find([subject])).get(subject);
  if (found === undefined)
    throw new Problem(404, `${domain} has no key of this subject: it is erased, or never came.`);
  return found.pseudonym;
}

/** A flag or case of another domain is not found: its answer is the one for what does not exist. */
async function selectionOf(
  { flags, cases }: ExportServices,
  { domain, flag, case: one, from, until }: Call<'askForDossier'>['body'],
): Promise<DossierSelection> {
  if (flag !== undefined) {
    if ((await flags.domainOf(flag)) !== domain) throw new Problem(404, `There is no flag ${flag}.`);
    return { kind: 'flag', id: flag };
  }
  if (one !== undefined) {
    if ((await cases.domainOf(one)) !== domain) throw new Problem(404, `There is no case ${one}.`);
    return { kind: 'case', id: one };
  }
  return {
    ...({ kind: 'period', domain } as const),
    ...(from !== undefined && { from: inUtc(from) }),
    ...(until !== undefined && { until: inUtc(until) }),
  };
}

const inUtc = (time: string): string => new Date(time).toISOString();

async function ask(
  { exports, publish }: ExportServices,
  domain: string,
  request: ExportRequest,
  by: string,
): Promise<{ readonly body: ReturnType<typeof shown> }> {
  const asked = await exports.ask(domain, request, by);
  if (asked === null)
    throw new Problem(
      429,
      `You have ${MAX_OPEN_EXPORTS} exports under way, which is the most: ask again when one has ended.`,
      { headers: { 'retry-after': String(RETRY_SECONDS) } },
    );
  const { job, event } = asked;
  await publish(event);
  return { body: shown(job) };
}

async function getFile(
  services: ExportServices,
  { params: { id }, caller }: Call<'getExportFile'>,
): Promise<Reply<'getExportFile'>> {
  const job = await findExport(services, id);
  const { domain, by, state, file, bytes, request } = job;
  const personal = isPersonalExport(request);
  if (caller.sub !== by)
    throw new Problem(403, 'Only who asked for an export is given it.', { denial: { domain } });
  if (personal) expectPersonalRight(caller, domain, 'The export holds');
  if (state !== 'done' || file === null || bytes === null)
    throw new Problem(404, `The export ${id} has no file: it is ${state}.`);
  const name = `${request.kind}-${id}.zip`;
  const at = new Date(services.now()).toISOString();
  const data = { file: name, personal };
  await services.recordAct(domain, { event: 'file_fetched', actor: caller.sub, subject: id, at, data });
  const url = await services.sign(file, name, DOWNLOAD_SECONDS);
  const expires_at = expiryOf(services.now(), DOWNLOAD_SECONDS);
  return { body: { name, bytes, personal, url, method: 'GET', expires_at } };
}

async function findExport({ exports }: ExportServices, id: string): Promise<ExportJob> {
  const job = await exports.get(id);
  if (job === null) throw new Problem(404, `There is no export ${id}.`);
  return job;
}

/** Not of whom it is: all who read the domain see this. */
function shown({ id, domain, request, by, askedAt, state, reason, bytes, expiresAt }: ExportJob) {
  return {
    ...{ id, domain, kind: request.kind, by, asked_at: askedAt, state, reason, bytes },
    ...{ personal: isPersonalExport(request), expires_at: expiresAt },
  };
}
