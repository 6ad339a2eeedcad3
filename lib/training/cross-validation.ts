/**
 * Candidates against folds of the training part: what comes out is each candidate's quality, and for the best one a
 * score for every training row by a model that had not seen the row's entity. The threshold is chosen on those, so
 * neither it nor the hyper-parameters have touched the held-out part.
 */
import { averagePrecision } from '../evaluation/average-precision.ts';
import { rocAuc } from '../evaluation/roc-auc.ts';
import { writeOnnx } from '../forest/onnx-write.ts';
import { scoreRows } from '../forest/score-rows.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { CandidateResult } from '../models/card.ts';
import type { Progress } from '../progress.ts';
import { type Candidate, type FitOptions, fitCandidate } from './fit-candidate.ts';
import { selectRows } from './read-matrix.ts';

export interface CrossValidated {
  readonly results: readonly CandidateResult[];
  readonly best: Candidate;
  /** Out-of-fold scores of the best candidate, a row each. */
  readonly scores: Float32Array;
}

/** `folds` gives each row's fold, 0 … k-1. Ties between candidates go to the first. */
export async function crossValidate(
  data: TrainingSet,
  folds: Uint8Array,
  candidates: readonly Candidate[],
  options: FitOptions,
  progress: Progress,
): Promise<CrossValidated> {
  const count = folds.reduce((most, fold) => Math.max(most, fold), 0) + 1;
  const outcomes = [];
  for (const [c, candidate] of candidates.entries()) {
    const scores = new Float32Array(data.rows);
    const results: CandidateResult['folds'][number][] = [];
    for (let fold = 0; fold < count; fold++) {
      const done = (c * count + fold) / (candidates.length * count);
      const step = 1 / (candidates.length * count);
      results.push(
        await runFold(data, folds, fold, candidate, options, scores, (share) =>
          progress.share(done + share * step),
        ),
      );
    }
    const meanPrAuc = results.reduce((sum, result) => sum + result.prAuc, 0) / count;
    outcomes.push({ candidate, scores, results, meanPrAuc });
  }
  const best = outcomes.reduce((a, b) => (b.meanPrAuc > a.meanPrAuc ? b : a));
  return {
    best: best.candidate,
    scores: best.scores,
    results: outcomes.map((outcome) => ({
      ...outcome.candidate,
      folds: outcome.results,
      meanPrAuc: outcome.meanPrAuc,
      chosen: outcome === best,
    })),
  };
}

async function runFold(
  data: TrainingSet,
  folds: Uint8Array,
  fold: number,
  candidate: Candidate,
  options: FitOptions,
  scores: Float32Array,
  onProgress: (share: number) => void,
): Promise<CandidateResult['folds'][number]> {
  const inside = Int32Array.from(folds.keys()).filter((row) => folds[row] !== fold);
  const outside = Int32Array.from(folds.keys()).filter((row) => folds[row] === fold);
  const train = selectRows(data, inside);
  const validation = selectRows(data, outside);
  const { ensemble } = await fitCandidate(candidate, train, options, onProgress);
  // By the runtime, as decisions are made: it is also several times faster than walking the trees here.
  const onnx = writeOnnx(ensemble);
  const predicted = await scoreRows(onnx, validation.values, validation.rows);
  outside.forEach((row, i) => {
    scores[row] = predicted[i]!;
  });
  const fitted = await scoreRows(onnx, train.values, train.rows);
  return {
    rocAuc: rocAuc(predicted, validation.labels),
    prAuc: averagePrecision(predicted, validation.labels),
    trainPrAuc: averagePrecision(fitted, train.labels),
  };
}
