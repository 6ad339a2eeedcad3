/** What a retraining is asked to do, and with what. */

import type { Progress } from '../progress.ts';
import type { Resampling } from '../training/fit-candidate.ts';
import type { TrainOptions } from '../training/train-options.ts';

/** Decides, with the dataset, every byte of the model. Plain data: it passes through the state machine. */
export interface TrainingPlan {
  /** Null: whichever is better in cross-validation. */
  readonly algorithm: TrainOptions['algorithm'];
  readonly tune: boolean;
  readonly resample: Resampling;
  readonly seed: number;
}

/** What it may use; decides nothing but how long it takes. */
export interface Machine {
  readonly threads: number;
  readonly memoryLimitMb: number;
  readonly progress: Progress;
}
