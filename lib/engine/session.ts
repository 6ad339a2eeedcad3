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
import { StatementCache } from './statement-cache.ts';
import { TablePool } from './table-pool.ts';
import { holdTemporary, removeTemporary } from './temporary-files.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** After a query: a table of its columns, empty. */
export const NO_ROWS = ' WITH NO DATA';

/** Rows of a DuckDB chunk. */
const chunkRows = 2048;
const DEFAULT_MEMORY_MB = 1024;
/** DuckDB keeps the rows of a table that was emptied until a checkpoint: some tens of megabytes of these. */
const MAX_EMPTIED_ROWS = 200_000;
/** An appender has DuckDB plan anew each time, which takes as long as binding so many values. */
const MAX_BOUND_ROWS = 256;

/** Typed arrays hold what DuckDB holds in columns of DOUBLE, FLOAT, BIGINT and INTEGER. */
type TypedColumn = Float64Array | Float32Array | BigInt64Array | Int32Array;

export type RowColumns = readonly (readonly DuckDBValue[] | TypedColumn)[];

export interface TableAppender {
  /** Appends rows given as columns of equal length. */
  columns(columns: RowColumns): void;
  close(): void;
}

export interface SessionOptions {
  /** Worker threads of DuckDB; results do not depend on it. */
  readonly threads?: number;
  /** Memory that DuckDB may take before it spills to disk. */
  readonly memoryLimitMb?: number;
  /**
   * The same work is done again and again, on a few rows: statements are planned once, and tables emptied and used again, for of a few
   * rows planning takes many times as long as computing. A table's `rowid` does not begin at 0 then.
   */
  readonly repeats?: boolean;
}

/**
 * What DuckDB (1.5.5) concludes from the rows that are in a table while it plans: `x > 5` is false of all. It stays in a prepared
 * statement when other rows come.
 */
const PLANNED_BY_ROWS = ['statistics_propagation', 'compressed_materialization'];

