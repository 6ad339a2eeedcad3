import type { ReadingOptions } from '../intake/delivery.ts';
import type { InputFile } from '../intake/read-records.ts';
import type { Pack } from '../packs/pack.ts';
import type { Progress } from '../progress.ts';
import type { Algorithm, Resampling } from './fit-candidate.ts';
import type { TrainingPeriod } from './training-period.ts';

export interface TrainOptions {
  readonly pack: Pack;
  readonly inputs: readonly InputFile[];
  /** How text files are to be read, where that is not found right by itself. */
  readonly reading?: ReadingOptions;
  /** Null: whichever is better in cross-validation. */
  readonly algorithm: Algorithm | null;
  readonly tune: boolean;
  readonly resample: Resampling;
  readonly seed: number;
  readonly threads: number;
  readonly memoryLimitMb: number;
  readonly progress: Progress;
  /** Of which time labelled records are used; all where absent. */
  readonly period?: TrainingPeriod;
  /** Where the rejects are written; absent: nowhere. */
  readonly rejectsPath?: string;
}
