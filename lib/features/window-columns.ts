/**
 * What the window kernel needs of the records, as typed arrays in order of (time, record id): each expression is evaluated by
 * DuckDB, once, and read a chunk at a time. Keys and values to be distinguished come as codes: of an ENUM where there are many
 * records; of few their texts are numbered here, which takes less time than making a type for each column.
 */
import type { Session } from '../engine/session.ts';
import { itemsOf } from './chunk-items.ts';

export interface WindowColumns {
  readonly rows: number;
  readonly seq: BigInt64Array;
  readonly times: Float64Array;
  /** Where each record stands in order of `seq`. */
  readonly places: Int32Array;
  /** How many have a time: the first ones. */
  readonly known: number;
  /** By its SQL; NaN is missing. */
  readonly numbers: ReadonlyMap<string, Float64Array>;
  /** By its SQL: 1 where it is not NULL. */
  readonly present: ReadonlyMap<string, Int8Array>;
  /** By its SQL: the same for the same text; -1 is missing. */
  readonly codes: ReadonlyMap<string, Int32Array>;
}

/** SQL over one record of each kind. */
export interface WantedColumns {
  readonly numbers: ReadonlySet<string>;
  readonly present: ReadonlySet<string>;
  readonly codes: ReadonlySet<string>;
}

/** Records from which on ENUMs take less time than texts in JavaScript. */
const ROWS_WORTH_ENUMS = 8_192;

interface Source {
  /** A query with `seq`, `t` and whatever the columns refer to. */
  readonly sql: string;
  readonly order: string;
  readonly rows: number;
}

export async function readWindowColumns(
  session: Session,
  source: Source,
  wanted: WantedColumns,
  { rowsWorthEnums = ROWS_WORTH_ENUMS } = {},
): Promise<WindowColumns> {
  if (source.rows < rowsWorthEnums) return await readColumns(session, source, wanted, null);
  const types = new Map([...wanted.codes].map((sql, index) => [sql, `window_code_${index}`]));
  try {
    await createCodes(session, source.sql, types);
    return await readColumns(session, source, wanted, types);
  } finally {
    for (const type of types.values()) await session.run(`DROP TYPE IF EXISTS ${type}`);
  }
}

/** `types` holds, by the SQL of a column, the name of an ENUM to make of its texts. */
async function createCodes(
  session: Session,
  source: string,
  types: ReadonlyMap<string, string>,
): Promise<void> {
  for (const [sql, type] of types) {
    await session.run(
      `CREATE TEMP TYPE ${type} AS ENUM (SELECT DISTINCT CAST(${sql} AS VARCHAR) AS value FROM (${source}) WHERE value IS NOT NULL)`,
    );
  }
}

/** `types`: the ENUM of each column of codes; null: its texts are numbered here. */
async function readColumns(
  session: Session,
  { sql, order, rows }: Source,
  wanted: WantedColumns,
  types: ReadonlyMap<string, string> | null,
): Promise<WindowColumns> {
  const columns = {
    seq: new BigInt64Array(rows),
    times: new Float64Array(rows),
    numbers: allocate(wanted.numbers, () => new Float64Array(rows)),
    present: allocate(wanted.present, () => new Int8Array(rows)),
    codes: allocate(wanted.codes, () => new Int32Array(rows)),
  };
  const arrays = [
    columns.seq,
    columns.times,
    ...columns.numbers.values(),
    ...columns.present.values(),
    ...(types === null ? [] : columns.codes.values()),
  ];
  const numbering = [...columns.codes.values()].map((codes) => ({ codes, known: new Map<string, number>() }));
  const selected = [
    'seq',
    numberSql('CAST(t AS DOUBLE)'),
    ...[...wanted.numbers].map(numberSql),
    ...[...wanted.present].map((column) => `CAST((${column}) IS NOT NULL AS TINYINT)`),
    ...[...wanted.codes].map((column) => {
      const text = `CAST(${column} AS VARCHAR)`;
      if (types === null) return text;
      return `coalesce(CAST(enum_code(CAST(${text} AS ${types.get(column)!})) AS INTEGER), -1)`;
    }),
  ];
  let filled = 0;
  for await (const chunk of session.chunks(`SELECT ${selected.join(', ')} FROM (${sql}) ORDER BY ${order}`)) {
    for (const [index, array] of arrays.entries()) array.set(itemsOf(chunk, index), filled);
    if (types === null)
      for (const [index, { codes, known }] of numbering.entries()) {
        const texts = chunk.getColumnValues(arrays.length + index) as (string | null)[];
        for (const [row, text] of texts.entries()) codes[filled + row] = codeOf(known, text);
      }
    filled += chunk.rowCount;
  }
  if (filled !== rows) throw new Error(`${filled} records were read for windows, expected ${rows}`);
  const firstUnknown = columns.times.findIndex(Number.isNaN);
  return {
    ...columns,
    rows,
    places: placesOf(columns.seq),
    known: firstUnknown < 0 ? rows : firstUnknown,
  };
}

/** In the order in which the texts are met. */
function codeOf(known: Map<string, number>, text: string | null): number {
  if (text === null) return -1;
  const code = known.get(text) ?? known.size;
  if (code === known.size) known.set(text, code);
  return code;
}

/** Mostly the numbers follow each other closely, and each names its place but for the gaps. */
function placesOf(seq: BigInt64Array): Int32Array {
  const sorted = seq.toSorted();
  const least = Number(sorted[0]!);
  const spread = Number(sorted.at(-1)!) - least + 1;
  const places = new Int32Array(seq.length);
  if (spread > 4 * seq.length) {
    const order = [...seq.keys()].sort((a, b) => Number(seq[a]! - seq[b]!));
    for (const [place, row] of order.entries()) places[row] = place;
    return places;
  }
  const placeOf = new Int32Array(spread);
  for (let place = 0; place < sorted.length; place++) placeOf[Number(sorted[place]!) - least] = place;
  for (let row = 0; row < seq.length; row++) places[row] = placeOf[Number(seq[row]!) - least]!;
  return places;
}

function allocate<Column>(names: ReadonlySet<string>, make: () => Column): Map<string, Column> {
  return new Map([...names].map((name) => [name, make()]));
}

function numberSql(sql: string): string {
  return `coalesce(${sql}, 'nan'::DOUBLE)`;
}
