/** What the partitions of a drop decided, put together, their measures as one, and the pieces of their flags. */
import { rm } from 'node:fs/promises';
import { parquetSql } from '../engine/parquet.ts';
import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { DriftCounter } from '../evaluation/drift-counter.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { addScores } from '../evaluation/score-histogram.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { driftProfiles } from '../models/card.ts';
import type { Decisions, ScoredRecords } from '../scoring/score-records.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { flagChunks } from './publish-chunks.ts';
import type { Measures } from './score-partition.ts';
import type { StageDeps } from './stage.ts';

export async function gatherDecisions(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
): Promise<ScoredRecords & { readonly chunks: readonly string[] }> {
  const keys = dropKeys(plan.drop);
  const paths = await fetchAll(session, deps.data, 'decisions', plan.flow.partitions.map(keys.decisions));
  const sql = `SELECT * FROM ${parquetSql(paths)} ORDER BY seq`;
  const decisions: Decisions = await createTable(session, 'decisions', sql);
  await Promise.all(paths.map((path) => rm(path)));
  const { card } = await deps.loadModel(plan.drop.domain, plan.model);
  const inputs = new DriftCounter(driftProfiles(card));
  const sums = { scored: 0, flagged: 0 };
  const scores: GroupedScores[] = [];
  const chunks: string[] = [];
  for (const partition of plan.flow.partitions) {
    const text = await deps.data.readText(keys.measures(partition));
    if (text === null) throw new Error(`there is no ${keys.measures(partition)}: it was not scored`);
    const measures = JSON.parse(text) as Measures;
    inputs.merge(measures.inputs);
    sums.scored += measures.scored;
    sums.flagged += measures.flagged;
    scores.push(measures.scores);
    chunks.push(...flagChunks(partition, measures.flagged));
  }
  return { decisions, ...sums, matrix: null, inputs: inputs.counts(), scores: addScores(scores), chunks };
}
