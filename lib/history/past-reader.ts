/**
 * The past of a few records: what their windows can see of the domain's finished drops is added to them, from the copies
 * that are stored by each window's key. Only the partitions that a key falls into are fetched, and a fetched file stays for
 * the next request. Small drops and requests read the past by it; what is scored by partitions loads them whole (`load-past.ts`).
 *
 * Windows over features with windows of their own see through the records of one key those of another: what such a window sees
 * is looked up first, then what the windows see that its records need.
 */
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createEmpty, defineTable, type Table } from '../engine/table.ts';
import { type FeaturePlan, planFeatures } from '../features/feature-plan.ts';
import { windowTimeSql } from '../features/records-sql.ts';
import { windowGroups } from '../features/window-groups.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import { type CachedEntries, CachedPast, DROP } from './cached-past.ts';
import { FileCache, type FileCacheOptions } from './file-cache.ts';
import { historyKeys } from './history-keys.ts';
import { allParts } from './load-past.ts';
import { OutOfDate } from './out-of-date.ts';
import { partitionSql } from './partition-sql.ts';
import {
  dropOfPlace,
  idObjects,
  idsSql,
  isEmpty,
  isSegment,
  type Past,
  type Piece,
  PLACE,
  rowObjects,
} from './past.ts';
import { HASH, keyHashSql, PastByKey } from './past-by-key.ts';
import { columnsOfFiles, copyBy, type PastFiles, pastSql, placeSql } from './past-sql.ts';
import type { Stale } from './stale.ts';

/** Records of the past that came again: the place of their drop. */
export type Again = Table<{ readonly place: string; readonly record_id: string }>;

export class PastReader {
  readonly #files: FileCache;
  readonly #columns = new Map<string, ReadonlyMap<string, string>>();
  readonly #cached: CachedPast;
  readonly #byKey = new PastByKey();
  readonly #outOfDate: OutOfDate;

  constructor(options: FileCacheOptions) {
    this.#files = new FileCache(options);
    const fetch = (keys: readonly string[]) => this.#files.fetch(keys);
    this.#cached = new CachedPast(fetch);
    this.#outOfDate = new OutOfDate(fetch);
  }

  /** The records are the request's own; what is added is marked as history, with `seq` −1, −2, …. */
  async load(records: Records, pack: Pack, past: Past): Promise<void> {
    const { session } = records;
    const plan = planFeatures(pack, true);
    if (plan.windows.length === 0 || isEmpty(past)) return;
    const cached = await this.#cached.load(session, pack, past);
    const stale = await this.#outOfDate.load(session, past, cached);
    const found: Found = await createEmpty(
      session,
      'found',
      `SELECT CAST(NULL AS VARCHAR) AS ${PLACE}, * FROM ${records}`,
    );
    const looked = { plan, cached, stale, records, found };
    await this.#expand(session, { ...looked, source: records, wanted: [...plan.windows.keys()] });
    const columns = pack.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await session.run(
      `INSERT INTO ${records} SELECT -row_number() OVER (ORDER BY ${PLACE}, line), 0, line, true, record_id, record_hash, ${columns}
       FROM (SELECT DISTINCT ON (${PLACE}, line) * FROM ${found})`,
    );
    await found.drop();
    await stale.drop();
  }

  /** Those of the past whose ids are among these too. */
  async listAgain(own: Table<{ readonly record_id: string }>, pack: Pack, past: Past): Promise<Again> {
    const { session } = own;
    const cached = await this.#cached.load(session, pack, past);
    const ofOwn = `record_id IN (SELECT record_id FROM ${own})`;
    const again: Again = await defineTable(session, 'again', ['place VARCHAR', 'record_id VARCHAR']);
    if (cached.source !== null)
      await session.run(
        `INSERT INTO ${again} SELECT ${PLACE}, record_id FROM ${cached.source} WHERE ${ofOwn}`,
      );
    for (const piece of cached.others) {
      const parts = await wantedParts(session, pack, piece, { key: null, source: own });
      const paths = await this.#files.fetch(idObjects(piece, parts));
      if (paths.length === 0) continue;
      const ids = idsSql(piece, parquetSql(paths));
      await session.run(`INSERT INTO ${again} SELECT DISTINCT place, record_id FROM (${ids}) WHERE ${ofOwn}`);
    }
    return again;
  }

