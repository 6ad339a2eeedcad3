/**
 * A figure of a live model: a number with the interval that it may claim, or the statement that there is not enough data, never
 * a number alone. `n` is how many observations it rests on.
 */
export type Measured = Figure | NotEnoughData;

export interface Figure {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

export interface NotEnoughData {
  readonly not_enough_data: true;
  readonly n: number;
  readonly needed: number;
}

/** How many observations each kind of figure needs before it is shown. */
export const NEEDED = {
  /** Flags reviewed with a verdict. */
  reviewedFlags: 20,
  /** Entities that these are of. */
  entities: 4,
  /** Records below the line reviewed with a verdict. */
  reviewedBelow: 50,
  /** Flags reviewed twice. */
  reviewedTwice: 30,
  /** Flags reviewed, for how long it took. */
  timedReviews: 40,
  /** Records, for the distribution of an input or of scores. */
  driftRecords: 200,
  /** Flags with reasons. */
  explainedFlags: 30,
  /** Records, for a share of them. */
  shareOfRecords: 30,
} as const;

/** Of every interval. */
export const CONFIDENCE = 0.95;

export function notEnough(n: number, needed: number): NotEnoughData {
  return { not_enough_data: true, n, needed };
}

/** Whether there is a value; else there is a reason why there is none. */
export function isFigure(measured: Measured): measured is Figure {
  return 'value' in measured;
}
