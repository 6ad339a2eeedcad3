/** A folder of subject keys as commands open it: one at a time, with random bytes and a clock, an interrupted erasure ended first. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Option } from 'commander';
import { quoteText, Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { finishErasure } from '../privacy/erase-subject.ts';
import { KeyActs } from '../privacy/key-acts.ts';
import { type KeyFolder, withKeyFolder } from '../privacy/key-folder.ts';
import { findKeyedId, type OpenedRecords, openRecords, readErasable } from '../privacy/open-run.ts';
import { isKeyedId } from '../privacy/reveal.ts';
import type { RunFolder } from '../scoring/run-folder.ts';

export const subjectKeysOption = (): Option =>
  new Option('--subject-keys <dir>', 'keys of the subjects (assay subject-keys create)');

export async function atSubjectKeys<Result>(
  folder: string,
  work: (keys: KeyFolder, acts: KeyActs) => Promise<Result>,
): Promise<Result> {
  return await withKeyFolder(folder, randomBytes, async (keys) => {
    const acts = await KeyActs.open(join(folder, 'acts'), () => new Date());
    await finishErasure(keys, acts);
    return await work(keys, acts);
  });
}

export interface OpenedRecord {
  /** As the run has it. */
  readonly recordId: string;
  /** Null: the run's records are stored as they were delivered. */
  readonly opened: OpenedRecords | null;
  /** The act by which its subject was erased, as words; null: it was not, or the run's records are not sealed. */
  readonly erased: string | null;
}

/** A record of a run by its true id or its keyed one. Throws an InputError where keys are needed, or do not know it. */
export async function openRecord(
  { path, audit, records }: RunFolder,
  id: string,
  folder: string | undefined,
): Promise<OpenedRecord> {
  const erasable = await readErasable(audit);
  if (erasable === null) {
    if (folder !== undefined)
      throw new InputError(`${path}: its records are not sealed; leave --subject-keys out`);
    return { recordId: id, opened: null, erased: null };
  }
  if (folder === undefined) {
    if (isKeyedId(id)) return { recordId: id, opened: null, erased: null };
    throw new InputError(
      `${path}: its records are sealed, and "${id}" is no keyed id (r_…): name the keys (--subject-keys)`,
    );
  }
  return await atSubjectKeys(folder, (keys, acts) =>
    inSession(async (session) => {
      const run = { records, erasable };
      const recordId = isKeyedId(id) ? id : await findKeyedId(session, run, keys, id);
      if (recordId === null)
        throw new InputError(
          `${path}: these keys find no record "${id}": it was not scored, or its subject is erased; a keyed id (r_…, in decisions.parquet) replays all the same`,
        );
      const opened = await openRecords(session, run, keys, `record_id = ${quoteText(recordId)}`);
      return { recordId, opened, erased: opened.values.has(recordId) ? null : erasedBy(acts, opened) };
    }),
  );
}

function erasedBy({ entries }: KeyActs, { erased }: OpenedRecords): string {
  const act = entries.find(({ event, subject }) => event === 'erased' && erased.has(subject));
  if (act === undefined) return 'its subject has no key any more';
  return `its subject ${act.subject} was erased on ${act.at?.slice(0, 10)} by ${act.actor} (${act.data.basis})`;
}

export async function inSession<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
  const session = await Session.open();
  try {
    return await work(session);
  } finally {
    await session.close();
  }
}
