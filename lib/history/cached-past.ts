/**
 * What small drops and recorded requests left of records, held in a table of the session: however many there are, one look-up finds what
 * windows see of them. An entry's records never change, so each is read once in a process; what is too large or too much
 * is left to be looked up in its files.
 */

import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import type { Pack } from '../packs/pack.ts';
import type { HistoryEntry } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';
import { columnsOfFiles, PATH, pastSql } from './past-sql.ts';

/** Of an entry, to be held; and of all that is held: some tens of megabytes. */
const MAX_ROWS = 1_000;
const MAX_CACHED_ROWS = 200_000;

/** No pack has columns of these names. */
export const PLACE = quoteIdentifier('place of its entry');
export const DROP = quoteIdentifier('its drop');

/** An entry of the past, and its place in the order of all. */
export interface PlacedEntry {
  readonly at: number;
  readonly entry: HistoryEntry;
}

/** The table that holds entries, as far as they belong to the past that was asked for. */
export interface Held {
  /** SQL: columns PLACE (of its entry), DROP, file, line, history, record_id, record_hash and the pack's. Null: no entry is held. */
  readonly source: string | null;
  /** What it does not hold. */
  readonly others: readonly PlacedEntry[];
}

interface CachedTable {
  readonly name: string;
  readonly drops: Set<string>;
  rows: number;
}

export class CachedPast {
  readonly #fetch: (keys: readonly string[]) => Promise<string[]>;
  readonly #tables = new WeakMap<Session, Map<string, CachedTable>>();

  constructor(fetch: (keys: readonly string[]) => Promise<string[]>) {
    this.#fetch = fetch;
  }

  async hold(session: Session, pack: Pack, past: readonly HistoryEntry[]): Promise<Held> {
    const table = await this.#tableOf(session, pack);
    const fresh: HistoryEntry[] = [];
    for (const entry of past) {
      if (!isSmall(entry) || table.drops.has(entry.drop) || table.rows + entry.rows > MAX_CACHED_ROWS)
        continue;
      table.rows += entry.rows;
      fresh.push(entry);
    }
    if (fresh.length > 0) await this.#add(session, pack, table, fresh);
    const placed = past.map((entry, at) => ({ at, entry }));
    const held = placed.filter(({ entry }) => table.drops.has(entry.drop));
    const others = placed.filter(({ entry }) => !table.drops.has(entry.drop));
    if (held.length === 0) return { source: null, others };
    const places = held.map(({ at, entry }) => `(${at}, ${quoteText(entry.drop)})`).join(', ');
    await session.run(
      `CREATE OR REPLACE TEMP TABLE held_places AS SELECT * FROM (VALUES ${places}) AS p(${PLACE}, ${DROP})`,
    );
    return { source: `(SELECT * FROM ${table.name} JOIN held_places USING (${DROP}))`, others };
  }

  async #tableOf(session: Session, pack: Pack): Promise<CachedTable> {
    const tables = this.#tables.get(session) ?? new Map<string, CachedTable>();
    this.#tables.set(session, tables);
    const key = `${pack.domain} ${pack.hash}`;
    const known = tables.get(key);
    if (known !== undefined) return known;
    const table = { name: `held_${tables.size}`, drops: new Set<string>(), rows: 0 };
    const columns = pack.columns.map(({ name, type }) => `${quoteIdentifier(name)} ${sqlTypeOf(type)}`);
    await session.run(
      `CREATE TEMP TABLE ${table.name} (${DROP} VARCHAR, file INTEGER, line BIGINT, history BOOLEAN,
         record_id VARCHAR, record_hash VARCHAR, ${columns.join(', ')})`,
    );
    tables.set(key, table);
    return table;
  }

  /** Files of the same columns are read together: packs have versions, and each wrote its own. */
  async #add(
    session: Session,
    pack: Pack,
    table: CachedTable,
    fresh: readonly HistoryEntry[],
  ): Promise<void> {
    // Where records are in one partition, every copy has all of them.
    const keys = fresh.map(({ drop, domain }) => historyKeys({ drop, domain }).rows(0, 0, 0));
    const fetched = await this.#fetch(keys);
    for (const { paths } of await sameColumns(session, fetched)) {
      const files = { paths, columns: await columnsOfFiles(session, paths), repeats: null };
      const drop = `regexp_extract(${PATH}, '/([^/]+)/rows/0/0/0[.]parquet$', 1)`;
      await session.run(`INSERT INTO ${table.name} ${pastSql(pack, files, [drop], [])}`);
    }
    for (const { drop } of fresh) table.drops.add(drop);
  }
}

function isSmall({ partitions, ranges, repeats, rows }: HistoryEntry): boolean {
  return partitions === 1 && ranges === 1 && repeats === 0 && rows <= MAX_ROWS;
}

async function sameColumns(
  session: Session,
  paths: readonly string[],
): Promise<{ readonly paths: readonly string[] }[]> {
  return session.rows<{ paths: string[] }>(
    `SELECT list(file_name) AS paths FROM (
       SELECT file_name, list((name, type, converted_type, logical_type) ORDER BY name) AS columns
       FROM parquet_schema([${paths.map(quoteText).join(', ')}]) GROUP BY file_name) GROUP BY columns`,
  );
}
