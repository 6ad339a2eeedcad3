/**
 * Features to scores: every record that is not history gets one from the runtime, in input order, and a row in the
 * table `decisions(seq, score, flagged)`. Blocks stream through, so memory does not grow with the drop.
 */
import { DOUBLE } from '@duckdb/node-api';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import type { Session } from '../engine/session.ts';
import { DriftCounter, type DriftCounts } from '../evaluation/drift-counter.ts';
import type { ScoreHistogram } from '../evaluation/evaluation.ts';
import { ScoreHistogramCounter } from '../evaluation/score-histogram.ts';
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
  readonly scores: ScoreHistogram;
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
  await session.run('CREATE OR REPLACE TABLE scores(seq DOUBLE, score DOUBLE)');
  const appender = await session.append('scores', [DOUBLE, DOUBLE]);
  let scored = 0;
  try {
    for await (const block of streamMatrix(session, pack, card.fitted, { mode: 'score' })) {
      const scores = await scorer.score(block.values, block.rows);
      const rounded = Float64Array.from(scores, roundToBillionths);
      appender.columns([block.seq, rounded]);
      drift.add(block.values, block.rows);
      scored += block.rows;
      onProgress?.(scored / rows);
    }
  } finally {
    appender.close();
  }
  const flagged = await decide(session, model, threshold);
  return { scored, flagged, inputs: drift.counts(), scores: await countScores(session) };
}

/** Of what was decided, not of the scores alone: a rule may have flagged a record below the threshold. */
async function countScores(session: Session): Promise<ScoreHistogram> {
  const histogram = new ScoreHistogramCounter();
  for await (const chunk of session.chunks('SELECT score, flagged FROM decisions')) {
    const [scores, flagged] = chunk.getColumns() as [number[], boolean[]];
    histogram.add(Float64Array.from(scores), Uint8Array.from(flagged, Number));
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
     FROM features JOIN records USING (seq) JOIN scores ON features.seq = scores.seq::BIGINT ORDER BY features.seq`,
  );
  await session.run(
    'CREATE OR REPLACE TABLE flagged AS SELECT seq FROM decisions WHERE flagged ORDER BY seq',
  );
  const { count } = await session.row<{ count: number }>('SELECT count(*)::INTEGER AS count FROM flagged');
  return count;
}
