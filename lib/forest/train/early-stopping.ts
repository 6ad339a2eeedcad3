/** Whether more trees are worth growing, judged by the log-loss of rows not learned from. */
import { InputError } from '../../errors.ts';
import { predictSums } from '../predict.ts';
import type { TrainingSet } from '../training-set.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { meanLogLoss } from './log-loss.ts';
import { type ClassWeights, checkTrainingSet, weighRows } from './training-weights.ts';

export interface EarlyStopping {
  addTree(tree: TreeEnsemble): void;
  isOver(): boolean;
  /** The number of trees at the smallest loss; all of them if there are no rows to judge by. At least one. */
  bestTreeCount(grown: number): number;
}

export function createEarlyStopping(
  validation: TrainingSet | undefined,
  columns: number,
  classes: ClassWeights,
  base: number,
  patience: number,
): EarlyStopping {
  if (validation === undefined) {
    return { addTree: () => {}, isOver: () => false, bestTreeCount: (grown) => grown };
  }
  checkTrainingSet(validation, 'validation set');
  if (validation.columns !== columns) {
    throw new InputError(
      `The validation set has ${validation.columns} columns; the training set has ${columns}.`,
    );
  }
  const weights = weighRows(validation, classes);
  if (!weights.some((weight) => weight > 0)) {
    throw new InputError(
      'The weights of the validation set are all 0; early stopping needs rows that count.',
    );
  }
  const sums = new Float64Array(validation.rows).fill(base);
  let [trees, best, smallestLoss] = [0, 1, Number.POSITIVE_INFINITY];
  return {
    addTree(tree) {
      trees++;
      const added = predictSums(tree, validation.values, validation.rows);
      for (let row = 0; row < sums.length; row++) sums[row]! += added[row]!;
      const loss = meanLogLoss(sums, validation.labels, weights);
      if (loss < smallestLoss) [best, smallestLoss] = [trees, loss];
    },
    isOver: () => trees - best >= patience,
    bestTreeCount: () => best,
  };
}