export class Session {
  readonly connection: DuckDBConnection;
  /** A folder that is removed with the session: for files on their way into the database. */
  readonly folder: string;
  readonly memoryLimitMb: number;
  /** Whether it was opened to do the same work again and again. */
  readonly repeats: boolean;
  readonly #instance: DuckDBInstance;
  /** Statements that run: DuckDB never answers one whose connection is closed meanwhile. */
  readonly #running = new Set<Promise<unknown>>();
  /** Results that are being read a chunk at a time, and whether another statement came meanwhile, which ends them. */
  readonly #reading = new Set<{ isEnded: boolean }>();
  readonly #tables: TablePool;
  /** Null: each statement is planned when it comes. */
  readonly #statements: StatementCache | null;
  /** Rows that emptied tables held since the last checkpoint. */
  #emptied = 0;
  #isClosed = false;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    folder: string,
    { memoryLimitMb = DEFAULT_MEMORY_MB, repeats = false }: SessionOptions,
  ) {
    this.#instance = instance;
    this.connection = connection;
    this.folder = folder;
    this.memoryLimitMb = memoryLimitMb;
    this.repeats = repeats;
    this.#tables = new TablePool(repeats);
    this.#statements = repeats ? new StatementCache(connection) : null;
  }

  static async open(options: SessionOptions = {}): Promise<Session> {
    const folder = holdTemporary(await temporaryFolder('session'));
    const { threads = 2, memoryLimitMb = DEFAULT_MEMORY_MB } = options;
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
    if (options.repeats === true)
      await connection.run(`SET disabled_optimizers = '${PLANNED_BY_ROWS.join(',')}'`);
    return new Session(instance, connection, folder, options);
  }

  /** How many rows it inserted, changed or deleted. */
  async run(sql: string): Promise<number> {
    const result = await this.#execute(async () => {
      const prepared = await this.#statements?.find(sql);
      return await (prepared?.run() ?? this.connection.run(sql));
    });
    return result.rowsChanged;
  }

  /** All rows as objects; for small results. */
  async rows<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
    const reader = await this.#execute(async () => {
      const prepared = await this.#statements?.find(sql);
      return await (prepared?.runAndReadAll() ?? this.connection.runAndReadAll(sql));
    });
    return reader.getRowObjectsJS() as Row[];
  }

  async row<Row extends Record<string, unknown>>(sql: string): Promise<Row> {
    const [first] = await this.rows<Row>(sql);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  }

  /** The result a chunk (up to 2,048 rows) at a time, for results that may not fit in memory. Until its end nothing else is run. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result: DuckDBResult = await this.#execute(async () => {
      const prepared = await this.#statements?.find(sql);
      return await (prepared?.stream() ?? this.connection.stream(sql));
    });
    const reading = { isEnded: false };
    this.#reading.add(reading);
    try {
      for (;;) {
        const chunk = await this.#track(() => result.fetchChunk());
        if (chunk !== null && chunk.rowCount > 0) yield chunk;
        // DuckDB says that there are no more rows, whether there are or not.
        else if (reading.isEnded) throw new Error(`another statement came while this was read: ${sql}`);
        else return;
      }
    } finally {
      this.#reading.delete(reading);
    }
  }

  /**
   * Makes a table for rows made in JavaScript, and opens it. It has a connection of its own, so that rows can be written while a
   * result is still being read; `close` makes them visible. `definition` holds its columns, as in `takeTable`.
   */
  async openTable(
    kind: string,
    definition: string,
    types: readonly DuckDBType[],
  ): Promise<{ readonly name: string; readonly appender: TableAppender }> {
    const name = this.#tables.nameOnce(kind);
    const connection = await this.#instance.connect();
    // Not on the session's own connection: there any statement ends a result that is being read, which then seems to have no more rows.
    await this.#track(() => connection.run(`CREATE TABLE ${name} ${definition}`));
    const own = await connection.createAppender(name);
    const appender: TableAppender = {
      columns: (columns) => appendColumns(own, types, columns),
      close() {
        own.closeSync();
        connection.closeSync();
      },
    };
    return { name, appender };
  }

  /** Puts rows, given as columns of equal length, into a temporary table, which has these types. Nothing is read meanwhile. */
  async fill(table: string, types: readonly DuckDBType[], columns: RowColumns): Promise<void> {
    const rows = columns[0]?.length ?? 0;
    if (rows === 0) return;
    if (this.#statements !== null && rows <= MAX_BOUND_ROWS) {
      await this.#execute(() => this.#statements!.insert(table, types, columns));
      return;
    }
    const appender = await this.connection.createAppender(table, null, 'temp');
    try {
      appendColumns(appender, types, columns);
    } finally {
      appender.closeSync();
    }
  }

  /**
   * A temporary table for rows that are to come, with a name that no other of the session has, which begins with `kind`. `definition`
   * follows its name: `(seq BIGINT)`, or `AS SELECT …`, which fills it at once unless it ends in NO_ROWS.
   */
  async takeTable(kind: string, definition: string, { lasting = false } = {}): Promise<string> {
    const { name, isThere } = this.#tables.take(kind, definition, lasting);
    if (!isThere) {
      for (const old of this.#tables.takeOut()) await this.run(`DROP TABLE IF EXISTS ${old}`);
      try {
        await this.run(`CREATE TEMP TABLE ${name} ${definition}`);
      } catch (error) {
        this.#tables.forget(name);
        throw error;
      }
      return name;
    }
    this.#emptied += await this.run(`DELETE FROM ${name}`);
    if (definition.startsWith('AS ') && !definition.endsWith(NO_ROWS))
      await this.run(`INSERT INTO ${name} ${definition.slice(3)}`);
    return name;
  }

  /** Puts the table `next` in the place of another. */
  async replaceTable(name: string, next: string): Promise<void> {
    await this.run(`DROP TABLE ${name}`);
    await this.run(`ALTER TABLE ${next} RENAME TO ${name}`);
    this.#tables.replaced(name, next);
  }

  async dropTable(name: string): Promise<void> {
    if (this.#tables.release(name)) return;
    await this.run(`DROP TABLE IF EXISTS ${name}`);
  }

  /** Drops every table but the lasting ones: the session is used for the next work. */
  async dropTables(): Promise<void> {
    const drops = this.#tables.releaseAll().map((name) => `DROP TABLE IF EXISTS ${name}`);
    if (drops.length > 0) await this.run(drops.join('; '));
    if (this.#emptied < MAX_EMPTIED_ROWS) return;
    await this.run('CHECKPOINT temp');
    this.#emptied = 0;
  }

  /** Waits for the statements that run; those that come later fail. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#running);
    this.connection.closeSync();
    this.#instance.closeSync();
    await removeTemporary(this.folder);
  }

  /** A statement on the session's own connection. */
  async #execute<Result>(statement: () => Promise<Result>): Promise<Result> {
    for (const reading of this.#reading) reading.isEnded = true;
    return await this.#track(statement);
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

function appendColumns(appender: DuckDBAppender, types: readonly DuckDBType[], columns: RowColumns): void {
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
