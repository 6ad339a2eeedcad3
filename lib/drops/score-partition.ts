/**
 * Scores a partition of a drop from its records, their past, and the windows that were computed under other keys, and stores its
 * decisions and its flags, explained, also in the pieces that are put before officers.
 */
import { join } from 'node:path';
import type { DriftCounts } from '../evaluation/drift-counter.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import type { WindowTable } from '../features/records-sql.ts';
import { readWindows, windowsUnder } from '../features/window-files.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { loadHistory } from '../history/load-past.ts';
import type { Records } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import { beeswarmSize, explainedLines, mergeFlagLines, storeFlagLines } from '../scoring/flag-lines.ts';
import { recordHits, storeRecordHits } from '../scoring/rule-hits-of-run.ts';
import { type Decisions, type ScoredRecords, scoreRecords } from '../scoring/score-records.ts';
import { scoringKey } from './build-windows.ts';
import { dropKeys, type GroupName } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import { flagItems } from './flag-items.ts';
import type { ScoreInput } from './flow.ts';
import { loadOwnRecords } from './load-records.ts';
import { ALL_RECORDS } from './plan-drop.ts';
import { storedPack } from './plan-erasure.ts';
import { writeFlagChunks } from './publish-chunks.ts';
import { scoreInPassing } from './shadow.ts';
import { inSession, type StageDeps } from './stage.ts';

/** What a partition says of itself, for the drop's report. */
export interface Measures {
  readonly scored: number;
  readonly flagged: number;
  readonly inputs: DriftCounts;
  readonly scores: GroupedScores;
}

export async function scorePartition(deps: StageDeps, { drop, partition }: ScoreInput): Promise<Measures> {
  const plan = await readPlan(deps.data, drop);
  const model = await deps.loadModel(drop.domain, plan.model);
  return inSession(deps, async (session) => {
    const selection = { key: scoringKey(plan.keys), partition };
    const own = await loadOwnRecords(deps, session, model.pack, plan, selection);
    await loadHistory(deps, own, storedPack(plan, model.pack), plan, selection);
    const features = await buildPartitionFeatures(deps, own.records, plan, model, partition);
    const { decisions, matrix, ...measures } = await decideAll(features, model, plan.threshold);
    const decided = { features, decisions, matrix };
    await storeDecisions(deps, decisions, dropKeys(drop).decisions(partition));
    // Of a shadow only what it would have decided is asked.
    if (drop.shadowOf !== undefined) return measures;
    await explain(deps, decided, plan, model, partition);
    if (plan.shadowInPassing) await shadowInPassing(deps, decided, plan, partition);
    await deps.data.writeText(dropKeys(drop).measures(partition), JSON.stringify(measures));
    return measures;
  });
}

/** What a model decided of which features. */
export interface Decided {
  readonly features: Features;
  readonly decisions: Decisions;
  readonly matrix: ScoredRecords['matrix'];
}

async function buildPartitionFeatures(
  deps: StageDeps,
  records: Records,
  plan: DropPlan,
  { pack }: Model,
  partition: number,
): Promise<Features> {
  const { session } = records;
  if (plan.flow.windows.length === 0) return buildFeatures(records, pack, { encodings: false });
  const given: WindowTable[] = [];
  for (const group of new Set(plan.flow.windows.map((task) => task.group))) {
    const name: GroupName = group === ALL_RECORDS ? 'all' : group;
    // Where no record of a window's partition is scored here, there is no object.
    const there = await deps.data.list(dropKeys(plan.drop).windowsOf(name, partition));
    const paths = await fetchAll(session, deps.data, `given-${name}`, there);
    const wanted = windowsUnder(pack, group === ALL_RECORDS ? null : group);
    given.push(await readWindows(session, pack, wanted, paths));
  }
  const windows = { only: new Set(windowsUnder(pack, 0)), given };
  return buildFeatures(records, pack, { encodings: false, windows });
}

export async function decideAll(features: Features, model: Model, threshold: number): Promise<ScoredRecords> {
  const rows = await features.records.count('NOT history');
  return scoreRecords(features, model, threshold, rows, () => {});
}

export async function storeDecisions(deps: StageDeps, decisions: Decisions, key: string): Promise<void> {
  const path = join(decisions.session.folder, 'decisions.parquet');
  await decisions.copyToParquet(path, { orderBy: 'seq' });
  await deps.data.upload(path, key);
}

async function explain(
  deps: StageDeps,
  decided: Decided,
  plan: DropPlan,
  model: Model,
  partition: number,
): Promise<void> {
  const keys = dropKeys(plan.drop);
  const { flags, hits } = await explainAll(deps, decided, plan, model);
  await deps.data.upload(flags, keys.flags(partition));
  await deps.data.upload(hits, keys.hits(partition));
  await storeFlags(deps, decided.features, plan, model, { partition, flags });
}

/** The flags for officers, with their records: here they are at hand. `flags`: the file of their explanations. */
export async function storeFlags(
  deps: StageDeps,
  { session, records }: Features,
  plan: DropPlan,
  { pack }: Model,
  { partition, flags }: { readonly partition: number; readonly flags: string },
): Promise<void> {
  const { drop, plannedAt } = plan;
  const origin = { pack: storedPack(plan, pack), drop: drop.id, flaggedAt: plannedAt };
  const items = flagItems(records, mergeFlagLines([flags]), origin);
  await writeFlagChunks(deps, session, { drop, partition }, items);
}

/** The flags, explained, and the records that met a rule: a file of each. */
export async function explainAll(
  deps: StageDeps,
  decided: Decided,
  { threshold }: DropPlan,
  model: Model,
): Promise<{ readonly flags: string; readonly hits: string }> {
  const { folder } = decided.features.session;
  const flags = join(folder, 'flags.jsonl');
  const settings = { model, threshold, threads: deps.threads };
  await storeFlagLines(explainedLines(decided, settings, beeswarmSize), flags);
  const hits = join(folder, 'hits.jsonl');
  await storeRecordHits(recordHits(decided, model), hits);
  return { flags, hits };
}

/** What is not scored in passing, for whatever reason, is left to a pass of its own: it is no reason for a drop to wait or fail. */
export async function shadowInPassing(
  deps: StageDeps,
  { features, decisions }: Decided,
  { drop, shadow }: DropPlan,
  partition: number,
): Promise<void> {
  try {
    const challenger = await deps.loadModel(drop.domain, shadow!);
    const changes = await scoreInPassing(features, decisions, challenger);
    await deps.data.writeText(dropKeys(drop).shadow(partition), JSON.stringify(changes));
  } catch (error) {
    deps.warn('the challenger was not scored in passing', drop, error);
  }
}
