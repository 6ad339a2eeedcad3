/**
 * A model that waits for approval scores what the champion scores, on the same features; what it would have flagged and what not
 * is kept for those who decide about it. It decides nothing: whatever goes wrong here, the drop goes on.
 */
import type { Session } from '../engine/session.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import { OnnxScorer } from '../forest/onnx-scorer.ts';
import type { Model } from '../models/model-folder.ts';
import { compareFlags, type FlagChanges, joinFlagChanges } from '../retraining/flag-changes.ts';

/** How a challenger differed from the champion on one drop. */
export interface ShadowRun extends FlagChanges {
  readonly format: 'assay-shadow/1';
  readonly drop: string;
  readonly champion: string;
  readonly challenger: string;
}

/** Reads the tables that scoring left: `features`, `records`, `decisions`. Examples are named by record and decision. */
export async function scoreShadow(
  session: Session,
  challenger: Model,
  threshold: number,
): Promise<FlagChanges> {
  const { card, pack, onnx } = challenger;
  const decided = new Map<number, { readonly id: string; readonly score: number }>();
  for await (const chunk of session.chunks('SELECT seq::DOUBLE, record_id, score FROM decisions')) {
    const [seq, id, score] = chunk.getColumns() as [number[], string[], number[]];
    for (const [row, own] of seq.entries()) decided.set(own, { id: id[row]!, score: score[row]! });
  }
  const scorer = await OnnxScorer.open(onnx);
  const parts: FlagChanges[] = [];
  try {
    for await (const block of streamMatrix(session, pack, card.fitted, { mode: 'score' })) {
      const known = Array.from(block.seq, (seq) => decided.get(seq)!);
      parts.push(
        compareFlags({
          recordIds: known.map(({ id }) => id),
          champion: Float32Array.from(known, ({ score }) => score),
          challenger: Float32Array.from(await scorer.score(block.values, block.rows)),
          thresholds: { champion: threshold, challenger: card.threshold.value },
        }),
      );
    }
  } finally {
    await scorer.close();
  }
  return joinFlagChanges(parts);
}
