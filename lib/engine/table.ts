/**
 * A table of a session as a value. Stages take and return tables, so that a signature says what a stage reads, and a change of the
 * flow of data does not compile. Names are generated: two models, or two reads of a file, have tables side by side.
 *
 *     const records = await createTable<RecordColumns>(session, 'records', 'SELECT …');
 *     await session.rows(`SELECT record_id FROM ${records} WHERE history`);
 */
import type { DuckDBType } from '@duckdb/node-api';
import { copyToParquet } from './parquet.ts';
import { NO_ROWS, quoteIdentifier, type RowColumns, type Session, type TableAppender } from './session.ts';

/** A query that scans one table: SQL over its columns. */
export interface Scan {
  readonly where?: string;
  readonly orderBy?: string;
}

/** The cells of some columns, column by column. */
type Cells<Columns, Names extends readonly (keyof Columns)[]> = {
  readonly [Place in keyof Names]: readonly Columns[Names[Place]][];
};

/** `Columns` are those that are always there; a pack's own columns are beside them. */
export class Table<Columns extends object> {
  /** Not there at run time: it keeps tables with other columns apart for the compiler. */
  declare readonly columns: Columns;
  readonly session: Session;
  readonly name: string;

  constructor(session: Session, name: string) {
    this.session = session;
    this.name = name;
  }

  /** Its name in SQL. */
  toString(): string {
    return this.name;
  }

  async count(where = 'true'): Promise<number> {
    const { n } = await this.session.row<{ n: number }>(
      `SELECT count(*)::DOUBLE AS n FROM ${this} WHERE ${where}`,
    );
    return n;
  }

  /** Some of its columns, up to 2,048 rows at a time. */
  async *scan<const Names extends readonly (keyof Columns & string)[]>(
    names: Names,
    { where = 'true', orderBy }: Scan = {},
  ): AsyncGenerator<Cells<Columns, Names>> {
    const selected = names.map(quoteIdentifier).join(', ');
    const order = orderBy === undefined ? '' : ` ORDER BY ${orderBy}`;
    for await (const chunk of this.session.chunks(`SELECT ${selected} FROM ${this} WHERE ${where}${order}`))
      yield chunk.getColumns() as unknown as Cells<Columns, Names>;
  }

  async copyToParquet(path: string, { where = 'true', orderBy }: Scan = {}): Promise<void> {
    const order = orderBy === undefined ? '' : ` ORDER BY ${orderBy}`;
    await copyToParquet(this.session, `SELECT * FROM ${this} WHERE ${where}${order}`, path);
  }

  /** Puts the rows of a query, which may read the table itself, in place of its own. */
  async replace(sql: string): Promise<void> {
    await this.session.replaceTable(this.name, await this.session.takeTable('replaced', `AS ${sql}`));
  }

  async drop(): Promise<void> {
    await this.session.dropTable(this.name);
  }
}

/** The result of a query. `kind` is what its name begins with. */
export async function createTable<Columns extends object>(
  session: Session,
  kind: string,
  sql: string,
  options: { readonly lasting?: boolean } = {},
): Promise<Table<Columns>> {
  return new Table(session, await session.takeTable(kind, `AS ${sql}`, options));
}

/** An empty table of the columns of a query. */
export async function createEmpty<Columns extends object>(
  session: Session,
  kind: string,
  sql: string,
): Promise<Table<Columns>> {
  return new Table(session, await session.takeTable(kind, `AS ${sql}${NO_ROWS}`));
}

/** An empty table, of columns as SQL: `seq BIGINT`. A lasting one stays when the session turns to its next work. */
export async function defineTable<Columns extends object>(
  session: Session,
  kind: string,
  columns: readonly string[],
  options: { readonly lasting?: boolean } = {},
): Promise<Table<Columns>> {
  return new Table(session, await session.takeTable(kind, `(${columns.join(', ')})`, options));
}

/** Columns by name and type, in order: an object would put names like `2020`, which a pack may give, before all others. */
export type ColumnTypes = readonly (readonly [name: string, type: DuckDBType])[];

export interface OpenTable<Columns extends object> {
  readonly table: Table<Columns>;
  /** Closed, its rows are there to be read. */
  readonly appender: TableAppender;
}

/** A table for rows made in JavaScript, written while another result is still being read. */
export async function openTable<Columns extends object>(
  session: Session,
  kind: string,
  types: ColumnTypes,
): Promise<OpenTable<Columns>> {
  const definition = `(${definitions(types).join(', ')})`;
  const { name, appender } = await session.openTable(kind, definition, typesOf(types));
  return { table: new Table(session, name), appender };
}

/** A table of columns that are there as a whole. */
export async function fillTable<Columns extends object>(
  session: Session,
  kind: string,
  types: ColumnTypes,
  columns: RowColumns,
  options: { readonly lasting?: boolean } = {},
): Promise<Table<Columns>> {
  const table = await defineTable<Columns>(session, kind, definitions(types), options);
  await session.fill(table.name, typesOf(types), columns);
  return table;
}

/** Tables of what stays the same for all that a session works on, such as rates: each made when it is first wanted, and lasting. */
export class LastingTables<Source extends object, Columns extends object> {
  readonly #make: (session: Session, source: Source) => Promise<Table<Columns>>;
  readonly #made = new WeakMap<Session, WeakMap<Source, Table<Columns>>>();

  /** `make` makes a lasting table. */
  constructor(make: (session: Session, source: Source) => Promise<Table<Columns>>) {
    this.#make = make;
  }

  /** The table of this very object: one that is equal has another. */
  async of(session: Session, source: Source): Promise<Table<Columns>> {
    const made = this.#made.get(session) ?? new WeakMap<Source, Table<Columns>>();
    this.#made.set(session, made);
    const table = made.get(source) ?? (await this.#make(session, source));
    made.set(source, table);
    return table;
  }
}

function definitions(types: ColumnTypes): string[] {
  return types.map(([name, type]) => `${quoteIdentifier(name)} ${type}`);
}

function typesOf(types: ColumnTypes): DuckDBType[] {
  return types.map(([, type]) => type);
}
