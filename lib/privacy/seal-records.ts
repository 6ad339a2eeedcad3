/**
 * Records as they were read become records that can be erased: the tables of records and rejects are written anew before any stage
 * sees them, with pseudonyms for subjects, keyed record ids, and all that is personal in one sealed field.
 *
 *     records   account_id AC000381 · transaction_id T00056338 · customer_name Bauer Kiosk
 *     ────►     account_id s_7f41…  · transaction_id NULL       · customer_name NULL · sealed q83v…
 *
 * What is sealed is a JSON list: the record id, then the values of the sealed columns in the pack's order, as texts.
 */
import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { quoteIdentifier, quoteText } from '../engine/session.ts';
import { createTable, type OpenTable, openTable, type Table } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { RecordColumns, Records } from '../intake/records.ts';
import { recordHashSql } from '../intake/staging.ts';
import type { Pack } from '../packs/pack.ts';
import { type ErasableColumns, erasableColumns } from './erasable-columns.ts';
import { sealRejects } from './seal-rejects.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { KeyRegister, Span, SubjectKeys } from './subject-keys.ts';

/** The column of records that holds what is sealed. */
export const SEALED = 'sealed';

/** What a run says of how it was sealed. */
export interface Erasable extends ErasableColumns {
  /** Of the keys. */
  readonly register: string;
}

/** Throws an InputError where these keys and this pack do not fit. */
export function planSealing(pack: Pack, register: KeyRegister): Erasable {
  if (register.domain !== pack.domain)
    throw new InputError(
      `the keys are those of the domain "${register.domain}", the pack is "${pack.domain}"`,
    );
  if (pack.columns.some(({ name }) => name.toLowerCase() === SEALED))
    throw new InputError(
      `the pack of ${pack.domain} has a column "${SEALED}", the name of the sealed field: rename it`,
    );
  return { register: register.id, ...erasableColumns(pack, register.columns) };
}

/** As the pack by which records are read, so that no reason of a reject quotes what a cell holds. */
export function quotingNothing(pack: Pack): Pack {
  return { ...pack, columns: pack.columns.map((column) => ({ ...column, pii: true })) };
}

/** `today` (YYYY-MM-DD) is the day of records that have no date of their own. */
export async function sealRecords(
  pack: Pack,
  erasable: Erasable,
  {
    keys,
    intake,
    today,
  }: { readonly keys: SubjectKeys; readonly intake: IntakeResult; readonly today: string },
): Promise<IntakeResult> {
  const subjects = await keys.take(await readSpans(intake.records, pack, erasable, today));
  const ciphers = new Map([...subjects].map(([id, key]) => [id, new SubjectCipher(key)]));
  await sealRejects(intake, keys, { ciphers, names: intake.files.map(({ name }) => name) });
  const keyed = await sealRows(intake.records, pack, erasable, ciphers);
  const records = await sealedRecords(intake.records, keyed, pack, erasable);
  await intake.records.drop();
  await keyed.drop();
  return {
    ...intake,
    records,
    files: intake.files.map((file) => ({ ...file, name: keys.hashName(file.name) })),
  };
}

/** Every subject with its first and last day: as the entity of a record, or named in another's. */
async function readSpans(
  records: Records,
  pack: Pack,
  { subjects }: Erasable,
  today: string,
): Promise<Map<string, Span>> {
  const { time } = pack.record;
  const kind = pack.columns.find(({ name }) => name === time)?.type.kind;
  const hasDate = time !== null && kind !== 'integer';
  const day = (call: string) =>
    hasDate
      ? `coalesce(strftime(${call}(${quoteIdentifier(time)}), '%Y-%m-%d'), ${quoteText(today)})`
      : quoteText(today);
  const each = subjects.map((name) => {
    const column = quoteIdentifier(name);
    const days = `${day('min')} AS first, ${day('max')} AS last`;
    return `SELECT ${column} AS id, ${days} FROM ${records} WHERE ${column} IS NOT NULL GROUP BY ${column}`;
  });
  const spans = new Map<string, Span>();
  const sql = `SELECT id, min(first), max(last) FROM (${each.join(' UNION ALL ')}) GROUP BY id ORDER BY id`;
  for await (const chunk of records.session.chunks(sql))
    for (const [id, from, to] of chunk.getRows() as [string, string, string][]) spans.set(id, { from, to });
  return spans;
}

type Ciphers = ReadonlyMap<string, SubjectCipher>;

/** Of each record its keyed id, its sealed field, and the pseudonyms of its subjects. */
type Keyed = Table<{ readonly seq: number; readonly record_id: string; readonly sealed: string }>;

async function sealRows(
  records: Records,
  pack: Pack,
  { subjects, sealed }: Erasable,
  ciphers: Ciphers,
): Promise<Keyed> {
  const pseudonyms = subjects.map((_, at) => `s${at}`);
  const columns = ['record_id', SEALED, ...pseudonyms];
  const { table, appender }: OpenTable<Keyed['columns']> = await openTable(records.session, 'keyed', [
    ['seq', DOUBLE],
    ...columns.map((name) => [name, VARCHAR] as const),
  ]);
  const entity = subjects.indexOf(pack.record.entity!);
  const values = sealed.map((name) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`);
  const sql = `SELECT seq::DOUBLE, record_id, CAST(to_json([${['record_id', ...values].join(', ')}]) AS VARCHAR),
    ${subjects.map(quoteIdentifier).join(', ')} FROM ${records} ORDER BY seq`;
  try {
    for await (const chunk of records.session.chunks(sql)) {
      const rows = (chunk.getRows() as [number, string, string, ...(string | null)[]][]).map(
        ([seq, recordId, personal, ...ids]) => {
          const cipher = ciphers.get(ids[entity]!)!;
          const keyedId = cipher.keyedId(recordId);
          return [
            seq,
            keyedId,
            cipher.seal(personal, keyedId),
            ...ids.map((id) => (id === null ? null : ciphers.get(id)!.pseudonym)),
          ];
        },
      );
      appender.columns(['seq', ...columns].map((_, at) => rows.map((row) => row[at]!)));
    }
  } finally {
    appender.close();
  }
  return table;
}

/** The hash of a record is taken of what is stored of it: that of the true one would confirm a guess. */
async function sealedRecords(
  delivered: Records,
  keyed: Keyed,
  pack: Pack,
  { subjects, sealed }: Erasable,
): Promise<Records> {
  const { session } = delivered;
  const hidden = new Map([
    ...sealed.map((name) => [name, 'NULL'] as const),
    ...subjects.map((name, at) => [name, `keyed.s${at}`] as const),
  ]);
  const replaced = [...hidden].map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`);
  const records = await createTable<RecordColumns>(session, 'records', `SELECT * FROM ${delivered} LIMIT 0`);
  await session.run(`ALTER TABLE ${records} ADD COLUMN ${SEALED} VARCHAR`);
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  await session.run(
    `INSERT INTO ${records} SELECT * REPLACE (${hash} AS record_hash) FROM (
       SELECT delivered.* REPLACE (keyed.record_id AS record_id, ${replaced.join(', ')}), keyed.${SEALED}
       FROM ${delivered} AS delivered JOIN ${keyed} AS keyed ON delivered.seq = keyed.seq::BIGINT) ORDER BY seq`,
  );
  return records;
}
