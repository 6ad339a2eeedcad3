import type { Scores } from './score-order.ts';

export interface Scored {
  readonly scores: Scores;
  readonly labels: Uint8Array;
  readonly weights: Float64Array | undefined;
}
