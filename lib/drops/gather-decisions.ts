/** What the partitions of a drop decided, put together: the tables `decisions` and `flagged`, and their measures as one. */
import { quoteText, type Session } from '../engine/session.ts';
import { DriftCounter } from '../evaluation/drift-counter.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { addScores } from '../evaluation/score-histogram.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { driftProfiles } from '../models/card.ts';
import type { ScoredRecords } from '../scoring/score-records.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import type { Measures } from './score-partition.ts';
import type { StageDeps } from './stage.ts';

export async function gatherDecisions(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
): Promise<ScoredRecords> {
  const keys = dropKeys(plan.drop);
  const paths = await fetchAll(session, deps.data, 'decisions', plan.flow.partitions.map(keys.decisions));
  await session.run(
    `CREATE TABLE decisions AS SELECT * FROM read_parquet([${paths.map(quoteText).join(', ')}]) ORDER BY seq`,
  );
  await session.run('CREATE TABLE flagged AS SELECT seq FROM decisions WHERE flagged ORDER BY seq');
  const { card } = await deps.loadModel(plan.drop.domain, plan.model);
  const inputs = new DriftCounter(driftProfiles(card));
  const sums = { scored: 0, flagged: 0 };
  const scores: GroupedScores[] = [];
  for (const partition of plan.flow.partitions) {
    const text = await deps.data.readText(keys.measures(partition));
    if (text === null) throw new Error(`there is no ${keys.measures(partition)}: it was not scored`);
    const measures = JSON.parse(text) as Measures;
    inputs.merge(measures.inputs);
    sums.scored += measures.scored;
    sums.flagged += measures.flagged;
    scores.push(measures.scores);
  }
  return { ...sums, inputs: inputs.counts(), scores: addScores(scores) };
}
