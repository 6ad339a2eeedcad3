/** One way of training (an algorithm with its hyper-parameters) applied to rows. */

import type { ModelInput } from '../features/model-input.ts';
import { trainGradientBoosting } from '../forest/train/gradient-boosting.ts';
import type { GrownForest } from '../forest/train/grow-in-threads.ts';
import { growTreeGroup, type TreeGroup, trainRandomForest } from '../forest/train/random-forest.ts';
import { resampleSmote, resampleUndersample } from '../forest/train/resampling.ts';
import type { TrainedForest } from '../forest/train/trained-forest.ts';
import type { OnProgress, TrainingSet } from '../forest/training-set.ts';

export type Algorithm = 'forest' | 'boosting';
export type Resampling = 'none' | 'smote' | 'undersample';
export type HyperParameters = Readonly<Record<string, number | string | boolean | null>>;

export interface Candidate {
  readonly algorithm: Algorithm;
  readonly hyperParameters: HyperParameters;
}

/** What each algorithm is trained with unless a search finds better. */
export const defaults: Readonly<Record<Algorithm, Candidate>> = {
  forest: {
    algorithm: 'forest',
    hyperParameters: {
      trees: 100,
      maxDepth: 12,
      maxLeaves: null,
      minSamplesLeaf: 3,
      maxFeatures: 0.2,
      bootstrap: true,
      classWeight: 'none',
      maxBins: 256,
    },
  },
  boosting: {
    algorithm: 'boosting',
    hyperParameters: {
      trees: 200,
      learningRate: 0.05,
      maxDepth: 6,
      maxLeaves: null,
      minSamplesLeaf: 20,
      l2: 1,
      rowShare: 0.8,
      featureShare: 0.8,
      classWeight: 'none',
      maxBins: 256,
    },
  },
};

export interface FitOptions {
  readonly seed: number;
  readonly threads: number;
  readonly resample: Resampling;
  /** 1, -1 or 0 an input, from `directionsOf`. */
  readonly monotone?: readonly number[];
  /** Whether a forest's scores of the rows that its trees did not draw are wanted; true if absent. */
  readonly outOfBag?: boolean;
}

/** How scores may move with each input, as the pack asks: 1 up, -1 down, 0 either way. */
export function directionsOf(inputs: readonly Pick<ModelInput, 'monotone'>[]): number[] {
  return inputs.map(({ monotone }) => (monotone === undefined ? 0 : monotone === 'increasing' ? 1 : -1));
}

/** Fits one candidate to a training set, resampled as the options ask for; `onProgress` hears shares from 0 to 1. */
export async function fitCandidate(
  candidate: Candidate,
  data: TrainingSet,
  options: FitOptions,
  onProgress?: OnProgress,
): Promise<TrainedForest> {
  const rows = resample(data, options);
  const settings = settingsOf(candidate, options);
  return candidate.algorithm === 'forest'
    ? trainRandomForest(rows, settings as unknown as Parameters<typeof trainRandomForest>[1], onProgress)
    : trainGradientBoosting(
        rows,
        settings as unknown as Parameters<typeof trainGradientBoosting>[1],
        onProgress,
      );
}

function settingsOf({ algorithm, hyperParameters }: Candidate, options: FitOptions): object {
  const { seed, threads, monotone, outOfBag = true } = options;
  const own = algorithm === 'forest' ? { outOfBag } : {};
  return { ...hyperParameters, ...own, seed, threads, ...(monotone && { monotone }) };
}

/** Some of the trees of a forest candidate: those of all groups joined are what `fitCandidate` gives. */
export async function growCandidateGroup(
  candidate: Candidate,
  data: TrainingSet,
  options: FitOptions,
  group: TreeGroup,
  onProgress?: OnProgress,
): Promise<GrownForest> {
  if (candidate.algorithm !== 'forest') throw new RangeError('only the trees of a forest grow apart');
  const settings = settingsOf(candidate, options);
  const forest = settings as unknown as Parameters<typeof growTreeGroup>[1];
  return growTreeGroup(resample(data, options), forest, group, onProgress);
}

/** Positives for each negative, afterwards. */
const ratios = { smote: 0.2, undersample: 0.25 } as const;

/** Rows whose positives are not that rare stay as they are. */
function resample(data: TrainingSet, { resample: kind, seed }: FitOptions): TrainingSet {
  if (kind === 'none') return data;
  const ratio = ratios[kind];
  const positives = data.labels.reduce((sum, label) => sum + label, 0);
  if (positives >= ratio * (data.rows - positives)) return data;
  return kind === 'smote'
    ? resampleSmote(data, { ratio, neighbours: 5, seed })
    : resampleUndersample(data, { ratio, seed });
}
