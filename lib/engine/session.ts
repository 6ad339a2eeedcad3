/**
 * A DuckDB session of our own: one database in a temporary folder, spilling there, gone when closed. What goes in is SQL;
 * what comes out are rows or chunks. Every stage that reads, types or windows data works in one of these.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
} from '@duckdb/node-api';

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
  readonly #instance: DuckDBInstance;

  private constructor(instance: DuckDBInstance, connection: DuckDBConnection, folder: string) {
    this.#instance = instance;
    this.connection = connection;
    this.folder = folder;
  }

  static async open(options: SessionOptions = {}): Promise<Session> {
    const folder = await mkdtemp(join(tmpdir(), 'assay-'));
    const instance = await DuckDBInstance.create(join(folder, 'session.duckdb'), {
      threads: String(options.threads ?? 2),
      memory_limit: `${options.memoryLimitMb ?? 1024}MB`,
      temp_directory: join(folder, 'spill'),
      preserve_insertion_order: 'true',
      // A pack is somebody's file: its SQL may not load code or reach the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    await connection.run("SET TimeZone = 'UTC'");
    return new Session(instance, connection, folder);
  }

  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** All rows as objects; for small results. */
  async rows<Row extends Record<string, unknown>>(sql: string): Promise<Row[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowObjectsJS() as Row[];
  }

  async row<Row extends Record<string, unknown>>(sql: string): Promise<Row> {
    const [first] = await this.rows<Row>(sql);
    if (first === undefined) throw new Error(`no row: ${sql}`);
    return first;
  }

  /** The result a chunk (up to 2,048 rows) at a time, for results that may not fit in memory. */
  async *chunks(sql: string): AsyncGenerator<DuckDBDataChunk> {
    const result: DuckDBResult = await this.connection.stream(sql);
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      yield chunk;
    }
  }

  async close(): Promise<void> {
    this.connection.closeSync();
    this.#instance.closeSync();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** `name` as an SQL identifier, whatever it holds. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** `text` as an SQL string literal. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
