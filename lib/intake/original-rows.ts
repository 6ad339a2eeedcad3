/**
 * Records as they were delivered: a table of seq, c0, c1, …: every column of the input, also those that the pack doesn't
 * know, with its text untouched; NULL where it is empty. The columns' names come back beside it, since a header may hold
 * what a table's columns can't ("seq", or "Amount" next to "amount"). Of
 * several files it is the union of their columns. Those of a CSV or Parquet file are there even if none of its records is
 * wanted, so that they do not depend on what was flagged; an object of JSONL brings its own.
 */
import { createTable, defineTable, type Table } from '../engine/table.ts';
import type { ReadDelivery } from './delivery.ts';
import { type JsonObject, parseJsonObject } from './json-object.ts';
import { parquetTexts } from './load-parquet.ts';
import { LineSet, pickRecords } from './pick-records.ts';
import { fieldTexts, textOf } from './record-fields.ts';
import type { Records, Selection } from './records.ts';
import { Spool } from './spool.ts';

interface FileTexts {
  readonly file: number;
  readonly columns: readonly string[];
  /** Holds `line`, c0, c1, … in the order of the columns. */
  readonly table: string;
  readonly remove: () => Promise<void>;
}

export interface OriginalRows {
  readonly columns: readonly string[];
  readonly table: Originals;
}

/** Its columns c0, c1, … are texts. */
export type Originals = Table<{ readonly seq: bigint }>;

type Wanted = Table<{ readonly seq: bigint; readonly file: number; readonly line: bigint }>;

export async function originalRows(
  records: Records,
  deliveries: readonly ReadDelivery[],
  selection: Selection,
): Promise<OriginalRows> {
  const { session } = records;
  const wanted: Wanted = await createTable(
    session,
    'wanted',
    `SELECT seq, file, line FROM ${records} WHERE seq IN (SELECT seq FROM ${selection})`,
  );
  const files: FileTexts[] = [];
  const headers = deliveries.map(({ header, isHistory }) => (isHistory ? [] : header));
  for (const { file } of await session.rows<{ file: number }>(
    `SELECT DISTINCT file FROM ${wanted} ORDER BY file`,
  )) {
    const delivery = deliveries[file]!;
    const texts =
      delivery.format === 'parquet'
        ? { ...(await parquetTexts(session, delivery)), remove: async () => {} }
        : await spoolTexts(wanted, delivery, file);
    files.push({ file, ...texts });
    headers[file] = texts.columns;
  }
  const columns = unionOf(headers);
  const cells = columns.map((_, at) => `c${at} VARCHAR`);
  const table: Originals = await defineTable(session, 'originals', ['seq BIGINT', ...cells]);
  for (const texts of files) {
    await session.run(insertSql(table, wanted, texts, columns));
    await texts.remove();
  }
  await wanted.drop();
  return { columns: columns.map(({ name }) => name), table };
}

/** A header may have several columns without a name: the n-th of one file goes with the n-th of another. */
interface NamedColumn {
  readonly name: string;
  readonly nth: number;
}

function numbered(names: readonly string[]): NamedColumn[] {
  const counts = new Map<string, number>();
  return names.map((name) => {
    const nth = counts.get(name) ?? 0;
    counts.set(name, nth + 1);
    return { name, nth };
  });
}

function unionOf(headers: readonly (readonly string[])[]): NamedColumn[] {
  const union = new Map<string, NamedColumn>();
  for (const column of headers.flatMap(numbered)) union.set(`${column.nth} ${column.name}`, column);
  return [...union.values()];
}

function insertSql(
  originals: Originals,
  wanted: Wanted,
  { file, columns, table }: FileTexts,
  union: readonly NamedColumn[],
): string {
  const own = numbered(columns);
  const cells = union.map(({ name, nth }) => {
    const at = own.findIndex((column) => column.name === name && column.nth === nth);
    return at < 0 ? ', NULL' : `, c${at}`;
  });
  return (
    `INSERT INTO ${originals} SELECT seq${cells.join('')} FROM ${table} AS texts ` +
    `JOIN (SELECT seq, line FROM ${wanted} WHERE file = ${file}) AS wanted ON wanted.line = texts.line ORDER BY seq`
  );
}

async function spoolTexts(
  wanted: Wanted,
  delivery: ReadDelivery,
  file: number,
): Promise<Omit<FileTexts, 'file'>> {
  const { session } = wanted;
  const lines = await LineSet.from(session, `SELECT line FROM ${wanted} WHERE file = ${file}`);
  const columns = delivery.format === 'csv' ? delivery.header : await keysOf(delivery, lines);
  const spool = new Spool(session, `intake-originals-${file}`, [
    { name: 'line', type: 'BIGINT' },
    ...columns.map((_, at) => ({ name: `c${at}`, type: 'VARCHAR' as const })),
  ]);
  await pickRecords(delivery, lines, (record) => {
    spool.number(record.line);
    const { bytes, start, end } = record;
    const texts =
      delivery.format === 'csv'
        ? fieldTexts(bytes, start, end, delivery.dialect)
        : valuesOf(parseJsonObject(textOf(bytes, start, end)), columns);
    // A row may end in delimiters more than the header has.
    for (const text of texts.slice(0, columns.length)) spool.text(text);
    spool.endRow();
  });
  const { sql, remove } = await spool.close();
  return { columns, table: sql, remove };
}

async function keysOf(delivery: ReadDelivery, lines: LineSet): Promise<string[]> {
  const keys = new Set<string>();
  await pickRecords(delivery, lines, ({ bytes, start, end }) => {
    const object = parseJsonObject(textOf(bytes, start, end));
    if (typeof object !== 'string') for (const key of object.keys) keys.add(key);
  });
  return [...keys];
}

function valuesOf(object: JsonObject | string, columns: readonly string[]): (string | null)[] {
  if (typeof object === 'string') return columns.map(() => null);
  const values = new Map(object.keys.map((key, at) => [key, object.values[at] ?? null]));
  return columns.map((key) => values.get(key) ?? null);
}
