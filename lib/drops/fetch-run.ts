/**
 * A finished drop's objects as a run folder on this machine, as `assay verify` and `assay replay` take it: the way back of
 * `storeRun`. Beside the drop's own records lie those of earlier drops that its windows saw. Everything comes from what is stored:
 * the drop's working files may be long gone.
 */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parquetSql } from '../engine/parquet.ts';
import { quoteText, Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { type HistoryEntry, inOrder } from '../history/history-entry.ts';
import { loadHistory, loadPastIds, OWN_PLACE, type PlannedPast, staleSql } from '../history/load-past.ts';
import { type ListedPast, readPast } from '../history/past-list.ts';
import { createIds, createStale, type Stale } from '../history/stale.ts';
import { inParallel } from '../in-parallel.ts';
import type { RecordColumns, Records } from '../intake/records.ts';
import { loadModel } from '../models/model-folder.ts';
import { MAX_TRANSFERS, MissingObject, type ObjectStore } from '../object-store.ts';
import type { Pack } from '../packs/pack.ts';
import { readErasable } from '../privacy/open-run.ts';
import type { Progress } from '../progress.ts';
import { pastText } from '../scoring/past-text.ts';
import { addRelated } from '../scoring/related-records.ts';
import { createRunFolder, type RunFolder } from '../scoring/run-folder.ts';
import { writeRecords } from '../scoring/write-tables.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';
import { storedPack } from './plan-erasure.ts';
import { fetchRunModel } from './run-model.ts';
import { runObjects } from './store-run.ts';

export interface FetchDeps {
  readonly data: ObjectStore;
  readonly audit: Pick<ObjectStore, 'download'>;
  /** Of the domain; those of the drop's past are among them. */
  readonly history: readonly HistoryEntry[];
  readonly threads: number;
  readonly progress: Progress;
}

type Drop = Pick<DropRef, 'id' | 'domain'>;

export interface FetchedRun {
  readonly run: RunFolder;
  /** Earlier drops whose records its windows saw. */
  readonly past: number;
}

/** Throws an InputError where the folder holds a run already. */
export async function fetchRun(deps: FetchDeps, drop: Drop, folder: string): Promise<FetchedRun> {
  const { data, audit, progress } = deps;
  const run = await createRunFolder(folder);
  const keys = dropKeys(drop);
  // The summary comes with the log at the end: without them the folder holds no run, whatever else is there.
  const late = run.summary;
  const objects = runObjects(run, drop);
  const early = objects.filter(({ path }) => path !== late);
  progress.stage('fetching results');
  let fetched = 0;
  await inParallel(early, MAX_TRANSFERS, async ({ path, key, optional }) => {
    await replace(data, key, path).catch((error: unknown) => {
      // What the log names and is missing here, verify misses.
      if (!optional || !(error instanceof MissingObject)) throw error;
    });
    progress.share(++fetched / early.length);
  });
  await replace(audit, `${keys.audit}/audit.jsonl`, run.unsealedAudit);
  const facts = await readFacts(run);
  await fetchRunModel(data, run, drop, facts);
  const past = facts.past === null ? await readPast(data, drop) : listed(facts.past);
  if (facts.past === null) await writeFile(run.past, pastText(past.lines));
  if (past.drops.length > 0 && (await hasRecords(run))) {
    progress.stage('fetching the past that it saw');
    await fetchPast(deps, drop, run, past);
  }
  await replace(audit, `${keys.audit}/seal.json`, run.seal);
  await replace(audit, `${keys.audit}/audit.jsonl`, run.audit);
  await rm(run.unsealedAudit);
  for (const { path, key } of objects) if (path === late) await replace(data, key, path);
  return { run, past: past.drops.length };
}

function listed(drops: readonly string[]): ListedPast {
  return { lines: drops, drops, byIds: false };
}

/** What an earlier attempt left is written over. */
async function replace(store: Pick<ObjectStore, 'download'>, key: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await rm(path, { force: true });
  await store.download(key, path);
}

interface LogFacts {
  readonly version: string;
  /** sha256 of the model's card. */
  readonly card: string;
  /** The drops that the log itself names, oldest first; null: their list is in the results. */
  readonly past: readonly string[] | null;
}

/** From the first and the last entry of the log. */
async function readFacts({ unsealedAudit }: RunFolder): Promise<LogFacts> {
  const lines = (await readFile(unsealedAudit, 'utf8')).trimEnd().split('\n');
  const first = JSON.parse(lines[0]!) as {
    data?: { model?: string; history?: string[]; past?: { drops: number } };
  };
  const last = JSON.parse(lines.at(-1)!) as { data?: { files?: Record<string, string> } };
  const { model: version = '', history = [], past } = first.data ?? {};
  // Earlier versions listed the past in the log.
  const named = past === undefined ? history : past.drops === 0 ? [] : null;
  return { version, card: last.data?.files?.['model/card.json'] ?? '', past: named };
}

/** Where every record was rejected nothing was scored, and the drop is no part of the past. */
async function hasRecords({ unsealedAudit }: RunFolder): Promise<boolean> {
  const lines = (await readFile(unsealedAudit, 'utf8')).split('\n');
  const scored = lines.find((line) => line.includes('"event":"scored"'));
  const { data } = JSON.parse(scored ?? '{}') as { data?: { count?: number } };
  return data?.count !== 0;
}

async function fetchPast(deps: FetchDeps, drop: Drop, run: RunFolder, past: ListedPast): Promise<void> {
  const known = new Map(deps.history.map((entry) => [entry.drop, entry]));
  const history = past.drops.map((id) => {
    const entry = known.get(id);
    if (entry === undefined)
      throw new InputError(
        `the audit log of ${drop.id} names ${id} as its past, of which the stack knows nothing`,
      );
    return entry;
  });
  const erasable = (await readErasable(run.unsealedAudit)) ?? undefined;
  const pack = storedPack(erasable === undefined ? {} : { erasable }, (await loadModel(run.model)).pack);
  const session = await Session.open({ threads: deps.threads });
  try {
    const own = parquetSql([run.records]);
    const records = await createTable<RecordColumns>(session, 'records', `SELECT * FROM ${own} LIMIT 0`);
    const seen = { past: { segments: [], recent: inOrder(history) }, partitions: 1 };
    const stale = await createStale(session);
    if (past.byIds) await findStale(deps, stale, pack, seen, own);
    else await loadStale(deps, stale, drop, history, known.get(drop.id));
    await loadHistory(deps, { records, stale }, pack, seen, { key: null, partition: null });
    await leaveUnrelated(records, pack, own);
    await rm(run.history, { force: true });
    await writeRecords(records, run.history);
  } finally {
    await session.close();
  }
}

/**
 * Records of the past that were delivered again since, the drop itself included: no window saw them. By earlier versions a drop
 * lists all of them, a request that was recorded only its own.
 */
async function loadStale(
  deps: FetchDeps,
  stale: Stale,
  drop: Drop,
  past: readonly HistoryEntry[],
  own: HistoryEntry | undefined,
): Promise<void> {
  if (own === undefined) throw new InputError(`${drop.id} is not among the finished drops of ${drop.domain}`);
  const lists = [...past, own].filter(({ stale }) => stale > 0);
  if (lists.length === 0) return;
  const keys = lists.map((entry) => dropKeys({ id: entry.drop, domain: entry.domain }).allStale);
  const { session } = stale;
  const paths = await fetchAll(session, deps.data, 'stale', keys);
  await session.run(`INSERT INTO ${stale} SELECT DISTINCT "drop", record_id FROM ${parquetSql(paths)}`);
}

/** The same, found by the ids of all of them. `own` is SQL for the drop's records. */
async function findStale(
  deps: FetchDeps,
  stale: Stale,
  pack: Pack,
  past: PlannedPast,
  own: string,
): Promise<void> {
  const { session } = stale;
  const ids = await createIds(session);
  await session.run(`INSERT INTO ${ids} SELECT ${quoteText(OWN_PLACE)}, line, record_id FROM ${own}`);
  await loadPastIds(deps, ids, pack, past, null);
  await session.run(`INSERT INTO ${stale} ${staleSql(ids)}`);
}

/** No feature of the drop's records depends on the others. */
async function leaveUnrelated(records: Records, pack: Pack, own: string): Promise<void> {
  const { session } = records;
  const related = await createTable<RecordColumns>(session, 'related', `SELECT * FROM ${own}`);
  await addRelated(related, pack, `(SELECT * FROM ${own} UNION ALL SELECT * FROM ${records})`);
  await session.run(`DELETE FROM ${records} WHERE seq NOT IN (SELECT seq FROM ${related})`);
}
