/**
 * The chosen candidate fitted on the whole training part: a forest in groups of trees, each grown by itself, on any machine;
 * boosting, whose trees build on each other, in one. Joined they are the model that one training gives, bit for bit.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import type { GrownForest } from '../forest/train/grow-in-threads.ts';
import { joinForest, type TreeGroup } from '../forest/train/random-forest.ts';
import type { TrainedForest } from '../forest/train/trained-forest.ts';
import { type Candidate, fitCandidate, growCandidateGroup } from '../training/fit-candidate.ts';
import { readPart } from './part-files.ts';
import type { Machine, TrainingPlan } from './training-plan.ts';
import { readChosen, readFitOptions } from './tune.ts';
import { FILES, writeWork } from './work-files.ts';

/** What a task left: some trees of a forest, or all of a boosting. */
type WrittenGroup =
  | { readonly algorithm: 'forest'; readonly grown: GrownForest }
  | { readonly algorithm: 'boosting'; readonly trained: TrainedForest };

/** At most `groups` tasks of like size. */
export function listTreeGroups({ algorithm, hyperParameters }: Candidate, groups: number): TreeGroup[] {
  const trees = Number(hyperParameters.trees);
  const count = algorithm === 'forest' ? Math.min(groups, trees) : 1;
  return Array.from({ length: count }, (_, at) => {
    const first = Math.floor((at * trees) / count);
    return { first, count: Math.floor(((at + 1) * trees) / count) - first };
  });
}

export async function trainTreeGroup(
  folder: string,
  plan: TrainingPlan,
  group: TreeGroup,
  machine: Machine,
): Promise<void> {
  const { best } = await readChosen(folder);
  const { data } = await readPart(folder, FILES.train);
  const { progress } = machine;
  progress.stage(`training trees ${group.first + 1} to ${group.first + group.count}`);
  const options = await readFitOptions(folder, plan, machine);
  const onProgress = (share: number) => progress.share(share);
  const written: WrittenGroup =
    best.algorithm === 'forest'
      ? { algorithm: 'forest', grown: await growCandidateGroup(best, data, options, group, onProgress) }
      : { algorithm: 'boosting', trained: await fitCandidate(best, data, options, onProgress) };
  await writeWork(folder, FILES.trees(group.first), serialize(written));
}

/** All groups put together; `columns` is the number of inputs. */
export async function joinTreeGroups(
  folder: string,
  groups: readonly TreeGroup[],
  columns: number,
): Promise<TrainedForest> {
  const written: WrittenGroup[] = [];
  for (const { first } of groups.toSorted((a, b) => a.first - b.first)) {
    written.push(deserialize(await readFile(join(folder, FILES.trees(first)))) as WrittenGroup);
  }
  const [first] = written;
  if (first?.algorithm === 'boosting') return first.trained;
  return joinForest(
    written.flatMap((group) => (group.algorithm === 'forest' ? [group.grown] : [])),
    columns,
  );
}
