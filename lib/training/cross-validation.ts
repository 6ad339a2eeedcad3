/**
 * Candidates against folds of the training part: each candidate's quality, and for the best one a score for every training row by a
 * model that had not seen the row's entity. The threshold is chosen on those, so neither it nor the hyper-parameters have touched
 * the held-out part.
 */
import { averagePrecision } from '../evaluation/average-precision.ts';
import { rocAuc } from '../evaluation/roc-auc.ts';
import { writeOnnx } from '../forest/onnx/onnx-write.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { CandidateResult } from '../models/card.ts';
import type { Progress } from '../progress.ts';
import { type Candidate, type FitOptions, fitCandidate } from './fit-candidate.ts';
import { FOLDS, type Folding } from './folding.ts';
import { selectRows } from './read-matrix.ts';

export interface CrossValidated {
  readonly results: readonly CandidateResult[];
  readonly best: Candidate;
  /** Out-of-fold scores of the best candidate, a row each. */
  readonly scores: Float32Array;
}

/** One candidate fitted without one fold. */
export interface FoldTask {
  /** Its place in the list. */
  readonly candidate: number;
  /** Counted through all cuts. */
  readonly fold: number;
}

export interface FoldOutcome extends FoldTask {
  readonly result: CandidateResult['folds'][number];
  /** Scores of the fold's rows, in their order. */
  readonly scores: Float32Array;
}

/** Ties between candidates go to the first. */
export async function crossValidate(
  data: TrainingSet,
  cuts: Folding['cuts'],
  candidates: readonly Candidate[],
  options: FitOptions,
  progress: Progress,
): Promise<CrossValidated> {
  const tasks = listFoldTasks(candidates.length, cuts);
  const outcomes: FoldOutcome[] = [];
  for (const [done, task] of tasks.entries()) {
    const onProgress = (share: number) => progress.share((done + share) / tasks.length);
    outcomes.push(await runFold(data, cuts, task, candidates, options, onProgress));
  }
  return rankCandidates(candidates, cuts, outcomes);
}

/** All that there is to do, each task by itself. */
export function listFoldTasks(candidates: number, cuts: Folding['cuts']): FoldTask[] {
  const count = cuts.length * FOLDS;
  return Array.from({ length: candidates * count }, (_, at) => ({
    candidate: Math.floor(at / count),
    fold: at % count,
  }));
}

/** Fits one candidate to the rows outside one fold, and scores the fold's rows by it. */
export async function runFold(
  data: TrainingSet,
  cuts: Folding['cuts'],
  { candidate, fold }: FoldTask,
  candidates: readonly Candidate[],
  options: FitOptions,
  onProgress: (share: number) => void,
): Promise<FoldOutcome> {
  const { cut, own } = foldAt(cuts, fold);
  const train = selectRows(
    data,
    rowsWhere(cut, (one) => one !== own),
  );
  const validation = selectRows(
    data,
    rowsWhere(cut, (one) => one === own),
  );
  const wanted = { ...options, outOfBag: false };
  const { ensemble } = await fitCandidate(candidates[candidate]!, train, wanted, onProgress);
  // As decisions are made: that is also several times faster than walking the trees here.
  const [fitted, scores] = await ModelScorer.use(
    writeOnnx(ensemble),
    async (scorer) =>
      [
        await scorer.score(train.values, train.rows),
        await scorer.score(validation.values, validation.rows),
      ] as const,
  );
  const result = {
    rocAuc: rocAuc(scores, validation.labels, validation.weights),
    prAuc: averagePrecision(scores, validation.labels, validation.weights),
    trainPrAuc: averagePrecision(fitted, train.labels, train.weights),
  };
  return { candidate, fold, result, scores };
}

/** Folds are counted through all cuts. */
function foldAt(cuts: Folding['cuts'], fold: number): { cut: Uint8Array; own: number } {
  return { cut: cuts[Math.floor(fold / FOLDS)]!, own: fold % FOLDS };
}

function rowsWhere(folds: Uint8Array, isWanted: (fold: number) => boolean): Int32Array {
  return Int32Array.from(folds.keys()).filter((row) => isWanted(folds[row]!));
}

/** What all tasks together say, whatever order they were done in. */
export function rankCandidates(
  candidates: readonly Candidate[],
  cuts: Folding['cuts'],
  outcomes: readonly FoldOutcome[],
): CrossValidated {
  const count = cuts.length * FOLDS;
  const judged = candidates.map((candidate, index) => {
    const own = Array.from({ length: count }, (_, fold) => {
      const outcome = outcomes.find((one) => one.candidate === index && one.fold === fold);
      if (outcome === undefined) throw new Error(`candidate ${index} has no outcome for fold ${fold}`);
      return outcome;
    });
    const meanPrAuc = own.reduce((sum, { result }) => sum + result.prAuc, 0) / count;
    return { candidate, own, meanPrAuc };
  });
  const best = judged.reduce((a, b) => (b.meanPrAuc > a.meanPrAuc ? b : a));
  return {
    best: best.candidate,
    scores: gatherScores(cuts, best.own),
    results: judged.map(({ candidate, own, meanPrAuc }) => ({
      ...candidate,
      folds: own.map(({ result }) => result),
      meanPrAuc,
      chosen: own === best.own,
    })),
  };
}

/** Of each row the mean over the cuts: by each a model scored it that had not seen it. */
function gatherScores(cuts: Folding['cuts'], outcomes: readonly FoldOutcome[]): Float32Array {
  const sums = new Float64Array(cuts[0]!.length);
  for (const outcome of outcomes) {
    const { cut, own } = foldAt(cuts, outcome.fold);
    rowsWhere(cut, (one) => one === own).forEach((row, i) => {
      sums[row]! += outcome.scores[i]!;
    });
  }
  return Float32Array.from(sums, (sum) => sum / cuts.length);
}
