/** Checks what gradient boosting is asked for, and fills in its defaults. */
import { checkChoice, checkLimit, checkNumber, checkSeed } from '../check-option.ts';
import type { TrainingSet } from '../training-set.ts';
import type { ClassWeight } from './training-weights.ts';

export interface BoostingOptions {
  /** 100. The most trees grown; early stopping keeps fewer. */
  readonly trees?: number;
  /** 0.1. What a tree's leaves are multiplied by. */
  readonly learningRate?: number;
  /** 6; null: no limit. */
  readonly maxDepth?: number | null;
  /** 31; null: no limit. */
  readonly maxLeaves?: number | null;
  /** 20. Rows that each side of a split keeps. */
  readonly minSamplesLeaf?: number;
  /** 0.001. Sum of hessians that each side of a split keeps. */
  readonly minHessian?: number;
  /** 1. Added to each sum of hessians. */
  readonly l2?: number;
  /** 1. Share of rows that a tree learns from, drawn without replacement. */
  readonly rowShare?: number;
  /** 1. Share of columns that a tree may split on. */
  readonly featureShare?: number;
  /** 'none'. 'balanced': both classes weigh the same in total. */
  readonly classWeight?: ClassWeight;
  /** 256: bins a column, one of them for missing values. */
  readonly maxBins?: number;
  /** 1, -1 or 0 a column: scores may only rise, or only fall, with it; absent: no constraint. */
  readonly monotone?: readonly number[];
  readonly seed: number;
  /** Rows whose log-loss decides how many trees are kept. */
  readonly validation?: TrainingSet;
  /** 10. With `validation`: stop after so many trees in a row without a smaller loss. */
  readonly patience?: number;
}

export type CompleteBoostingOptions = Required<Omit<BoostingOptions, 'validation' | 'monotone'>> &
  Pick<BoostingOptions, 'validation' | 'monotone'>;

export function completeBoostingOptions(options: BoostingOptions): CompleteBoostingOptions {
  const complete = {
    trees: 100,
    learningRate: 0.1,
    maxDepth: 6,
    maxLeaves: 31,
    minSamplesLeaf: 20,
    minHessian: 0.001,
    l2: 1,
    rowShare: 1,
    featureShare: 1,
    classWeight: 'none' as const,
    maxBins: 256,
    patience: 10,
    ...options,
  };
  const many = { min: 1, max: 100_000, whole: true };
  checkNumber('trees', complete.trees, many);
  checkNumber('learningRate', complete.learningRate, { min: 0, max: 1, above: true });
  checkLimit('maxDepth', complete.maxDepth, 1);
  checkLimit('maxLeaves', complete.maxLeaves, 2);
  checkNumber('minSamplesLeaf', complete.minSamplesLeaf, {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    whole: true,
  });
  for (const name of ['minHessian', 'l2'] as const) {
    checkNumber(name, complete[name], { min: 0, max: Number.MAX_SAFE_INTEGER });
  }
  for (const name of ['rowShare', 'featureShare'] as const) {
    checkNumber(name, complete[name], { min: 0, max: 1, above: true });
  }
  checkChoice('classWeight', complete.classWeight, ['balanced', 'none']);
  checkNumber('maxBins', complete.maxBins, { min: 3, max: 256, whole: true });
  checkNumber('patience', complete.patience, many);
  checkSeed(complete.seed);
  return complete;
}
