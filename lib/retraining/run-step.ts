/**
 * Does one computing step of a retraining: writes more files of the folder, and returns what the state machine is to go by. What is
 * known beforehand to be an end is an answer; an error is thrown, and tried again.
 */
import { join } from 'node:path';
import { InputError } from '../errors.ts';
import { type Model, saveModel } from '../models/model-folder.ts';
import type { GateResult } from '../registry/gate.ts';
import { assembleChallenger } from './assemble-challenger.ts';
import { type Compared, compareModels } from './compare-models.ts';
import { packOfDataset } from './dataset-version.ts';
import { planOf, type StepInput, type StepName, type StepOutcome } from './flow.ts';
import { endOfError, endOfGate, endOfSnapshot } from './outcome.ts';
import { LeakFound, prepareTraining } from './prepare-training.ts';
import { type SnapshotOptions, snapshotDataset } from './snapshot.ts';
import { listTreeGroups, trainTreeGroup } from './train-groups.ts';
import type { Machine } from './training-plan.ts';
import { chooseCandidate, listTuningTasks, readChosen, runTuningTask } from './tune.ts';
import { FILES } from './work-files.ts';

/** Steps that compute; the others only speak to the registry. */
export type ComputingStep = Exclude<StepName, 'propose' | 'await' | 'finalize' | 'end'>;

type ComputingInput = Extract<StepInput, { readonly step: ComputingStep }>;

/** What a step's folder must hold before: files, or all that begin so. */
export const READS: Readonly<Record<ComputingStep, readonly string[]>> = {
  snapshot: [],
  prepare: [FILES.dataset, FILES.records, FILES.weights],
  tune: [`${FILES.train}.`, FILES.prepared],
  choose: [`${FILES.train}.`, 'tuning/'],
  train: [`${FILES.train}.`, FILES.prepared, FILES.chosen],
  assemble: [
    ...[FILES.dataset, FILES.prepared, FILES.chosen],
    ...[`${FILES.train}.`, `${FILES.heldOut}.`, 'trees/'],
  ],
  compare: [FILES.dataset, FILES.records, `${FILES.heldOut}.`, `${FILES.model}/`],
};

export interface StepDeps {
  readonly machine: Machine;
  /** Groups of trees that are grown apart. */
  readonly treeGroups: number;
  /** The domain's drops, brought to `folder`, what was said of their records, and the pack to train by. */
  readonly gather: (
    domain: string,
    folder: string,
    asOf: string,
  ) => Promise<Pick<SnapshotOptions, 'pack' | 'drops' | 'claims'>>;
  /** Null: the domain has none. */
  readonly champion: (domain: string) => Promise<Model | null>;
  /** Keeps the dataset's description for good. */
  readonly saveDataset: (domain: string, folder: string) => Promise<void>;
  /** Keeps the challenger with what it was measured by, and the champion, which a rollback must find. */
  readonly saveModels: (
    domain: string,
    versions: Pick<GateResult, 'champion' | 'challenger'>,
    folder: string,
  ) => Promise<void>;
}

export async function runStep(input: ComputingInput, folder: string, deps: StepDeps): Promise<StepOutcome> {
  try {
    return await computeStep(input, folder, deps);
  } catch (error) {
    // Trying again would find the same.
    if (error instanceof LeakFound || error instanceof InputError) return { end: endOfError(error) };
    throw error;
  }
}

async function computeStep(input: ComputingInput, folder: string, deps: StepDeps): Promise<StepOutcome> {
  const { machine, treeGroups } = deps;
  const plan = planOf(input.retraining);
  switch (input.step) {
    case 'snapshot':
      return takeSnapshot(input, folder, deps);
    case 'prepare':
      await prepareTraining(folder, plan, machine);
      return { tasks: await listTuningTasks(folder, plan) };
    case 'tune':
      await runTuningTask(folder, plan, input.task, machine);
      return {};
    case 'choose':
      return { groups: listTreeGroups(await chooseCandidate(folder, plan), treeGroups) };
    case 'train':
      await trainTreeGroup(folder, plan, input.group, machine);
      return {};
    case 'assemble': {
      const { best } = await readChosen(folder);
      await assembleChallenger(folder, plan, listTreeGroups(best, treeGroups), machine);
      return {};
    }
    case 'compare':
      return compareWithChampion(input, folder, deps);
  }
}

async function takeSnapshot(
  { retraining }: ComputingInput,
  folder: string,
  { machine, gather, saveDataset }: StepDeps,
): Promise<StepOutcome> {
  const { domain } = planOf(retraining);
  const asOf = retraining.startedAt;
  const known = await gather(domain, join(folder, DELIVERED), asOf);
  const version = await snapshotDataset({ ...machine, ...known, folder, asOf });
  await saveDataset(domain, folder);
  const end = endOfSnapshot(packOfDataset(version).acceptance, version);
  return end === null ? {} : { end };
}

async function compareWithChampion(
  { retraining }: ComputingInput,
  folder: string,
  { machine, champion, saveModels }: StepDeps,
): Promise<StepOutcome> {
  const plan = planOf(retraining);
  const present = await champion(plan.domain);
  const place = present === null ? null : join(folder, CHAMPION);
  if (present !== null) await saveModel(place!, present);
  const { gate }: Compared = await compareModels(folder, place, machine, present?.threshold);
  const end = endOfGate(gate);
  if (end?.outcome !== 'same_as_champion') await saveModels(plan.domain, gate, folder);
  return end === null ? { challenger: gate.challenger } : { end };
}

/** Of the folder: what other places store, and is not stored again. */
export const DELIVERED = 'delivered';

/** Where the champion's files are brought. */
export const CHAMPION = `${DELIVERED}/champion`;
