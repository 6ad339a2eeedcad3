/**
 * The error of a figure whose records come in entities that are alike: the square root of the summed squares of what each
 * entity moves it by, so that a hundred records of one account count as what they are, one account. Student's t
 * with the number of entities that the error rests on takes the place of the normal width: where three accounts hold most
 * of the positives, the error is as uncertain as if there were three. test/bench/coverage.ts measures what that is worth.
 */
import { studentWidth } from './normal-quantile.ts';

export interface ClusterError {
  readonly standardError: number;
  /** Entities that the error rests on: (Σ s²)² / Σ s⁴ of what each moves the figure by. */
  readonly effectiveEntities: number;
}

/** Entity of each record, from 0. */
export interface Clusters {
  readonly code: Int32Array;
  readonly count: number;
}

/** `more`: what an entity that is not among the records is taken to move the figure by. */
export function clusterError(influence: Float64Array, { code, count }: Clusters, more = 0): ClusterError {
  const moved = new Float64Array(count);
  for (let row = 0; row < influence.length; row++) moved[code[row]!]! += influence[row]!;
  let squares = more ** 2;
  let fourths = more ** 4;
  for (const own of moved) {
    squares += own ** 2;
    fourths += own ** 4;
  }
  return {
    standardError: Math.sqrt(squares),
    effectiveEntities: fourths > 0 ? squares ** 2 / fourths : 0,
  };
}

/**
 * What each record would move the figure by if its cluster were left out, as the jackknife does it: a cluster that holds the
 * share h of the positives moves a mean over positives by 1 / (1 − h) as much as the derivative says, since the mean is then
 * over fewer. With a dozen clusters of unequal size the derivative alone gives intervals that are too short.
 */
export function leaveOut(
  influence: Float64Array,
  portion: Float64Array,
  labels: Uint8Array,
  { code, count }: Clusters,
): Float64Array {
  const held = [new Float64Array(count), new Float64Array(count)] as const;
  for (let row = 0; row < influence.length; row++) held[labels[row]!]![code[row]!]! += portion[row]!;
  return influence.map((own, row) => {
    const share = held[labels[row]!]![code[row]!]!;
    // All of a class in one cluster: without it there is no figure.
    return share < MAX_SHARE ? own / (1 - share) : own;
  });
}

/** Beyond it what is left says nothing of the figure. */
const MAX_SHARE = 0.9;

/** With fewer degrees of freedom the series for Student's t is too far off. */
const MIN_DEGREES = 3;

/**
 * With few entities squares are too small on average, and scatter: Bessel's correction for the one, Student's t for the
 * other, at the degrees of freedom that Satterthwaite's rule gives where a few entities move most, 2 (Σ s²)² / Σ s⁴.
 */
export function correctSmall({ standardError, effectiveEntities }: ClusterError): {
  readonly standardError: number;
  readonly degreesOfFreedom: number;
} {
  const entities = Math.max(2, effectiveEntities);
  return {
    standardError: standardError * Math.sqrt(entities / (entities - 1)),
    degreesOfFreedom: Math.max(MIN_DEGREES, 2 * entities - 1),
  };
}

/** How far a two-sided interval reaches to either side of the figure. */
export function halfWidth(error: ClusterError, confidence: number): number {
  const { standardError, degreesOfFreedom } = correctSmall(error);
  return standardError === 0 ? 0 : studentWidth(confidence, degreesOfFreedom) * standardError;
}
