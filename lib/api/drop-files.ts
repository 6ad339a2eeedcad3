/**
 * The files of a drop, whatever became of it: which there are, and an address to fetch one from for some minutes. Who fetched which
 * file stands in the domain's log of acts before the address is given.
 */
import type { AuditAct } from '../audit/audit-entry.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { isPersonalFile, RESULT_FILES, type ResultFileName } from '../drops/result-files.ts';
import type { PersonalData } from '../packs/personal-data.ts';
import { expectPersonalRight } from './authorize.ts';
import type { DropReader } from './drops.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { Problem } from './problem.ts';
import { DOWNLOAD_SECONDS, expiryOf } from './signed-address.ts';

export interface DropFileServices {
  readonly drops: Pick<DropReader, 'get'>;
  readonly files: {
    /** Bytes of each object that is there, by name. */
    sizes(drop: Pick<DropStatus, 'id' | 'domain'>): Promise<ReadonlyMap<ResultFileName, number>>;
    /** An address that gives the object for so long, under a file name. */
    sign(drop: Pick<DropStatus, 'id' | 'domain'>, name: ResultFileName, seconds: number): Promise<string>;
  };
  /** By the pack of a model and that of the champion; `model` null: by the champion's alone. */
  readonly personalData: (domain: string, model: string | null) => Promise<PersonalData>;
  readonly recordAct: (domain: string, act: AuditAct) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function dropFileHandlers(
  services: DropFileServices,
): Required<Pick<Handlers, 'listDropFiles' | 'getDropFile'>> {
  return {
    listDropFiles: (call) => listFiles(services, call),
    getDropFile: (call) => getFile(services, call),
  };
}

async function listFiles(
  services: DropFileServices,
  { params }: Call<'listDropFiles'>,
): Promise<Reply<'listDropFiles'>> {
  const drop = await findDrop(services, params.id);
  const [sizes, known] = await Promise.all([
    services.files.sizes(drop),
    services.personalData(drop.domain, drop.model),
  ]);
  const items = RESULT_FILES.flatMap((name) => {
    const bytes = sizes.get(name);
    if (bytes === undefined) return [];
    return { name, bytes, personal: isPersonalFile(name, known) };
  });
  return { body: { items } };
}

async function getFile(
  services: DropFileServices,
  { params, caller }: Call<'getDropFile'>,
): Promise<Reply<'getDropFile'>> {
  const { id, name } = params;
  const drop = await findDrop(services, id);
  const { domain } = drop;
  const isPersonal = isPersonalFile(name, await services.personalData(domain, drop.model));
  if (isPersonal) expectPersonalRight(caller, domain, `${name} holds`);
  const bytes = (await services.files.sizes(drop)).get(name);
  if (bytes === undefined)
    throw new Problem(
      404,
      `The drop ${id} has no ${name}: it is ${drop.state}. GET /v1/drops/${id}/files lists what there is.`,
    );
  const at = new Date(services.now()).toISOString();
  const data = { file: name, personal: isPersonal };
  await services.recordAct(domain, { event: 'file_fetched', actor: caller.sub, subject: id, at, data });
  const url = await services.files.sign(drop, name, DOWNLOAD_SECONDS);
  const expires_at = expiryOf(services.now(), DOWNLOAD_SECONDS);
  return { body: { name, bytes, personal: isPersonal, url, method: 'GET', expires_at } };
}

async function findDrop({ drops }: DropFileServices, id: string): Promise<DropStatus> {
  const drop = await drops.get(id);
  if (drop === null) throw new Problem(404, `There is no drop ${id}.`);
  return drop;
}
