/**
 * Features to scores: every record that is not history gets one from the runtime, in input order, and a row in the
 * table `decisions(seq, score, flagged)`. Blocks stream through, so memory does not grow with the drop.
 */
import { DOUBLE } from '@duckdb/node-api';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { DriftCounter, type DriftCounts } from '../evaluation/drift-counter.ts';
import { entityGroup } from '../evaluation/entity-groups.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import { GroupedScoresCounter } from '../evaluation/score-histogram.ts';
import { ruleColumn } from '../features/feature-tables.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import { driftProfiles } from '../models/card.ts';
import type { Model } from '../models/model-folder.ts';
import { flagsByItself } from '../packs/rule-flags.ts';

export interface ScoredRecords {
  readonly scored: number;
  readonly flagged: number;
  /** Of the model's inputs against its training; `DriftCounter` makes the drift of it. */
  readonly inputs: DriftCounts;
  /** `positives` holds the flagged, `negatives` the others. */
  readonly scores: GroupedScores;
}

/** `rows` is how many will come, for progress. */
export async function scoreRecords(
  session: Session,
  model: Model,
  threshold: number,
  rows: number,
  onProgress: (share: number) => void,
): Promise<ScoredRecords> {
  const scorer = await ModelScorer.open(model.onnx);
  try {
    return await scoreRecordsBy(scorer, session, model, { threshold, rows, onProgress });
  } finally {
    await scorer.close();
  }
}

/** As `scoreRecords`, by a scorer that is open already and stays so. */
export async function scoreRecordsBy(
  scorer: ModelScorer,
  session: Session,
  model: Model,
  { threshold, rows, onProgress }: { threshold: number; rows: number; onProgress?: (share: number) => void },
): Promise<ScoredRecords> {
  const { card, pack } = model;
  const drift = new DriftCounter(driftProfiles(card));
  const groups = await readGroups(session, model);
  await session.run('CREATE OR REPLACE TABLE scores(seq DOUBLE, score DOUBLE)');
  const appender = await session.append('scores', [DOUBLE, DOUBLE]);
  let scored = 0;
  try {
    for await (const block of streamMatrix(session, pack, card.fitted, { mode: 'score' })) {
      const scores = await scorer.score(block.values, block.rows);
      const rounded = Float64Array.from(scores, roundToBillionths);
      appender.columns([block.seq, rounded]);
      drift.add(block.values, block.rows, groups.subarray(scored, scored + block.rows));
      scored += block.rows;
      onProgress?.(scored / rows);
    }
  } finally {
    appender.close();
  }
  if (groups.length !== scored)
    throw new Error(`read the entities of ${groups.length} records, ${scored} were scored`);
  const flagged = await decide(session, model, threshold);
  return { scored, flagged, inputs: drift.counts(), scores: await countScores(session, groups) };
}

/** The group of each record's entity, in the order of scoring. */
async function readGroups(session: Session, { pack }: Model): Promise<Uint8Array> {
  const { entity } = pack.record;
  const key = entity === null ? 'record_id' : `coalesce(${quoteIdentifier(entity)}::VARCHAR, record_id)`;
  const groups: number[] = [];
  const sql = `SELECT ${key} FROM records WHERE seq IN (SELECT seq FROM features WHERE NOT history) ORDER BY seq`;
  for await (const chunk of session.chunks(sql)) {
    for (const one of chunk.getColumnValues(0)) groups.push(entityGroup(one as string));
  }
  return Uint8Array.from(groups);
}

/** Of what was decided, not of the scores alone: a rule may have flagged a record below the threshold. */
async function countScores(session: Session, groups: Uint8Array): Promise<GroupedScores> {
  const histogram = new GroupedScoresCounter();
  let row = 0;
  for await (const chunk of session.chunks('SELECT score, flagged FROM decisions ORDER BY seq')) {
    const [scores, flagged] = chunk.getColumns() as [number[], boolean[]];
    for (const [at, score] of scores.entries()) histogram.add(score, flagged[at]!, groups[row++]!);
  }
  return histogram.counts();
}

/** A record is flagged by its score, or by a rule that flags by itself. */
async function decide(session: Session, { pack }: Model, threshold: number): Promise<number> {
  const flagging = pack.rules.flatMap((rule, index) =>
    flagsByItself(rule) ? [`coalesce(${ruleColumn(index)}, false)`] : [],
  );
  const flagged = [`score >= ${threshold}`, ...flagging].join(' OR ');
  await session.run(
    `CREATE OR REPLACE TABLE decisions AS
     SELECT features.seq, record_id, record_hash, score, ${flagged} AS flagged
     FROM features JOIN (SELECT seq, record_id, record_hash FROM records) USING (seq)
       JOIN scores ON features.seq = scores.seq::BIGINT ORDER BY features.seq`,
  );
  await session.run(
    'CREATE OR REPLACE TABLE flagged AS SELECT seq FROM decisions WHERE flagged ORDER BY seq',
  );
  const { count } = await session.row<{ count: number }>('SELECT count(*)::INTEGER AS count FROM flagged');
  return count;
}
