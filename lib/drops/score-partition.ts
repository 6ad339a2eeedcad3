/**
 * A partition of a drop, scored: its records, their past, and the windows that were computed under other keys go in; its decisions
 * and its flags, explained, come out.
 */
import { join } from 'node:path';
import { quoteText, type Session } from '../engine/session.ts';
import type { DriftCounts } from '../evaluation/drift-counter.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { WindowTable } from '../features/records-sql.ts';
import { readWindows, windowsUnder } from '../features/window-files.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { loadHistory } from '../history/load-past.ts';
import type { Model } from '../models/model-folder.ts';
import { beeswarmSize, explainedLines, storeFlagLines } from '../scoring/flag-lines.ts';
import { recordHits, storeRecordHits } from '../scoring/rule-hits-of-run.ts';
import { scoreRecords } from '../scoring/score-records.ts';
import { scoringKey } from './build-windows.ts';
import { dropKeys, type GroupName } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { ScoreInput } from './flow.ts';
import { loadOwnRecords } from './load-records.ts';
import { ALL_RECORDS } from './plan-drop.ts';
import { scoreInPassing } from './shadow.ts';
import { inSession, type StageDeps } from './stage.ts';

/** What a partition tells of itself, for the drop's report. */
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
    await loadOwnRecords(deps, session, model.pack, plan, selection);
    await loadHistory(deps, session, model.pack, plan, selection);
    await buildPartitionFeatures(deps, session, plan, model, partition);
    const measures = await decide(deps, session, plan, model, partition);
    // Of a shadow only what it would have decided is asked.
    if (drop.shadowOf !== undefined) return measures;
    await explain(deps, session, plan, model, partition);
    if (plan.shadowInPassing) await shadowInPassing(deps, session, plan, partition);
    await deps.data.writeText(dropKeys(drop).measures(partition), JSON.stringify(measures));
    return measures;
  });
}

async function buildPartitionFeatures(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  { pack }: Model,
  partition: number,
): Promise<void> {
  if (plan.flow.windows.length === 0) {
    await buildFeatures(session, pack, { encodings: false });
    return;
  }
  const given: WindowTable[] = [];
  for (const group of new Set(plan.flow.windows.map((task) => task.group))) {
    const name: GroupName = group === ALL_RECORDS ? 'all' : group;
    const table = `given_${name}`;
    // Where no record of a window's partition is scored here, there is no object.
    const there = await deps.data.list(dropKeys(plan.drop).windowsOf(name, partition));
    const paths = await fetchAll(session, deps.data, table, there);
    const wanted = windowsUnder(pack, group === ALL_RECORDS ? null : group);
    given.push(await readWindows(session, pack, wanted, { name: table, paths }));
  }
  const windows = { only: new Set(windowsUnder(pack, 0)), given };
  await buildFeatures(session, pack, { encodings: false, windows });
}

/** The decisions of the table `features`, in the table `decisions` and stored. */
async function decide(
  deps: StageDeps,
  session: Session,
  { drop, threshold }: DropPlan,
  model: Model,
  partition: number,
): Promise<Measures> {
  const measures = await decideAll(session, model, threshold);
  await storeDecisions(deps, session, dropKeys(drop).decisions(partition));
  return measures;
}

export async function decideAll(session: Session, model: Model, threshold: number): Promise<Measures> {
  const rows = await session.row<{ n: number }>(
    'SELECT count(*)::DOUBLE AS n FROM records WHERE NOT history',
  );
  const { scored, flagged, inputs, scores } = await scoreRecords(session, model, threshold, rows.n, () => {});
  return { scored, flagged, inputs, scores };
}

export async function storeDecisions(deps: StageDeps, session: Session, key: string): Promise<void> {
  const decisions = join(session.folder, 'decisions.parquet');
  await session.run(
    `COPY (SELECT * FROM decisions ORDER BY seq) TO ${quoteText(decisions)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await deps.data.upload(decisions, key);
}

async function explain(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  model: Model,
  partition: number,
): Promise<void> {
  const keys = dropKeys(plan.drop);
  const { flags, hits } = await explainAll(deps, session, plan, model);
  await deps.data.upload(flags, keys.flags(partition));
  await deps.data.upload(hits, keys.hits(partition));
}

/** The flags, explained, and the records that met a rule: a file of each. */
export async function explainAll(
  deps: StageDeps,
  session: Session,
  { threshold }: DropPlan,
  model: Model,
): Promise<{ readonly flags: string; readonly hits: string }> {
  const flags = join(session.folder, 'flags.jsonl');
  const settings = { model, threshold, threads: deps.threads };
  await storeFlagLines(explainedLines(session, settings, beeswarmSize), flags);
  const hits = join(session.folder, 'hits.jsonl');
  await storeRecordHits(recordHits(session, model), hits);
  return { flags, hits };
}

/** What is not scored in passing, for whatever reason, is left to a pass of its own: it is no reason for a drop to wait or fail. */
export async function shadowInPassing(
  deps: StageDeps,
  session: Session,
  { drop, shadow }: DropPlan,
  partition: number,
): Promise<void> {
  try {
    const changes = await scoreInPassing(session, await deps.loadModel(drop.domain, shadow!));
    await deps.data.writeText(dropKeys(drop).shadow(partition), JSON.stringify(changes));
  } catch (error) {
    deps.warn('the challenger was not scored in passing', drop, error);
  }
}
