/**
 * What small drops and recorded requests left of records since the last compaction, copied into a table of the session: however many there
 * are, one look-up finds what windows see of them. An entry's records never change, so each is read once in a process; what is too
 * large or too much is left to be looked up in its files.
 */

import { VARCHAR } from '@duckdb/node-api';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { type ColumnTypes, defineTable, fillTable, type Table } from '../engine/table.ts';
import type { RecordColumns } from '../intake/records.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { WORKING_COLUMNS } from '../packs/own-columns.ts';
import type { Pack } from '../packs/pack.ts';
import { type HistoryEntry, placeOf } from './history-entry.ts';
import { type Past, type Piece, piecesOf, rowObjects } from './past.ts';
import { columnsOfFiles, filesBySchema, PATH, pastSql } from './past-sql.ts';

/** Of an entry that is copied; and of all that are: some tens of megabytes. */
const MAX_ROWS = 1_000;
const MAX_CACHED_ROWS = 200_000;

export const DROP = quoteIdentifier(WORKING_COLUMNS.drop);

const PLACES: ColumnTypes = [
  [WORKING_COLUMNS.place, VARCHAR],
  [WORKING_COLUMNS.drop, VARCHAR],
];

/** The table that has entries, as far as they belong to the past that was asked for. */
export interface CachedEntries {
  /** SQL: columns PLACE (of its entry), DROP, file, line, history, record_id, record_hash and the pack's. Null: it has none. */
  readonly source: string | null;
  /** What it has not. */
  readonly others: readonly Piece[];
}

/** Beside the pack's columns, the drop. */
type CachedRecords = Table<Omit<RecordColumns, 'seq'>>;

interface CachedTable {
  readonly table: CachedRecords;
  readonly drops: Set<string>;
  rows: number;
}

export class CachedPast {
  readonly #fetch: (keys: readonly string[]) => Promise<string[]>;
  readonly #tables = new WeakMap<Session, Map<string, CachedTable>>();

  constructor(fetch: (keys: readonly string[]) => Promise<string[]>) {
    this.#fetch = fetch;
  }

  async load(session: Session, pack: Pack, past: Past): Promise<CachedEntries> {
    const cached = await this.#tableOf(session, pack);
    await this.#dropOld(session, cached, past);
    const fresh: HistoryEntry[] = [];
    for (const entry of past.recent) {
      if (!isSmall(entry) || cached.drops.has(entry.drop) || cached.rows + entry.rows > MAX_CACHED_ROWS)
        continue;
      cached.rows += entry.rows;
      fresh.push(entry);
    }
    if (fresh.length > 0) await this.#add(session, pack, cached, fresh);
    const present = past.recent.filter(({ drop }) => cached.drops.has(drop));
    const others = piecesOf(past).filter((piece) => !('drop' in piece) || !cached.drops.has(piece.drop));
    if (present.length === 0) return { source: null, others };
    // Values, not text: the past is another one for each request that is recorded, and the statement is to stay the same.
    const ofPast = await fillTable<{ readonly place: string }>(session, 'cached_places', PLACES, [
      present.map(placeOf),
      present.map(({ drop }) => drop),
    ]);
    return { source: `(SELECT * FROM ${cached.table} JOIN ${ofPast} USING (${DROP}))`, others };
  }

  /** What a compaction took up is asked for no more. A past may be an earlier one, though: only a full table makes room. */
  async #dropOld(session: Session, cached: CachedTable, { recent }: Past): Promise<void> {
    const wanted = recent.reduce((rows, entry) => rows + (isSmall(entry) ? entry.rows : 0), 0);
    if (cached.rows + wanted <= MAX_CACHED_ROWS) return;
    const present = new Set(recent.map(({ drop }) => drop));
    const old = [...cached.drops].filter((drop) => !present.has(drop));
    if (old.length === 0) return;
    await session.run(`DELETE FROM ${cached.table} WHERE ${DROP} IN (${old.map(quoteText).join(', ')})`);
    for (const drop of old) cached.drops.delete(drop);
    cached.rows = await cached.table.count();
  }

  async #tableOf(session: Session, pack: Pack): Promise<CachedTable> {
    const tables = this.#tables.get(session) ?? new Map<string, CachedTable>();
    this.#tables.set(session, tables);
    const key = `${pack.domain} ${pack.hash}`;
    const known = tables.get(key);
    if (known !== undefined) return known;
    const columns = pack.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${sqlTypeOf(type)}`);
    const own = [`${DROP} VARCHAR`, 'file INTEGER', 'line BIGINT', 'history BOOLEAN'];
    const ids = ['record_id VARCHAR', 'record_hash VARCHAR'];
    const cached: CachedTable = {
      table: await defineTable(session, 'cached', [...own, ...ids, ...columns], { lasting: true }),
      drops: new Set<string>(),
      rows: 0,
    };
    tables.set(key, cached);
    return cached;
  }

  async #add(
    session: Session,
    pack: Pack,
    cached: CachedTable,
    fresh: readonly HistoryEntry[],
  ): Promise<void> {
    const fetched = await this.#fetch(fresh.flatMap((entry) => rowObjects(entry, 0, [0])));
    for (const { paths } of await filesBySchema(session, fetched)) {
      const columns = await columnsOfFiles(session, paths);
      const drop = `regexp_extract(${PATH}, '/([^/]+)/rows/0/0/0[.]parquet$', 1)`;
      const sql = pastSql(pack, { paths, columns, repeats: null, place: "''" }, [drop], []);
      await session.run(`INSERT INTO ${cached.table} ${sql}`);
    }
    for (const { drop } of fresh) cached.drops.add(drop);
  }
}

function isSmall({ partitions, ranges, repeats, rows }: HistoryEntry): boolean {
  return partitions === 1 && ranges === 1 && repeats === 0 && rows <= MAX_ROWS;
}
