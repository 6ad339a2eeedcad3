/**
 * A model from labelled files: read → split → cross-validate → fit → threshold → measure → card. The model that is
 * measured is the model that is stored: it is not fitted again on the held-out part, so that every figure in its card is
 * its own.
 */

import { Session } from '../engine/session.ts';
import { averagePrecision } from '../evaluation/average-precision.ts';
import { sampleCandidates } from '../evaluation/candidates.ts';
import { chooseThreshold } from '../evaluation/choose-threshold.ts';
import { rocAuc } from '../evaluation/roc-auc.ts';
import { writeOnnx } from '../forest/onnx/onnx-write.ts';
import type { TrainedForest } from '../forest/train/trained-forest.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { ModelCard } from '../models/card.ts';
import { assembleModel, type TrainedModel } from './assemble-model.ts';
import { type CrossValidated, crossValidate } from './cross-validation.ts';
import { type Dataset, type DatasetPart, prepareDataset } from './dataset.ts';
import {
  type Algorithm,
  type Candidate,
  defaults,
  directionsOf,
  fitCandidate,
  type Resampling,
} from './fit-candidate.ts';
import { describeFolding, foldTraining } from './folding.ts';
import { thresholdWarnings } from './threshold-warnings.ts';
import type { TrainOptions } from './train-options.ts';

/** Same files, pack, options and seed: same bytes, whatever the number of threads. */
export async function trainModel(options: TrainOptions): Promise<TrainedModel> {
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const dataset = await prepareDataset(session, options);
    return await trainOn(dataset, options);
  } finally {
    await session.close();
  }
}

async function trainOn(dataset: Dataset, options: TrainOptions): Promise<TrainedModel> {
  const { progress } = options;
  const { data } = dataset.train;
  const fit = {
    seed: options.seed,
    threads: options.threads,
    resample: options.resample,
    monotone: directionsOf(dataset.fitted.inputs),
  };
  progress.stage('cross-validating');
  const { cuts } = foldTraining(dataset.train, options.seed);
  const validated = await crossValidate(data, cuts, candidatesFor(options), fit, progress);
  progress.stage(`training the ${validated.best.algorithm}`);
  const trained = await fitCandidate(validated.best, data, fit, (share) => progress.share(share));
  return finishModel(dataset, validated, trained, options);
}

/** From trees to a model: its threshold, its figures, its card. */
export async function finishModel(
  dataset: Dataset,
  validated: CrossValidated,
  trained: TrainedForest,
  options: Pick<TrainOptions, 'pack' | 'seed' | 'threads' | 'resample' | 'progress'>,
): Promise<TrainedModel> {
  const { pack, progress } = options;
  const { data } = dataset.train;
  const onnx = writeOnnx(trained.ensemble, { inputNames: dataset.fitted.inputs.map((input) => input.name) });
  const threshold = chooseThreshold(validated.scores, data.labels, pack.threshold, {
    ...capacityDays(dataset.train),
    ...(data.weights && { weights: data.weights }),
  });
  progress.stage('measuring');
  return assembleModel({
    ...options,
    dataset,
    gain: trained.gain,
    onnx,
    threshold: threshold.value,
    chosenOn: `out-of-fold scores of the training part, ${describeFolding(foldTraining(dataset.train, options.seed))}`,
    algorithm: validated.best.algorithm,
    hyperParameters: { ...validated.best.hyperParameters, resample: options.resample },
    crossValidation: validated.results,
    warnings: thresholdWarnings(threshold, pack.threshold, data),
    ...outOfBag(trained.outOfBag, data, options.resample),
  });
}

/** Rows that every tree drew have no such score, nor have rows that resampling made. */
function outOfBag(
  scores: Float32Array,
  { labels, weights }: TrainingSet,
  resample: Resampling,
): { outOfBag?: NonNullable<ModelCard['outOfBag']> } {
  const judged = [...scores.keys()].filter((row) => !Number.isNaN(scores[row]!));
  const own = Float32Array.from(judged, (row) => scores[row]!);
  const known = Uint8Array.from(judged, (row) => labels[row]!);
  if (resample !== 'none' || !known.includes(0) || !known.includes(1)) return {};
  const weigh = weights && Float64Array.from(judged, (row) => weights[row]!);
  return {
    outOfBag: {
      rocAuc: rocAuc(own, known, weigh),
      prAuc: averagePrecision(own, known, weigh),
      rows: judged.length,
    },
  };
}

/** What is tried, the first one first in a tie. */
export function candidatesFor({
  algorithm,
  tune,
}: Pick<TrainOptions, 'algorithm' | 'tune'>): readonly Candidate[] {
  const algorithms: readonly Algorithm[] = algorithm === null ? ['forest', 'boosting'] : [algorithm];
  return algorithms.flatMap((name) => [defaults[name], ...(tune ? sampleCandidates(name) : [])]);
}

/**
 * The days that a capacity policy spreads its flags over. A part holds only some of the entities, so it may use only its share
 * of the officers' day: the days are scaled by that share.
 */
export function capacityDays({ days, share }: Pick<DatasetPart, 'days' | 'share'>): { days?: number } {
  return days === null ? {} : { days: days * share };
}
