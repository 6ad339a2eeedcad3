/**
 * Monotonicity by bounds, as in LightGBM and XGBoost: a split on a constrained column must send the smaller step to the side that may
 * only score lower, and what lies below either side stays on its side of the middle between the two. So a tree is monotone as a
 * whole, and with it a sum or a mean of trees.
 *
 * Of a node with gradient G and hessian H a step w is worth w (2G - (H + l2) w), which is G²/(H + l2) at the best step.
 */

import type { NodeRows } from './histogram.ts';
import type { TreeLimits } from './row-statistics.ts';
import type { Split } from './split.ts';

export type StepBounds = Pick<NodeRows, 'minStep' | 'maxStep'>;

/** The Newton step, as far as the bounds allow it. */
export function boundedStep(gradient: number, curvature: number, { minStep, maxStep }: StepBounds): number {
  const step = gradient / curvature;
  return step < minStep ? minStep : step > maxStep ? maxStep : step;
}

export function boundedScore(gradient: number, curvature: number, bounds: StepBounds): number {
  const step = boundedStep(gradient, curvature, bounds);
  return step * (2 * gradient - curvature * step);
}

/** The score of a split of which the right side has the larger values; -Infinity where its steps run against `direction`. */
export function scoreInDirection(
  gradient: number,
  curvature: number,
  restGradient: number,
  restCurvature: number,
  direction: number,
  bounds: StepBounds,
): number {
  const step = boundedStep(gradient, curvature, bounds);
  const restStep = boundedStep(restGradient, restCurvature, bounds);
  if (direction * (restStep - step) < 0) return Number.NEGATIVE_INFINITY;
  return step * (2 * gradient - curvature * step) + restStep * (2 * restGradient - restCurvature * restStep);
}

/** The bounds of a split's two sides. A split that only sets missing values apart says nothing of larger and smaller ones. */
export function boundChildren(
  node: NodeRows,
  split: Split,
  rest: Pick<NodeRows, 'gradient' | 'hessian'>,
  { directions, l2 }: TreeLimits,
  valueBins: number,
): [StepBounds, StepBounds] {
  const { minStep, maxStep } = node;
  const direction = directions === null || split.firstRight === valueBins ? 0 : directions[split.column]!;
  const own = { minStep, maxStep };
  if (direction === 0) return [own, own];
  const left = boundedStep(split.gradient, split.hessian + l2, node);
  const right = boundedStep(rest.gradient, rest.hessian + l2, node);
  const middle = left + (right - left) / 2;
  const [lower, upper] = [
    { minStep, maxStep: middle },
    { minStep: middle, maxStep },
  ];
  return direction > 0 ? [lower, upper] : [upper, lower];
}

/** Checks and packs what a trainer is asked for; null where no column is constrained. */
export function readDirections(monotone: readonly number[] | undefined, columns: number): Int8Array | null {
  if (monotone === undefined || monotone.every((direction) => direction === 0)) return null;
  if (monotone.length !== columns || monotone.some((direction) => ![-1, 0, 1].includes(direction)))
    throw new RangeError(
      `monotone has ${monotone.length} directions; expected -1, 0 or 1 for each of ${columns} columns`,
    );
  return Int8Array.from(monotone);
}
