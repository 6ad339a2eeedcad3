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
import type { ReadRange } from '../intake/read-range.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { RecordColumns } from '../intake/records.ts';
import { recordHashSql } from '../intake/staging.ts';
import type { Pack } from '../packs/pack.ts';
import { type DomainKeys, keyedRecordId } from './domain-keys.ts';
import { type Erasable, SEALED } from './erasable.ts';
import { sealRejects } from './seal-rejects.ts';
import { SubjectCipher } from './subject-cipher.ts';
import type { Span, SubjectKeys } from './subject-keys.ts';

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
  const ciphers = await takeCiphers(intake.records, pack, erasable, { keys, today });
  await sealRejects(intake, keys, {
    ...{ ciphers, subjects: erasable.subjects },
    names: intake.files.map(({ name }) => name),
  });
  const records = await sealTable(intake.records, pack, erasable, {
    ...{ ciphers, place: 'seq' },
    keyedId: (cipher, recordId) => cipher.keyedId(recordId),
  });
  return {
    ...intake,
    records,
    files: intake.files.map((file) => ({ ...file, name: keys.hashName(file.name) })),
  };
}

export interface RangeToSeal {
  readonly keys: DomainKeys;
  readonly read: ReadRange;
  /** YYYY-MM-DD, of records that have no date of their own. */
  readonly today: string;
}

/**
 * The same of a range of a drop, before it is known which ids were there before: the id of a record is keyed by the domain, so that
 * one that comes again for another subject is the same record still.
 */
export async function sealRange(
  pack: Pack,
  erasable: Erasable,
  { keys, read, today }: RangeToSeal,
): Promise<ReadRange> {
  const { records, rejects, rejectEntities } = read;
  const ciphers = await takeCiphers(records, pack, erasable, { keys, today });
  await sealRejects({ rejects, rejectEntities }, keys, {
    ...{ ciphers, subjects: erasable.subjects, names: [] },
  });
  return {
    ...read,
    records: await sealTable(records, pack, erasable, {
      ...{ ciphers, place: 'line' },
      keyedId: (_, recordId) => keyedRecordId(keys, recordId),
    }),
  };
}

/** A table of records, whole or of a range. */
type Sealable = Table<Pick<RecordColumns, 'line' | 'record_id' | 'record_hash'>>;

async function takeCiphers(
  records: Sealable,
  pack: Pack,
  erasable: Erasable,
  { keys, today }: { readonly keys: SubjectKeys; readonly today: string },
): Promise<Ciphers> {
  const subjects = await keys.take(await readSpans(records, pack, erasable, today));
  return new Map([...subjects].map(([id, key]) => [id, new SubjectCipher(key)]));
}

/** Every subject with its first and last day: as the entity of a record, or named in another's. */
async function readSpans(
  records: Sealable,
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

interface TableSealing {
  readonly ciphers: Ciphers;
  /** The column that says which record a row is. */
  readonly place: 'seq' | 'line';
  readonly keyedId: (cipher: SubjectCipher, recordId: string) => string;
}

/** Of each record its keyed id, its sealed field, and the pseudonyms of its subjects. */
type Keyed = Table<{ readonly place: number; readonly record_id: string; readonly sealed: string }>;

/** The table written anew; the one that is given is gone. */
async function sealTable<Columns extends Sealable['columns']>(
  records: Table<Columns> & Sealable,
  pack: Pack,
  erasable: Erasable,
  sealing: TableSealing,
): Promise<Table<Columns>> {
  const keyed = await sealRows(records, pack, erasable, sealing);
  const sealed = await sealedRecords<Columns>(records, keyed, pack, erasable, sealing);
  await records.drop();
  await keyed.drop();
  return sealed;
}

async function sealRows(
  records: Sealable,
  pack: Pack,
  { subjects, sealed }: Erasable,
  { ciphers, place, keyedId }: TableSealing,
): Promise<Keyed> {
  const pseudonyms = subjects.map((_, at) => `s${at}`);
  const columns = ['record_id', SEALED, ...pseudonyms];
  const { table, appender }: OpenTable<Keyed['columns']> = await openTable(records.session, 'keyed', [
    ['place', DOUBLE],
    ...columns.map((name) => [name, VARCHAR] as const),
  ]);
  const entity = subjects.indexOf(pack.record.entity!);
  const values = sealed.map((name) => `CAST(${quoteIdentifier(name)} AS VARCHAR)`);
  const sql = `SELECT ${place}::DOUBLE, record_id, CAST(to_json([${['record_id', ...values].join(', ')}]) AS VARCHAR),
    ${subjects.map(quoteIdentifier).join(', ')} FROM ${records} ORDER BY ${place}`;
  try {
    for await (const chunk of records.session.chunks(sql)) {
      const rows = (chunk.getRows() as [number, string, string, ...(string | null)[]][]).map(
        ([row, recordId, personal, ...ids]) => {
          const cipher = ciphers.get(ids[entity]!)!;
          const own = keyedId(cipher, recordId);
          return [
            row,
            own,
            cipher.seal(personal, own),
            ...ids.map((id) => (id === null ? null : ciphers.get(id)!.pseudonym)),
          ];
        },
      );
      appender.columns(['place', ...columns].map((_, at) => rows.map((row) => row[at]!)));
    }
  } finally {
    appender.close();
  }
  return table;
}

/** The hash of a record is taken of what is stored of it: that of the true one would confirm a guess. */
async function sealedRecords<Columns extends Sealable['columns']>(
  delivered: Sealable,
  keyed: Keyed,
  pack: Pack,
  { subjects, sealed }: Erasable,
  { place }: TableSealing,
): Promise<Table<Columns>> {
  const { session } = delivered;
  const hidden = new Map([
    ...sealed.map((name) => [name, 'NULL'] as const),
    ...subjects.map((name, at) => [name, `keyed.s${at}`] as const),
  ]);
  const replaced = [...hidden].map(([name, sql]) => `${sql} AS ${quoteIdentifier(name)}`);
  const records = await createTable<Columns>(session, 'records', `SELECT * FROM ${delivered} LIMIT 0`);
  await session.run(`ALTER TABLE ${records} ADD COLUMN ${SEALED} VARCHAR`);
  const hash = recordHashSql(pack, (at) => quoteIdentifier(pack.columns[at]!.name));
  await session.run(
    `INSERT INTO ${records} SELECT * REPLACE (${hash} AS record_hash) FROM (
       SELECT delivered.* REPLACE (keyed.record_id AS record_id, ${replaced.join(', ')}), keyed.${SEALED}
       FROM ${delivered} AS delivered JOIN ${keyed} AS keyed ON delivered.${place} = keyed.place::BIGINT) ORDER BY ${place}`,
  );
  return records;
}
