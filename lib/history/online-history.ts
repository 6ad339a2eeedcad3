/**
 * The past of a few records: what their windows can see of the domain's finished drops is added to the table `records`, from the copies
 * that are kept by each window's key. Only the partitions that a key falls into are fetched, and a fetched file stays for
 * the next request.
 *
 * Windows over features with windows of their own see through the records of one key those of another: what such a window sees
 * is looked up first, then what the windows see that its records need.
 */
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quoteIdentifier, quoteText, type Session } from '../engine/session.ts';
import { type FeaturePlan, planFeatures } from '../features/feature-plan.ts';
import { timeSql } from '../features/records-sql.ts';
import { windowGroups } from '../features/window-groups.ts';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS, type ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { CachedPast, DROP, type Held, PLACE, type PlacedEntry } from './cached-past.ts';
import { type HistoryEntry, inOrder } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';
import { partitionSql } from './partition-sql.ts';
import { columnsOfFiles, copyBy, type PastFiles, parquetSql, pastObjects, pastSql } from './past-sql.ts';

export interface InlineHistoryOptions {
  readonly store: ObjectStore;
  /** A folder for fetched files, and the most bytes to keep there. */
  readonly folder: string;
  readonly maxBytes: number;
}

export class OnlineHistory {
  readonly #options: InlineHistoryOptions;
  /** Fetched files by key, the least recently used first. */
  readonly #files = new Map<string, number>();
  readonly #columns = new Map<string, ReadonlySet<string>>();
  readonly #held = new CachedPast((keys) => this.#fetch(keys));
  /** Drops whose lists of stale records a session has. */
  readonly #stale = new WeakMap<Session, Set<string>>();
  #tables = 0;

  constructor(options: InlineHistoryOptions) {
    this.#options = options;
  }

  /** `records` holds the request's own; what is added is marked as history, with `seq` −1, −2, …. */
  async load(session: Session, pack: Pack, entries: readonly HistoryEntry[]): Promise<void> {
    const plan = planFeatures(pack, true);
    if (plan.windows.length === 0 || entries.length === 0) return;
    const past = inOrder(entries);
    await this.#loadStale(session, past);
    await session.run(
      'CREATE OR REPLACE TEMP TABLE found AS SELECT CAST(NULL AS INTEGER) AS entry, * FROM records LIMIT 0',
    );
    const held = await this.#held.hold(session, pack, past);
    await this.#expand(session, { plan, held, source: 'records', wanted: [...plan.windows.keys()] });
    const columns = pack.columns.map(({ name }) => quoteIdentifier(name)).join(', ');
    await session.run(
      `INSERT INTO records SELECT -row_number() OVER (ORDER BY entry, line), 0, line, true, record_id, record_hash, ${columns}
       FROM (SELECT DISTINCT ON (entry, line) * FROM found)`,
    );
  }

  /** Those of the past whose ids are in the table `own` too, into the table `again`: the drop that has them, and their ids. */
  async listAgain(session: Session, pack: Pack, entries: readonly HistoryEntry[]): Promise<void> {
    const held = await this.#held.hold(session, pack, inOrder(entries));
    const ofOwn = 'record_id IN (SELECT record_id FROM own)';
    await session.run('CREATE OR REPLACE TEMP TABLE again ("drop" VARCHAR, record_id VARCHAR)');
    if (held.source !== null)
      await session.run(`INSERT INTO again SELECT ${DROP}, record_id FROM ${held.source} WHERE ${ofOwn}`);
    for (const { entry } of held.others) {
      const keys = historyKeys(entry);
      const parts = await wantedParts(session, pack, entry, { key: null, source: 'own' });
      const objects = parts.flatMap((part) =>
        Array.from({ length: entry.ranges }, (_, range) => keys.ids(part, range)),
      );
      const paths = await this.#fetch(objects);
      await session.run(
        `INSERT INTO again SELECT DISTINCT ${quoteText(entry.drop)}, record_id FROM ${parquetSql(paths)} WHERE ${ofOwn}`,
      );
    }
  }

