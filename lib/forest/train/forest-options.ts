/** Checks what a random forest is asked for, and fills in its defaults. */
import { InputError } from '../../errors.ts';
import { checkChoice, checkLimit, checkNumber, checkSeed } from '../check-option.ts';
import type { ClassWeight } from './training-weights.ts';

export interface ForestOptions {
  /** 100. */
  readonly trees?: number;
  /** 12; null: no limit. */
  readonly maxDepth?: number | null;
  /** null: no limit. Else each tree grows the node of the largest gain first. */
  readonly maxLeaves?: number | null;
  /** 1. Distinct rows that each side of a split keeps. */
  readonly minSamplesLeaf?: number;
  /** Columns looked at for a split: 'sqrt' (default) or 'log2' of them, a share of them, or 'all'. */
  readonly maxFeatures?: 'sqrt' | 'log2' | 'all' | number;
  /** true: each tree learns from as many rows as there are, drawn with replacement. */
  readonly bootstrap?: boolean;
  /** true: what the trees that did not draw a row say of it is added up. */
  readonly outOfBag?: boolean;
  /** 'balanced': both classes weigh the same in total. */
  readonly classWeight?: ClassWeight;
  /** 256: bins a column, one of them for missing values. */
  readonly maxBins?: number;
  /** 1, -1 or 0 a column: scores may only rise, or only fall, with it; absent: no constraint. */
  readonly monotone?: readonly number[];
  readonly seed: number;
  /** 1: in this thread. The forest is the same, byte for byte, whatever the number. */
  readonly threads?: number;
}

export type CompleteForestOptions = Required<Omit<ForestOptions, 'monotone'>> &
  Pick<ForestOptions, 'monotone'>;

const MAX_TREES = 100_000;
const MAX_THREADS = 256;

export function completeForestOptions(options: ForestOptions): CompleteForestOptions {
  const complete = {
    trees: 100,
    maxDepth: 12,
    maxLeaves: null,
    minSamplesLeaf: 1,
    maxFeatures: 'sqrt' as const,
    bootstrap: true,
    outOfBag: true,
    classWeight: 'balanced' as const,
    maxBins: 256,
    threads: 1,
    ...options,
  };
  checkNumber('trees', complete.trees, { min: 1, max: MAX_TREES, whole: true });
  checkLimit('maxDepth', complete.maxDepth, 1);
  checkLimit('maxLeaves', complete.maxLeaves, 2);
  checkNumber('minSamplesLeaf', complete.minSamplesLeaf, {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
    whole: true,
  });
  checkChoice('classWeight', complete.classWeight, ['balanced', 'none']);
  checkNumber('maxBins', complete.maxBins, { min: 3, max: 256, whole: true });
  checkNumber('threads', complete.threads, { min: 1, max: MAX_THREADS, whole: true });
  checkSeed(complete.seed);
  return complete;
}

/** How many of `columns` a split looks at; at least one. */
export function countColumnsPerSplit(
  maxFeatures: Required<ForestOptions>['maxFeatures'],
  columns: number,
): number {
  if (maxFeatures === 'sqrt') return Math.max(1, Math.floor(Math.sqrt(columns)));
  if (maxFeatures === 'log2') return Math.max(1, Math.floor(Math.log2(columns)));
  if (maxFeatures === 'all') return columns;
  if (typeof maxFeatures === 'number' && maxFeatures > 0 && maxFeatures <= 1) {
    return Math.max(1, Math.floor(maxFeatures * columns));
  }
  const found = typeof maxFeatures === 'string' ? `'${maxFeatures}'` : String(maxFeatures);
  throw new InputError(
    `Option maxFeatures is ${found}; expected 'sqrt', 'log2', 'all' or a share above 0 and at most 1.`,
  );
}
