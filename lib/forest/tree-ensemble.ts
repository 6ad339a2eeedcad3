/**
 * A tree ensemble as flat typed arrays, and the one rule by which a row goes left or right. The trainer writes it,
 * ONNX stores it, the explainer walks it: all by the rule below.
 *
 *     node        0     1     2     3     4  …      (absolute indices; tree t owns treeStart[t] … treeStart[t+1]-1,
 *     feature     3    -1     0    -1    -1          its root first)
 *     threshold  0.5    0    7.2    0     0
 *     left        1     0     3     0     0
 *     right       2     0     4     0     0
 *     value       0   0.01    0   0.02  0.0
 */
export interface TreeEnsemble {
  readonly featureCount: number;
  /** trees + 1 entries: where each tree's nodes begin, its root first. */
  readonly treeStart: Int32Array;
  /** The feature a node splits on; -1 in a leaf. */
  readonly feature: Int32Array;
  /** float32 thresholds, rounded down from whatever they were found as; 0 in a leaf. */
  readonly threshold: Float32Array;
  /** Absolute index of the child for `x <= threshold`; 0 in a leaf. */
  readonly left: Int32Array;
  /** Absolute index of the other child; 0 in a leaf. */
  readonly right: Int32Array;
  /** 1 where a missing value (NaN) goes left. */
  readonly missingLeft: Uint8Array;
  /** Weighted number of training rows that reached the node: what path-dependent TreeSHAP averages by. */
  readonly cover: Float64Array;
  /** What a leaf adds to the sum (already divided by the number of trees in a forest); 0 in an inner node. */
  readonly value: Float64Array;
  /** What the sum starts from. */
  readonly base: number;
  /** How the sum becomes a probability: it is one already (forest), or it is log-odds (boosting). */
  readonly link: 'identity' | 'logit';
  /**
   * Only of models whose score is not one sum of trees (calibrated ones, means of several): base + Σ weight · curves(sum), in the
   * order of the trees. `link` is then 'identity'.
   */
  readonly parts?: readonly EnsemblePart[];
}

/** The next `trees` trees: their sum, then each curve in turn. */
export interface EnsemblePart {
  readonly trees: number;
  readonly base: number;
  readonly curves: readonly Curve[];
  readonly weight: number;
}

/** 1 / (1 + exp(−(scale · x + offset))), or exp(scale · x + offset). */
export interface Curve {
  readonly kind: 'logistic' | 'exp';
  readonly scale: number;
  readonly offset: number;
}

export function followCurves(x: number, curves: readonly Curve[]): number {
  return curves.reduce((value, { kind, scale, offset }) => {
    const inner = scale * value + offset;
    return kind === 'logistic' ? 1 / (1 + Math.exp(-inner)) : Math.exp(inner);
  }, x);
}

/** How steep the curves together are at x. */
export function slopeOfCurves(x: number, curves: readonly Curve[]): number {
  let slope = 1;
  let value = x;
  for (const curve of curves) {
    value = followCurves(value, [curve]);
    slope *= curve.scale * (curve.kind === 'logistic' ? value * (1 - value) : value);
  }
  return slope;
}

/** The split rule, defined once: `x <= threshold` goes left, a missing value goes where training sent it. */
export function goesLeft(x: number, threshold: number, missingLeft: number): boolean {
  return x <= threshold || (missingLeft === 1 && Number.isNaN(x));
}

/** The largest float32 that is not above `x`: a float64 threshold stored in float32 must never let a row change sides. */
export function floorToFloat32(x: number): number {
  const rounded = Math.fround(x);
  return rounded <= x ? rounded : nextFloat32Below(rounded);
}

/** The float32 just below the float32 `x`: `x < t` on float32 values is `x <= nextFloat32Below(t)`. */
export function nextFloat32Below(x: number): number {
  if (x === Number.NEGATIVE_INFINITY || Number.isNaN(x)) return x;
  if (x === 0) return -1.401298464324817e-45;
  const float = new Float32Array([x]);
  const bits = new Int32Array(float.buffer);
  bits[0]! += x > 0 ? -1 : 1;
  return float[0]!;
}

/** Probability of the positive class from an ensemble's sum. */
export function toProbability(sum: number, link: TreeEnsemble['link']): number {
  return link === 'identity' ? sum : 1 / (1 + Math.exp(-sum));
}
