/**
 * The records that flags show, against `records.parquet` of their drops, whose hash the log of the drop has: what an officer reads of a
 * record, its entity and its time are those that were scored.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type FlagItem, fitsBeside } from '../decisions/flag-item.ts';
import { linksOf } from '../decisions/flag-links.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import { entitySql, recordJsonSql, timeTextSql } from '../drops/flag-items.ts';
import { parquetSql } from '../engine/parquet.ts';
import { quoteText, Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { MissingObject, type ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import type { StoreProblem } from '../reviews/check-reviews.ts';
import { hashFile } from '../scoring/hash-files.ts';

export interface RecordSources {
  readonly flags: { getAll(ids: readonly string[]): Promise<readonly FlagItem[]> };
  readonly data: Pick<ObjectStore, 'download'>;
  /** Throws an InputError where it is not there, or not the one that it was. */
  readonly packOf: (domain: string, model: string) => Promise<Pack>;
}

const BATCH = 100;
export const RECORDS = 'records.parquet';

/** Of one drop. */
export interface DropRecords {
  /** Of its flags. */
  readonly ids: readonly string[];
  /** The hash of records.parquet that its log has; null: it has none. */
  readonly sealed: string | null;
}

/** `drops`: by their ids. */
export async function verifyFlagRecords(
  sources: RecordSources,
  domain: string,
  drops: ReadonlyMap<string, DropRecords>,
): Promise<StoreProblem[]> {
  const problems: StoreProblem[] = [];
  const session = await Session.open();
  try {
    for (const [drop, { ids, sealed }] of drops) {
      const path = join(session.folder, RECORDS);
      try {
        const odd = await fetchRecords(sources, { id: drop, domain, sealed }, path);
        if (odd !== null) problems.push({ where: `drop ${drop}`, decision: '', ...odd });
        else problems.push(...(await checkDrop(sources, session, { domain, ids, path })));
      } finally {
        await rm(path, { force: true });
      }
    }
  } finally {
    await session.close();
  }
  return problems;
}

/** Null: the file is there as it was sealed. */
async function fetchRecords(
  { data }: RecordSources,
  { sealed, ...drop }: { readonly id: string; readonly domain: string; readonly sealed: string | null },
  path: string,
): Promise<Pick<StoreProblem, 'kind' | 'message'> | null> {
  const keys = dropKeys(drop);
  try {
    await data.download(keys.records, path);
  } catch (error) {
    if (!(error instanceof MissingObject)) throw error;
    return { kind: 'missing', message: `there is no ${keys.records}` };
  }
  const own = await hashFile(path);
  if (own === sealed) return null;
  const message = `the sha256 of ${keys.records} is ${own}; the log of the drop says ${sealed ?? 'none'}`;
  return { kind: 'mismatch', message };
}

interface FetchedRecords {
  readonly domain: string;
  readonly ids: readonly string[];
  readonly path: string;
}

async function checkDrop(
  { flags, packOf }: RecordSources,
  session: Session,
  { domain, ids, path }: FetchedRecords,
): Promise<StoreProblem[]> {
  const problems: StoreProblem[] = [];
  for (let from = 0; from < ids.length; from += BATCH) {
    const stored = await flags.getAll(ids.slice(from, from + BATCH));
    for (const [model, own] of Map.groupBy(stored, (flag) => flag.model)) {
      try {
        problems.push(...(await checkFlags(session, await packOf(domain, model), { own, path })));
      } catch (error) {
        if (!(error instanceof InputError)) throw error;
        const message = `its model ${model} cannot be read: ${error.message}`;
        problems.push(...own.map((flag) => problemOf(flag, 'missing', message)));
      }
    }
  }
  return problems;
}

interface RecordFacts extends Record<string, unknown> {
  readonly record_id: string;
  readonly entity: string | null;
  readonly time: string | null;
  readonly record: string;
}

async function checkFlags(
  session: Session,
  pack: Pack,
  { own, path }: { readonly own: readonly FlagItem[]; readonly path: string },
): Promise<StoreProblem[]> {
  const rows = await session.rows<RecordFacts>(
    `SELECT record_id, ${entitySql(pack)} AS entity, ${timeTextSql(pack)} AS time, ${recordJsonSql(pack)} AS record
     FROM ${parquetSql([path])} WHERE NOT history AND record_id IN (${own.map((flag) => quoteText(flag.record_id)).join(', ')})`,
  );
  const byId = new Map(rows.map((row) => [row.record_id, row]));
  return own.flatMap((flag) => {
    const row = byId.get(flag.record_id);
    if (row === undefined)
      return problemOf(flag, 'mismatch', `${RECORDS} of its drop has no record ${flag.record_id}`);
    const record = JSON.parse(row.record) as Record<string, unknown>;
    const facts = [
      ['entity', flag.entity, row.entity],
      ['time', flag.time, row.time],
      ['record', flag.record === null ? record : parsed(flag.record), record],
      ['links', flag.links ?? [], linksOf(pack, record)],
    ] as const;
    const problems = facts
      .filter(([, found, expected]) => !isDeepStrictEqual(found, expected))
      .map(([name]) => problemOf(flag, 'mismatch', `its ${name} in the table is not that of ${RECORDS}`));
    // Only a record that is too large for an item, beside its explanation, stands in the drop's results alone.
    if (flag.record !== null || !fitsBeside(JSON.stringify(record), flag.explanation)) return problems;
    return [...problems, problemOf(flag, 'mismatch', 'its record was taken out of the table')];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Values are not quoted: they may be personal. */
function problemOf({ flag }: FlagItem, kind: StoreProblem['kind'], message: string): StoreProblem {
  return { where: `flag ${flag}`, kind, message, decision: flag };
}
