/**
 * How the training part is cut into folds. Rows of an entity stay together; where records have times and no entities, folds are spans of
 * time, since neighbours in time may be near copies. With neither and few positives the cut itself is chance: several cuts are made.
 */
import { makeFolds, makeTimeFolds } from '../evaluation/folds.ts';
import type { DatasetPart } from './dataset.ts';

export const FOLDS = 4;
const REPETITIONS = 5;
/** Positives below which folds are cut several times. */
const FEW_POSITIVES = 100;
/** Of all cuts together: more fits of more rows take longer than they are worth. */
const MAX_ROWS = 30_000;

export interface Folding {
  /** The fold of each row, 0 … FOLDS-1, a cut each. */
  readonly cuts: readonly Uint8Array[];
  readonly by: 'entity' | 'record' | 'time';
}

export function foldTraining(
  { id, entity, period, data }: Pick<DatasetPart, 'id' | 'entity' | 'period' | 'data'>,
  seed: number,
): Folding {
  const { labels } = data;
  const hasEntities = entity.some((one, row) => one !== id[row]);
  const spans = hasEntities || period === null ? null : makeTimeFolds(period, labels, FOLDS);
  if (spans !== null) return { cuts: [spans], by: 'time' };
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const isFew = !hasEntities && period === null && positives < FEW_POSITIVES;
  const count = isFew ? Math.max(1, Math.min(REPETITIONS, Math.floor(MAX_ROWS / labels.length))) : 1;
  const cuts = Array.from({ length: count }, (_, cut) =>
    makeFolds(entity, labels, FOLDS, seed + cut * SEEDS_APART),
  );
  return { cuts, by: hasEntities ? 'entity' : 'record' };
}

/** Trainings with seeds 1, 2, 3 … share no cut. */
const SEEDS_APART = 1_000_003;

/** "4 folds", "4 folds of time spans", "5 times 4 folds, since …". */
export function describeFolding({ cuts, by }: Folding): string {
  const folds = by === 'time' ? `${FOLDS} folds, each a span of time` : `${FOLDS} folds`;
  return cuts.length === 1
    ? folds
    : `${cuts.length} times ${folds}, since fewer than ${FEW_POSITIVES} records are positive`;
}
