/**
 * A DuckDB session of our own: one database in a temporary folder, spilling there, gone when closed. It takes SQL, and returns rows
 * or chunks. Every stage that reads, types or windows data works in one of these.
 */
import { join } from 'node:path';
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { holdTemporary, removeTemporary } from './temporary-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** Rows of a DuckDB chunk. */
const chunkRows = 2048;

/** Typed arrays hold what DuckDB holds in columns of DOUBLE, FLOAT, BIGINT and INTEGER. */
type TypedColumn = Float64Array | Float32Array | BigInt64Array | Int32Array;

export interface TableAppender {
  /** Appends rows given as columns of equal length. */
  columns(columns: readonly (readonly DuckDBValue[] | TypedColumn)[]): void;
  close(): void;
}

export interface SessionOptions {
  /** Worker threads of DuckDB; results do not depend on it. */
  readonly threads?: number;
  /** Memory that DuckDB may take before it spills to disk. */
  readonly memoryLimitMb?: number;
}

export class Session {
  readonly connection: DuckDBConnection;
  /** A folder that is removed with the session: for files on their way into the database. */
  readonly folder: string;
  readonly memoryLimitMb: number;
  readonly #instance: DuckDBInstance;
  /** Statements that run: DuckDB never answers one whose connection is closed meanwhile. */
  readonly #running = new Set<Promise<unknown>>();
  /** Tables that belong to the work at hand. */
  readonly #tables = new Set<string>();
  #named = 0;
  #isClosed = false;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    folder: string,
    memoryLimitMb: number,
  ) {
    this.#instance = instance;
    this.connection = connection;
    this.folder = folder;
    this.memoryLimitMb = memoryLimitMb;
  }

  static async open(options: SessionOptions = {}): Promise<Session> {
    const folder = holdTemporary(await temporaryFolder('session'));
    const { threads = 2, memoryLimitMb = 1024 } = options;
    const instance = await DuckDBInstance.create(join(folder, 'session.duckdb'), {
      threads: String(threads),
      memory_limit: `${memoryLimitMb}MB`,
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'true',
      // A pack is someone's file: its SQL may not load code or reach the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    // The folder goes with the session: what its tables hold need not be written out for a next one.
    await connection.run('PRAGMA disable_checkpoint_on_shutdown');
    return new Session(instance, connection, folder, memoryLimitMb);
  }

  async run(sql: string): Promise<void> {
    await this.#track(() => this.connection.run(sql));
  }

  /** All rows as objects; for small results. */
  async rows<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
    const reader = await this.#track(() => this.connection.runAndReadAll(sql));
    return reader.getRowObjectsJS() as Row[];
  }

  async row<Row extends Record<string, unknown>>(sql: string): Promise<Row> {
    const [first] = await this.rows<Row>(sql);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  }

  /** The result a chunk (up to 2,048 rows) at a time, for results that may not fit in memory. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result: DuckDBResult = await this.#track(() => this.connection.stream(sql));
    for (;;) {
      const chunk = await this.#track(() => result.fetchChunk());
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  /**
   * Opens `table` for rows made in JavaScript. It has a connection of its own, so that rows can be written while a
   * result is still being read; `close` makes them visible.
   */
  async append(table: string, types: readonly DuckDBType[]): Promise<TableAppender> {
    const connection = await this.#instance.connect();
    const appender = await connection.createAppender(table);
    return {
      columns: (columns) => appendColumns(appender, types, columns),
      close() {
        appender.closeSync();
        connection.closeSync();
      },
    };
  }

  /** As `append`, for a temporary table, which only the session's own connection sees: nothing is read meanwhile. */
  async appendTemporary(table: string, types: readonly DuckDBType[]): Promise<TableAppender> {
    const appender = await this.connection.createAppender(table, null, 'temp');
    return {
      columns: (columns) => appendColumns(appender, types, columns),
      close: () => appender.closeSync(),
    };
  }

  /** A name that no other table of the session has. A lasting table is not dropped with the others. */
  nameTable(kind: string, { lasting = false } = {}): string {
    const name = `${kind}_${++this.#named}`;
    if (!lasting) this.#tables.add(name);
    return name;
  }

  async dropTable(name: string): Promise<void> {
    await this.run(`DROP TABLE IF EXISTS ${name}`);
    this.#tables.delete(name);
  }

  /** Drops every table but the lasting ones: the session is used for the next work. */
  async dropTables(): Promise<void> {
    const drops = [...this.#tables].map((name) => `DROP TABLE IF EXISTS ${name}`);
    if (drops.length > 0) await this.run(drops.join('; '));
    this.#tables.clear();
  }

  /** Waits for the statements that run; those that come later fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    this.connection.closeSync();
    this.#instance.closeSync();
    await removeTemporary(this.folder);
  }

  async #track<Result>(statement: () => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw new Error('The session is closed.');
    const running = statement();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }
}

function appendColumns(
  appender: DuckDBAppender,
  types: readonly DuckDBType[],
  columns: Parameters<TableAppender['columns']>[0],
): void {
  const rows = columns[0]?.length ?? 0;
  // The appender copies what it is given: one chunk serves all that are full.
  const full = rows < chunkRows ? null : DuckDBDataChunk.create(types, chunkRows);
  for (let from = 0; from < rows; from += chunkRows) {
    const count = Math.min(chunkRows, rows - from);
    const chunk = full !== null && count === chunkRows ? full : DuckDBDataChunk.create(types, count);
    for (const [index, column] of columns.entries()) setColumn(chunk, index, column, from, count);
    appender.appendDataChunk(chunk);
  }
}

/** A typed array that is the vector's own kind is copied as it is: value by value takes many times as long. */
function setColumn(
  chunk: DuckDBDataChunk,
  index: number,
  column: readonly DuckDBValue[] | TypedColumn,
  from: number,
  count: number,
): void {
  const vector = chunk.getColumnVector(index);
  const { items } = vector as unknown as { readonly items?: TypedColumn };
  if (ArrayBuffer.isView(column) && items?.constructor === column.constructor) {
    (items as Float64Array).set((column as Float64Array).subarray(from, from + count));
    vector.flush();
    return;
  }
  chunk.setColumnValues(index, Array.from<DuckDBValue>(column.slice(from, from + count)));
}

/** `name` as an SQL identifier, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** A file as an SQL string literal: DuckDB would take a star or bracket in its path for a pattern, and read other files too. */
export function quotePath(path: string): string {
  return quoteText(path.replace(/[*?[]/g, (character) => `[${character}]`));
}

/** `text` as an SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
