/** What `train`, `import` and `features` share: the options that say on what, and how they become a training's inputs. */

import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { loadPack } from '../packs/load-pack.ts';
import type { Progress } from '../progress.ts';
import type { TrainOptions } from '../training/train-options.ts';
import type { TrainingPeriod } from '../training/training-period.ts';
import { expectColumns, warnOfOtherDomain } from './expect-columns.ts';
import { options, type ReadingFlags, readingOf, wholeNumber } from './options.ts';

export interface TrainingFlags extends ReadingFlags {
  domain: string;
  data: string[];
  history?: string[];
  from?: string;
  until?: string;
  heldOutFrom?: string;
  seed: number;
  threads?: number;
  memory: number;
  json?: boolean;
  quiet?: boolean;
}

export function addTrainingOptions(command: Command): Command {
  return command
    .addOption(options.domain().makeOptionMandatory())
    .addOption(options.data().makeOptionMandatory())
    .option('--history <file...>', 'earlier records: seen by windows, neither trained on nor held out')
    .option('--from <time>', 'use labelled records from this time on; earlier ones are history')
    .option('--until <time>', 'use labelled records before this time')
    .option('--held-out-from <time>', 'where the held-out part begins; by default the best cut is looked for')
    .option('--seed <n>', 'same data, pack and seed: same split, same bytes', wholeNumber('--seed', 0), 1)
    .addOption(options.rates())
    .addOption(options.encoding())
    .addOption(options.delimiter())
    .addOption(options.skip())
    .addOption(options.noHeader())
    .addOption(options.threads())
    .addOption(options.memory())
    .addOption(options.json())
    .addOption(options.quiet());
}

/** The dataset and the means that the flags name. */
export async function trainingInputs(
  flags: TrainingFlags,
  progress: Progress,
): Promise<
  Pick<
    TrainOptions,
    'pack' | 'inputs' | 'reading' | 'seed' | 'threads' | 'memoryLimitMb' | 'progress' | 'period'
  >
> {
  const pack = await loadPack(flags.domain);
  const reading = await readingOf(flags);
  await warnOfOtherDomain(pack, flags.data, reading);
  await expectColumns(pack, flags.data, reading);
  return {
    pack,
    inputs: [
      ...flags.data.map((path) => ({ path })),
      ...(flags.history ?? []).map((path) => ({ path, history: true })),
    ],
    period: periodOf(flags),
    reading,
    seed: flags.seed,
    threads: flags.threads ?? availableParallelism(),
    memoryLimitMb: flags.memory,
    progress,
  };
}

function periodOf({ from, until, heldOutFrom }: TrainingFlags): TrainingPeriod {
  return {
    ...(from !== undefined && { from }),
    ...(until !== undefined && { until }),
    ...(heldOutFrom !== undefined && { heldOutFrom }),
  };
}
