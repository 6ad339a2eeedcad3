/** Statements that came before, planned: a session that does the same again finds them by their text. */
import {
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBType,
  type DuckDBValue,
  LIST,
  listValue,
} from '@duckdb/node-api';

/** Some for each pack and model, and for the ways that a request may take. */
const MAX_STATEMENTS = 1_000;

/** What is done once, what DuckDB plans anew each time, and what depends on files, which are others behind the same name. */
const NOT_KEPT =
  /^\s*(CHECKPOINT|CREATE|DROP|ALTER|COPY|SET|PRAGMA)\b|\b(read_csv|read_parquet|read_json|parquet_schema)\s*\(/i;

export class StatementCache {
  readonly #connection: DuckDBConnection;
  /** By text, that used last at the end. Null: it came once, and most come no second time. */
  readonly #known = new Map<string, DuckDBPreparedStatement | null>();

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  /** Null: it is to be run as it is. */
  async find(sql: string): Promise<DuckDBPreparedStatement | null> {
    const known = this.#known.get(sql);
    if (known === undefined) {
      if (NOT_KEPT.test(sql)) return null;
      this.#makeRoom();
      this.#known.set(sql, null);
      return null;
    }
    const statement = known ?? (await this.#connection.prepare(sql));
    this.#known.delete(sql);
    this.#known.set(sql, statement);
    return statement;
  }

  /** Puts rows into a table, given as columns of these types. */
  async insert(
    table: string,
    types: readonly DuckDBType[],
    columns: readonly ArrayLike<DuckDBValue>[],
  ): Promise<void> {
    const lists = types.map((type, at) => `unnest($${at + 1}::${type}[])`);
    const sql = `INSERT INTO ${table} SELECT ${lists.join(', ')}`;
    const statement = (await this.find(sql)) ?? (await this.find(sql))!;
    for (const [at, type] of types.entries())
      statement.bindList(at + 1, listValue(Array.from(columns[at]!)), LIST(type));
    await statement.run();
  }

  #makeRoom(): void {
    if (this.#known.size < MAX_STATEMENTS) return;
    const [[oldest, statement]] = this.#known as unknown as [[string, DuckDBPreparedStatement | null]];
    statement?.destroySync();
    this.#known.delete(oldest);
  }
}
