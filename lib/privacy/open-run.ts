/** What a run holds of its subjects, put back to true values by their keys; what was erased stays a pseudonym. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { type Erasable, SEALED } from './erasable.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { SubjectKey, SubjectKeys } from './subject-keys.ts';

const First = z.object({
  data: z.object({
    erasable: z
      .object({ register: z.string(), subjects: z.array(z.string()).min(1), sealed: z.array(z.string()) })
      .optional(),
  }),
});

/** How the run's records were sealed, as its log says in the first line; null: they were not. */
export async function readErasable(audit: string): Promise<Erasable | null> {
  for await (const line of createInterface({ input: createReadStream(audit) })) {
    try {
      return First.parse(JSON.parse(line)).data.erasable ?? null;
    } catch (cause) {
      throw new InputError(`${audit}: its first line is no entry of a run; assay verify says what is wrong`, {
        cause,
      });
    }
  }
  return null;
}

export interface SealedRun {
  /** Path of records.parquet. */
  readonly records: string;
  readonly erasable: Erasable;
}

type Values = Readonly<Record<string, string | null>>;

export interface OpenedRecords {
  /** True values by what stands for them: ids of subjects by pseudonym, ids of records by keyed id. */
  readonly names: ReadonlyMap<string, string>;
  /** Of the sealed columns, by keyed record id; without records whose subject is erased. */
  readonly values: ReadonlyMap<string, Values>;
  /** Pseudonyms that have no key any more. */
  readonly erased: ReadonlySet<string>;
}

interface SealedRow {
  readonly recordId: string;
  /** Of the subjects; the entity's first. */
  readonly pseudonyms: readonly (string | null)[];
  readonly sealed: string;
}

export function expectSameKeys({ erasable }: SealedRun, { register }: SubjectKeys): void {
  if (erasable.register === register.id) return;
  throw new InputError(
    `the run was sealed with other keys: those of the register ${erasable.register}, not ${register.id}`,
  );
}

/** `condition` is SQL over the columns of records.parquet. */
export async function openRecords(
  session: Session,
  run: SealedRun,
  keys: SubjectKeys,
  condition = 'true',
): Promise<OpenedRecords> {
  expectSameKeys(run, keys);
  const rows = await readRows(session, run, condition);
  const pseudonyms = [...new Set(rows.flatMap((row) => row.pseudonyms.filter((one) => one !== null)))];
  const found = await keys.findByPseudonym(pseudonyms);
  const names = new Map([...found].map(([pseudonym, { id }]) => [pseudonym, id]));
  const values = new Map<string, Values>();
  const cipherOf = ciphersOf(found);
  for (const { recordId, pseudonyms: own, sealed } of rows) {
    const text = cipherOf(own[0])?.open(sealed, recordId) ?? null;
    if (text === null) continue;
    const [trueId, ...others] = JSON.parse(text) as [string, ...(string | null)[]];
    names.set(recordId, trueId);
    values.set(
      recordId,
      Object.fromEntries(run.erasable.sealed.map((name, at) => [name, others[at] ?? null])),
    );
  }
  return { names, values, erased: new Set(pseudonyms.filter((pseudonym) => !found.has(pseudonym))) };
}

/** The keyed id of a record of the run; null: none of its subjects that still have a key has such a record. */
export async function findKeyedId(
  session: Session,
  run: SealedRun,
  keys: SubjectKeys,
  recordId: string,
): Promise<string | null> {
  expectSameKeys(run, keys);
  const rows = await readRows(session, run, 'NOT history');
  const entities = [...new Set(rows.flatMap(({ pseudonyms: [entity] }) => entity ?? []))];
  const cipherOf = ciphersOf(await keys.findByPseudonym(entities));
  const wanted = new Set(entities.flatMap((entity) => cipherOf(entity)?.keyedId(recordId) ?? []));
  return rows.find((row) => wanted.has(row.recordId))?.recordId ?? null;
}

async function readRows(
  session: Session,
  { records, erasable }: SealedRun,
  condition: string,
): Promise<SealedRow[]> {
  const columns = erasable.subjects.map(quoteIdentifier).join(', ');
  const sql = `SELECT record_id, ${SEALED}, ${columns} FROM ${parquetSql([records])} WHERE ${condition}`;
  const rows: SealedRow[] = [];
  for await (const chunk of session.chunks(sql))
    for (const [recordId, sealed, ...pseudonyms] of chunk.getRows() as [
      string,
      string,
      ...(string | null)[],
    ][])
      rows.push({ recordId, sealed, pseudonyms });
  return rows;
}

function ciphersOf(
  keys: ReadonlyMap<string, SubjectKey>,
): (pseudonym: string | null | undefined) => SubjectCipher | undefined {
  const ciphers = new Map([...keys].map(([pseudonym, key]) => [pseudonym, new SubjectCipher(key)]));
  return (pseudonym) => ciphers.get(pseudonym ?? '');
}