  /** Adds to what was found what the wanted windows of the records in `source` see, and what the windows see that those need. */
  async #expand(session: Session, expansion: Expansion): Promise<void> {
    const { plan, records, found, source, wanted } = expansion;
    const { needs } = windowGroups(plan.pack);
    for (const { by, windows } of lookUps(plan, wanted)) {
      const inner = [...new Set(windows.flatMap((index) => [...needs[index]!]))];
      if (inner.length === 0) {
        await this.#find(session, { ...expansion, source, by, windows, into: found });
        continue;
      }
      const table: Found = await createEmpty(session, 'seen', `SELECT * FROM ${found}`);
      await this.#find(session, { ...expansion, source, by, windows, into: table });
      await session.run(`INSERT INTO ${found} SELECT * FROM ${table}`);
      await session.run(`INSERT INTO ${table} SELECT '', * FROM ${records} WHERE NOT history`);
      await this.#expand(session, { ...expansion, source: table, wanted: inner });
      await table.drop();
    }
  }

  /** Adds to a table the records of the past that share the key with those in `source`, as far back as the windows reach. */
  async #find(session: Session, search: Search): Promise<void> {
    const { plan, cached } = search;
    const { pack } = plan;
    if (cached.source !== null) await session.run(findCachedSql(search, cached.source, null));
    const copyKey = windowGroups(pack).keys.find(
      (key) => search.by.length > 0 && key.every((column) => search.by.includes(column)),
    );
    for (const piece of cached.others) {
      const copy = copyKey === undefined ? null : copyBy(piece.keys, copyKey);
      const parts = await wantedParts(
        session,
        pack,
        piece,
        copy === null ? null : { key: copyKey!, source: search.source },
      );
      const objects = rowObjects(piece, copy ?? 0, parts);
      if (objects.length === 0) continue;
      const left: string[] = [];
      for (const object of objects) {
        const file = {
          object,
          by: search.by,
          rows: (piece.rows * parts.length) / (piece.partitions * objects.length),
        };
        const read = () => this.#read(session, piece, [object]);
        const table = await this.#byKey.tableOf(session, pack, file, read);
        if (table === null) left.push(object);
        else await session.run(findCachedSql(search, table, search.by));
      }
      if (left.length > 0) await session.run(findSql(search, await this.#read(session, piece, left)));
    }
  }

  async #read(session: Session, piece: Piece, objects: readonly string[]): Promise<PastFiles> {
    const paths = await this.#files.fetch(objects);
    const repeats = await this.#repeatsOf(piece);
    const columns = await this.#columnsOf(session, objects[0]!, paths[0]!);
    return { paths, repeats, columns, place: placeSql(piece) };
  }

  async #repeatsOf(piece: Piece): Promise<PastFiles['repeats']> {
    if (isSegment(piece)) return 'within';
    if (piece.repeats === 0) return null;
    return { path: (await this.#files.fetch([historyKeys(piece).allRepeats]))[0]! };
  }

  /** Of a fetched file, by its object's key: what is stored does not change. */
  async #columnsOf(session: Session, key: string, path: string): Promise<ReadonlyMap<string, string>> {
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const columns = await columnsOfFiles(session, [path]);
    this.#columns.set(key, columns);
    return columns;
  }
}

/** Records of the past, each with the place of its drop. */
type Found = Table<{ readonly record_id: string }>;

interface Look {
  readonly plan: FeaturePlan;
  readonly cached: CachedEntries;
  readonly stale: Stale;
  readonly records: Records;
  readonly found: Found;
  /** The records whose windows are wanted. */
  readonly source: Records | Found;
}

