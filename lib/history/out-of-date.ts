/**
 * Records of the past that came again in a later drop: no window sees them. Each piece lists what it has of others' records, as far as
 * it saw those. Two drops that ran side by side did not see each other: their ids are compared. A list never changes, so each is
 * read once in a process.
 */
import { parquetSql } from '../engine/parquet.ts';
import { quoteText, type Session } from '../engine/session.ts';
import { createTable, defineTable, type Table } from '../engine/table.ts';
import { type CachedEntries, DROP } from './cached-past.ts';
import { type HistoryEntry, placeOf } from './history-entry.ts';
import { allParts } from './load-past.ts';
import { partitionOfSql } from './partition-sql.ts';
import {
  dropOfPlace,
  idObjects,
  idsSql,
  isSegment,
  nameOf,
  type Past,
  type Piece,
  PLACE,
  piecesOf,
  staleObject,
} from './past.ts';
import { createStale, type Stale } from './stale.ts';

type Fetch = (keys: readonly string[]) => Promise<string[]>;

/** Between a look at the past and the time that a plan states for it, and between two clocks. */
const MARGIN_MS = 60_000;

/** Whether a drop may not have seen the piece when it was planned. */
export function mayHaveMissed(drop: HistoryEntry, piece: Piece): boolean {
  const since = isSegment(piece) ? piece.committedAt : piece.finishedAt;
  return since === undefined || Date.parse(since) + MARGIN_MS >= Date.parse(drop.settledAt);
}

export class OutOfDate {
  readonly #fetch: Fetch;
  readonly #lists = new WeakMap<Session, ReadLists>();

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
  }

  async load(session: Session, past: Past, cached: CachedEntries): Promise<Stale> {
    const { table, names } = await this.#listsOf(session);
    const by: string[] = [];
    for (const piece of piecesOf(past)) {
      const list = staleObject(piece);
      if (list === null) continue;
      by.push(nameOf(piece));
      if (names.has(nameOf(piece))) continue;
      const [path] = await this.#fetch([list]);
      await session.run(
        `INSERT INTO ${table} SELECT ${quoteText(nameOf(piece))}, "drop", record_id FROM ${parquetSql([path!])}`,
      );
      names.add(nameOf(piece));
    }
    const inFiles = new Set(cached.others.map(nameOf));
    for (const [drop, piece] of sideBySide(past)) {
      if (!inFiles.has(drop.drop) && !inFiles.has(nameOf(piece))) continue;
      const pair = `${drop.drop} ${nameOf(piece)}`;
      by.push(pair);
      if (names.has(pair)) continue;
      await session.run(
        `INSERT INTO ${table} SELECT ${quoteText(pair)}, * FROM (${await compareSql(session, this.#fetch, drop, piece)})`,
      );
      names.add(pair);
    }
    if (by.length === 0 && cached.source === null) return createStale(session);
    const wanted = by.length === 0 ? 'false' : `"by" IN (${by.map(quoteText).join(', ')})`;
    // What is cached is compared as a whole: one look at a small table.
    const among =
      cached.source === null
        ? ''
        : ` UNION ALL SELECT ${DROP}, record_id FROM ${cached.source}
            QUALIFY ${PLACE} < max(${PLACE}) OVER (PARTITION BY record_id)`;
    return createTable(session, 'stale', `SELECT "drop", record_id FROM ${table} WHERE ${wanted}${among}`);
  }

  async #listsOf(session: Session): Promise<ReadLists> {
    const there = this.#lists.get(session);
    if (there !== undefined) return there;
    const columns = ['"by" VARCHAR', '"drop" VARCHAR', 'record_id VARCHAR'];
    const table = await defineTable<Listed>(session, 'read_stale', columns, { lasting: true });
    const lists: ReadLists = { table, names: new Set() };
    this.#lists.set(session, lists);
    return lists;
  }
}

interface Listed {
  /** The list that says so. */
  readonly by: string;
  readonly drop: string;
  readonly record_id: string;
}

/** The lists that were read in a session, and the table that holds them. */
interface ReadLists {
  readonly table: Table<Listed>;
  readonly names: Set<string>;
}

/** SQL ("drop", record_id): the older one of each record that both have. */
export async function compareSql(
  session: Session,
  fetch: Fetch,
  drop: HistoryEntry,
  piece: Piece,
): Promise<string> {
  const own = await fetch(idObjects(drop, allParts(drop)));
  const ids = `(${idsSql(drop, parquetSql(own))})`;
  // Where records are parted by their ids, the columns of a pack do not matter.
  const part = partitionOfSql(() => false, null, piece.partitions);
  const parts = await session.rows<{ part: number }>(`SELECT DISTINCT ${part} AS part FROM ${ids}`);
  const objects = idObjects(
    piece,
    parts.map((row) => row.part),
  );
  if (objects.length === 0) return 'SELECT NULL AS "drop", NULL AS record_id WHERE false';
  const others = `(${idsSql(piece, parquetSql(await fetch(objects)))})`;
  return `SELECT DISTINCT ${dropOfPlace('least(one.place, other.place)')} AS "drop", record_id
    FROM ${ids} AS one JOIN ${others} AS other USING (record_id)`;
}

/** Drops since the last compaction with what they may have missed. */
function sideBySide(past: Past): (readonly [HistoryEntry, Piece])[] {
  const earlier = (drop: HistoryEntry) => past.recent.filter((other) => placeOf(other) < placeOf(drop));
  return past.recent.flatMap((drop) =>
    [...past.segments, ...earlier(drop)]
      .filter((piece) => mayHaveMissed(drop, piece))
      .map((piece) => [drop, piece] as const),
  );
}
