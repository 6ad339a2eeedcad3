/**
 * Which settings are best: every candidate against every fold of the training part, a task each, in any order and on any
 * machine; then what all of them say together.
 */

import type { CandidateResult } from '../models/card.ts';
import {
  type FoldOutcome,
  type FoldTask,
  listFoldTasks,
  rankCandidates,
  runFold,
} from '../training/cross-validation.ts';
import { type Candidate, directionsOf, type FitOptions } from '../training/fit-candidate.ts';
import { foldTraining } from '../training/folding.ts';
import { candidatesFor } from '../training/train-model.ts';
import { readPart } from './part-files.ts';
import type { Prepared } from './prepare-training.ts';
import type { Machine, TrainingPlan } from './training-plan.ts';
import { FILES, readWorkJson, writeWorkJson } from './work-files.ts';

/** The best candidate, and the scores of the training rows that the threshold is chosen on. */
export interface Chosen {
  readonly best: Candidate;
  readonly results: readonly CandidateResult[];
  readonly scores: readonly number[];
}

type WrittenOutcome = Omit<FoldOutcome, 'scores'> & { readonly scores: readonly number[] };

export async function listTuningTasks(folder: string, plan: TrainingPlan): Promise<FoldTask[]> {
  const train = await readPart(folder, FILES.train);
  return listFoldTasks(candidatesFor(plan).length, foldTraining(train, plan.seed).cuts);
}

export async function runTuningTask(
  folder: string,
  plan: TrainingPlan,
  task: FoldTask,
  machine: Machine,
): Promise<FoldOutcome['result']> {
  const train = await readPart(folder, FILES.train);
  const cuts = foldTraining(train, plan.seed).cuts;
  const { progress } = machine;
  progress.stage(`candidate ${task.candidate + 1}, fold ${task.fold + 1}`);
  const fit = await readFitOptions(folder, plan, machine);
  const outcome = await runFold(train.data, cuts, task, candidatesFor(plan), fit, (share) =>
    progress.share(share),
  );
  const written: WrittenOutcome = { ...outcome, scores: [...outcome.scores] };
  await writeWorkJson(folder, FILES.fold(task.candidate, task.fold), written);
  return outcome.result;
}

export async function chooseCandidate(folder: string, plan: TrainingPlan): Promise<Candidate> {
  const train = await readPart(folder, FILES.train);
  const cuts = foldTraining(train, plan.seed).cuts;
  const candidates = candidatesFor(plan);
  const outcomes = [];
  for (const { candidate, fold } of listFoldTasks(candidates.length, cuts)) {
    const written = await readWorkJson<WrittenOutcome>(folder, FILES.fold(candidate, fold));
    outcomes.push({ ...written, scores: Float32Array.from(written.scores) });
  }
  const { best, results, scores } = rankCandidates(candidates, cuts, outcomes);
  await writeWorkJson(folder, FILES.chosen, { best, results, scores: [...scores] } satisfies Chosen);
  return best;
}

export function readChosen(folder: string): Promise<Chosen> {
  return readWorkJson<Chosen>(folder, FILES.chosen);
}

export async function readFitOptions(
  folder: string,
  { seed, resample }: TrainingPlan,
  { threads }: Machine,
): Promise<FitOptions> {
  const { fitted } = await readWorkJson<Pick<Prepared, 'fitted'>>(folder, FILES.prepared);
  return { seed, resample, threads, monotone: directionsOf(fitted.inputs) };
}