interface Expansion extends Look {
  /** Positions in the plan's windows. */
  readonly wanted: readonly number[];
}

interface Search extends Look {
  readonly by: readonly string[];
  readonly windows: readonly number[];
  readonly into: Found;
}

/**
 * What is looked up together: windows that need no others by the copy that holds their key, one look-up for all of them; the
 * others by their very key, since through each record found more is looked up.
 */
function lookUps(
  plan: FeaturePlan,
  wanted: readonly number[],
): { readonly by: readonly string[]; readonly windows: readonly number[] }[] {
  const { keys, needs } = windowGroups(plan.pack);
  const groups = new Map<string, { by: readonly string[]; windows: number[] }>();
  for (const index of wanted) {
    const own = plan.windows[index]!.frame.by;
    const copy = keys.find((key) => own.length > 0 && key.every((column) => own.includes(column)));
    const by = needs[index]!.size === 0 ? (copy ?? own) : own;
    const name = by.join('\n');
    const group = groups.get(name) ?? { by, windows: [] };
    group.windows.push(index);
    groups.set(name, group);
  }
  return [...groups.values()];
}

/** The partitions of a piece that the keys of `source` (null: its ids) fall into; all, where it was parted by other keys. */
async function wantedParts(
  session: Session,
  pack: Pack,
  piece: Piece,
  by: { readonly key: readonly string[] | null; readonly source: Found } | null,
): Promise<number[]> {
  if (by === null || piece.partitions === 1) return allParts(piece);
  const part = partitionSql(pack, by.key, piece.partitions);
  const rows = await session.rows<{ part: number }>(`SELECT DISTINCT ${part} AS part FROM ${by.source}`);
  return rows.map((row) => row.part);
}

function findSql(search: Search, files: PastFiles): string {
  const conditions = [
    `(${dropOfPlace(PLACE)}, record_id) NOT IN (SELECT ("drop", record_id) FROM ${search.stale})`,
    ...conditionsOf(search),
  ];
  return `INSERT INTO ${search.into} ${pastSql(search.plan.pack, files, [PLACE, '0'], conditions)}`;
}

/** `hashedBy`: the key whose hash orders the table. */
function findCachedSql(search: Search, source: string, hashedBy: readonly string[] | null): string {
  const columns = search.plan.pack.columns.map(({ name }) => quoteIdentifier(name));
  const conditions = [
    ...(hashedBy === null ? [] : [`${HASH} IN (SELECT ${keyHashSql(hashedBy)} FROM ${search.source})`]),
    `(${DROP}, record_id) NOT IN (SELECT ("drop", record_id) FROM ${search.stale})`,
    ...conditionsOf(search),
  ];
  return `INSERT INTO ${search.into}
    SELECT ${[PLACE, '0', 'file', 'line', 'history', 'record_id', 'record_hash', ...columns].join(', ')}
    FROM ${source} WHERE ${conditions.join(' AND ')}`;
}

function conditionsOf(search: Search): string[] {
  const shared = search.by.map(quoteIdentifier).join(', ');
  return [
    `record_id NOT IN (SELECT record_id FROM ${search.records})`,
    ...(shared === '' ? [] : [`(${shared}) IN (SELECT (${shared}) FROM ${search.source})`]),
    ...reachSql(search),
  ];
}

/** Only times that one of the windows can see from one of the records. */
function reachSql({ plan: { pack, windows }, source, windows: wanted }: Search): string[] {
  if (pack.record.time === null) return [];
  const time = windowTimeSql(pack);
  const reach = Math.max(
    ...wanted.map((index) => {
      const { over, delay } = windows[index]!.frame;
      return (over ?? Number.POSITIVE_INFINITY) + delay;
    }),
  );
  return [
    `${time} <= (SELECT max(${time}) FROM ${source})`,
    ...(Number.isFinite(reach) ? [`${time} >= (SELECT min(${time}) FROM ${source}) - ${reach}`] : []),
  ];
}