  /** Adds to `found` what the wanted windows of the records in `source` see, and what the windows see that those need. */
  async #expand(session: Session, { plan, held, source, wanted }: Expansion): Promise<void> {
    const { needs } = windowGroups(plan.pack);
    for (const { by, windows } of lookUps(plan, wanted)) {
      const table = `seen_${this.#tables++}`;
      await session.run(`CREATE OR REPLACE TEMP TABLE ${table} AS SELECT * FROM found LIMIT 0`);
      await this.#find(session, plan, held, { source, by, windows, into: table });
      await session.run(`INSERT INTO found SELECT * FROM ${table}`);
      const inner = [...new Set(windows.flatMap((index) => [...needs[index]!]))];
      if (inner.length > 0) {
        await session.run(`INSERT INTO ${table} SELECT 0, * FROM records WHERE NOT history`);
        await this.#expand(session, { plan, held, source: table, wanted: inner });
      }
      await session.run(`DROP TABLE ${table}`);
    }
  }

  /** Adds to a table the records of the past that share the key with those in `source`, as far back as the windows reach. */
  async #find(session: Session, plan: FeaturePlan, held: Held, search: Search): Promise<void> {
    const { pack } = plan;
    if (held.source !== null) await session.run(findCachedSql(plan, search, held.source));
    const copyKey = windowGroups(pack).keys.find(
      (key) => search.by.length > 0 && key.every((column) => search.by.includes(column)),
    );
    for (const { at, entry } of held.others) {
      const copy = copyKey === undefined ? null : copyBy(entry.keys, copyKey);
      const parts = await wantedParts(
        session,
        pack,
        entry,
        copy === null ? null : { key: copyKey!, source: search.source },
      );
      const objects = pastObjects(entry, copy ?? 0, parts);
      if (objects.length === 0) continue;
      const { allRepeats } = historyKeys(entry);
      const files = {
        paths: await this.#fetch(objects),
        repeats: entry.repeats === 0 ? null : (await this.#fetch([allRepeats]))[0]!,
      };
      const columns = await this.#columnsOf(session, objects[0]!, files.paths[0]!);
      await session.run(findSql(plan, search, { at, entry }, { ...files, columns }));
    }
  }

  /** Into the table `stale`: what later drops of the past delivered again. A list never changes, so each is read once in a process. */
  async #loadStale(session: Session, past: readonly HistoryEntry[]): Promise<void> {
    const lists = past.filter(({ stale }) => stale > 0);
    await session.run(
      'CREATE TEMP TABLE IF NOT EXISTS known_stale ("by" VARCHAR, "drop" VARCHAR, record_id VARCHAR)',
    );
    const known = this.#stale.get(session) ?? new Set<string>();
    this.#stale.set(session, known);
    for (const { drop, domain } of lists.filter((entry) => !known.has(entry.drop))) {
      const [path] = await this.#fetch([historyKeys({ drop, domain }).allStale]);
      await session.run(
        `INSERT INTO known_stale SELECT ${quoteText(drop)}, "drop", record_id FROM ${parquetSql([path!])}`,
      );
      known.add(drop);
    }
    const by = lists.map(({ drop }) => quoteText(drop)).join(', ');
    await session.run(
      `CREATE OR REPLACE TEMP TABLE stale AS SELECT "drop", record_id FROM known_stale WHERE ${by === '' ? 'false' : `"by" IN (${by})`}`,
    );
  }

  /** Of a fetched file, by its object's key: what is stored does not change. */
  async #columnsOf(session: Session, key: string, path: string): Promise<ReadonlySet<string>> {
    const known = this.#columns.get(key);
    if (known !== undefined) return known;
    const columns = await columnsOfFiles(session, [path]);
    this.#columns.set(key, columns);
    return columns;
  }

  async #fetch(keys: readonly string[]): Promise<string[]> {
    const { store, folder, maxBytes } = this.#options;
    const paths = keys.map((key) => join(folder, key));
    await inParallel(keys, MAX_TRANSFERS, async (key, at) => {
      const path = paths[at]!;
      if (!existsSync(path)) {
        await mkdir(dirname(path), { recursive: true });
        const partial = `${path}.partial`;
        await rm(partial, { force: true });
        await store.download(key, partial);
        await rename(partial, path);
      }
      const { size } = await stat(path);
      this.#files.delete(key);
      this.#files.set(key, size);
    });
    let total = [...this.#files.values()].reduce((sum, size) => sum + size, 0);
    for (const [key, size] of this.#files) {
      if (total <= maxBytes) break;
      if (keys.includes(key)) continue;
      await rm(join(folder, key), { force: true });
      this.#files.delete(key);
      total -= size;
    }
    return paths;
  }
}

interface Expansion {
  readonly plan: FeaturePlan;
  readonly held: Held;
  /** The table of the records whose windows are wanted. */
  readonly source: string;
  /** Positions in the plan's windows. */
  readonly wanted: readonly number[];
}

interface Search {
  readonly source: string;
  readonly by: readonly string[];
  readonly windows: readonly number[];
  readonly into: string;
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

/** The partitions of an entry that the keys of `source` (null: its ids) fall into; all, where it was parted by other keys. */
async function wantedParts(
  session: Session,
  pack: Pack,
  entry: HistoryEntry,
  by: { readonly key: readonly string[] | null; readonly source: string } | null,
): Promise<number[]> {
  if (by === null || entry.partitions === 1)
    return Array.from({ length: entry.partitions }, (_, part) => part);
  const part = partitionSql(pack, by.key, entry.partitions);
  const rows = await session.rows<{ part: number }>(`SELECT DISTINCT ${part} AS part FROM ${by.source}`);
  return rows.map((row) => row.part);
}

/** `at`: the entry's place in the past. */
function findSql(plan: FeaturePlan, search: Search, { at, entry }: PlacedEntry, files: PastFiles): string {
  const conditions = [
    `record_id NOT IN (SELECT record_id FROM stale WHERE "drop" = ${quoteText(entry.drop)})`,
    ...conditionsOf(plan, search),
  ];
  return `INSERT INTO ${search.into} ${pastSql(plan.pack, files, [String(at), '0'], conditions)}`;
}

function findCachedSql(plan: FeaturePlan, search: Search, source: string): string {
  const columns = plan.pack.columns.map(({ name }) => quoteIdentifier(name));
  const conditions = [
    `(${DROP}, record_id) NOT IN (SELECT ("drop", record_id) FROM stale)`,
    ...conditionsOf(plan, search),
  ];
  return `INSERT INTO ${search.into}
    SELECT ${[PLACE, '0', 'file', 'line', 'history', 'record_id', 'record_hash', ...columns].join(', ')}
    FROM ${source} WHERE ${conditions.join(' AND ')}`;
}

function conditionsOf(plan: FeaturePlan, search: Search): string[] {
  const shared = search.by.map(quoteIdentifier).join(', ');
  return [
    'record_id NOT IN (SELECT record_id FROM records)',
    ...(shared === '' ? [] : [`(${shared}) IN (SELECT (${shared}) FROM ${search.source})`]),
    ...reachSql(plan, search),
  ];
}

/** Only times that one of the windows can see from one of the records. */
function reachSql({ pack, windows }: FeaturePlan, { source, windows: wanted }: Search): string[] {
  if (pack.record.time === null) return [];
  const time = timeSql(pack);
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
