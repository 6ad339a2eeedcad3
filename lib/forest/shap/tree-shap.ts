/**
 * Exact path-dependent TreeSHAP: from a row to what each feature added to (or took from) the ensemble's sum,
 * so that base + Σ contributions = the sum for that row.
 *
 * Shapley values weigh a subset of size k among the m distinct features of a path by k!(m−1−k)!/m!, which is
 * ∫₀¹ tᵏ(1−t)^(m−1−k) dt. With the factors of shap-layout.ts (1 + odds·t where the row goes along, 1 − t where it does
 * not; u a leaf's weighted value) a feature of odds a (or −1) on the way to a leaf gets u·a·∫ Π_{others} factor dt: a
 * polynomial, so Gauss–Legendre quadrature is exact. At every point t, going down, `down` holds the product of the
 * factors above a split; going up, `up` holds the sum of u·Π(factors below). An edge changes the factor of
 * its feature f = 1 + (scale − 1)·t to f + e·t, where the effect e is the rise of the odds on the way the row goes,
 * −scale on the other, and 0 on both if the row has left the feature's way above already: then
 *
 *     down(child) = down + e·t·down/f
 *     D           = (e₁·up₁ + e₂·up₂)/f
 *     up          = up₁ + up₂ + t·D
 *     φ(feature) += Σ_points weight · D · down/f        (the weights sit in the root's `down`)
 *
 * The term of a feature met again corrects what the split above on the same feature adds for this subtree.
 * After "Quadrature-TreeSHAP" (Wettenstein, Mitchell, Yu, arXiv 2605.04497).
 */
import { splitParts } from '../ensemble-parts.ts';
import {
  type Curve,
  followCurves,
  slopeOfCurves,
  type TreeEnsemble,
  toProbability,
} from '../tree-ensemble.ts';
import { addPairs, goDown, goUp, type Scratch } from './shap-kernel.ts';
import { layOutForShap, POINTS_A_PASS, type ShapLayout } from './shap-layout.ts';
import { SimdExplainer } from './simd-explainer.ts';

export interface Explainer {
  /** Expected sum: what every explanation starts from. */
  readonly base: number;
  /** Explains the rows from values[start] on; their contributions replace out[outStart] … (featureCount a row of each). */
  explain(values: Float32Array, start: number, out: Float64Array, outStart: number, rows?: number): void;
}

/** Row by row in TypeScript these take as long as the SIMD kernel takes to be set up. */
const ROWS_BEFORE_SIMD = 64;

/**
 * Lays out the ensemble once, then explains any number of rows; not for two threads at a time. The first rows are explained in
 * TypeScript, the others by the SIMD kernel if it can be opened: both give the same bits, so it does not show where one ends.
 */
export function createExplainer(ensemble: TreeEnsemble): Explainer {
  return ensemble.parts === undefined ? explainSum(ensemble) : explainParts(ensemble);
}

/**
 * Each part exactly, in the unit of its own sum, then restated in that of the score by the mean slope of its curves between its base and
 * its sum (as log-odds are, below): so the parts add up to the score.
 */
function explainParts(ensemble: TreeEnsemble): Explainer {
  const parts = splitParts(ensemble).map(({ part, ensemble: trees }) => ({
    ...part,
    explainer: explainSum(trees),
  }));
  const columns = ensemble.featureCount;
  let own = new Float64Array(columns);
  return {
    base: parts.reduce(
      (sum, { weight, curves, explainer }) => sum + weight * followCurves(explainer.base, curves),
      ensemble.base,
    ),
    explain(values, start, out, outStart, rows = 1) {
      if (own.length < rows * columns) own = new Float64Array(rows * columns);
      out.fill(0, outStart, outStart + rows * columns);
      for (const part of parts) {
        part.explainer.explain(values, start, own, 0, rows);
        for (let row = 0; row < rows; row++) {
          const from = row * columns;
          const scale = part.weight * meanSlope(part, own.subarray(from, from + columns));
          for (let f = from; f < from + columns; f++) out[outStart + f]! += scale * own[f]!;
        }
      }
    },
  };
}

/** Of a part's curves between its base and a row's sum. */
function meanSlope(
  { curves, explainer: { base } }: { readonly curves: readonly Curve[]; readonly explainer: Explainer },
  contributions: Float64Array,
): number {
  const total = contributions.reduce((sum, contribution) => sum + contribution, 0);
  return Math.abs(total) < NEARLY_NOTHING
    ? slopeOfCurves(base, curves)
    : (followCurves(base + total, curves) - followCurves(base, curves)) / total;
}

function explainSum(ensemble: TreeEnsemble): Explainer {
  const layout = layOutForShap(ensemble);
  const columns = layout.featureCount;
  let explained = 0;
  let explainRow: ExplainRow | undefined;
  let simd: SimdExplainer | undefined;
  return {
    base: layout.base,
    explain(values, start, out, outStart, rows = 1) {
      const before = explained;
      explained += rows;
      if (before < ROWS_BEFORE_SIMD && explained >= ROWS_BEFORE_SIMD) simd = SimdExplainer.open(layout);
      if (simd !== undefined) return simd.explain(values, start, out, outStart, rows);
      explainRow ??= rowExplainer(layout);
      for (let row = 0; row < rows; row++) {
        explainRow(values, start + row * columns, out, outStart + row * columns);
      }
    },
  };
}

type ExplainRow = (values: Float32Array, start: number, out: Float64Array, outStart: number) => void;

/** The plain TypeScript kernel: one row at a time. */
export function rowExplainer(layout: ShapLayout): ExplainRow {
  const scratch = createScratch(layout);
  return (values, start, out, outStart) => {
    const contributions = out.subarray(outStart, outStart + layout.featureCount).fill(0);
    rankRow(layout, values, start, scratch.ranks);
    for (let tree = 0; tree < layout.pairStart.length; tree++) {
      if (layout.splitStart[tree] === layout.splitStart[tree + 1]) continue;
      for (const { points, weights } of layout.passes[tree]!) {
        scratch.down.set(weights);
        goDown(layout, tree, points, scratch);
        addPairs(layout, tree, points, scratch, contributions);
        goUp(layout, tree, points, scratch, contributions);
      }
    }
  };
}

function createScratch(layout: ShapLayout): Scratch {
  let splits = 0;
  for (let tree = 0; tree < layout.pairStart.length; tree++) {
    splits = Math.max(splits, layout.splitStart[tree + 1]! - layout.splitStart[tree]!);
  }
  const along = new Float64Array(2 + 2 * splits);
  along[0] = 1;
  return {
    down: new Float64Array(POINTS_A_PASS * splits),
    up: new Float64Array(POINTS_A_PASS * splits),
    first: new Float64Array(splits),
    second: new Float64Array(splits),
    along,
    ranks: new Int32Array(2 * layout.featureCount),
  };
}

const ABOVE_ALL = 0x3fffffff;

/** Turns the row's values into ranks among the thresholds: x <= cuts[r] exactly if rank(x) <= r; missing ones go where asked. */
function rankRow(
  { featureCount, cuts, cutStart }: ShapLayout,
  values: Float32Array,
  start: number,
  ranks: Int32Array,
) {
  for (let f = 0; f < featureCount; f++) {
    const x = values[start + f]!;
    let low = cutStart[f]!;
    let high = cutStart[f + 1]!;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (cuts[middle]! < x) low = middle + 1;
      else high = middle;
    }
    const missing = Number.isNaN(x);
    ranks[2 * f] = missing ? ABOVE_ALL : low - cutStart[f]!;
    ranks[2 * f + 1] = missing ? -1 : low - cutStart[f]!;
  }
}

/** Below this sum of contributions the quotient of two small differences gives way to the slope of the curve. */
const NEARLY_NOTHING = 1e-6;

/**
 * Restates an explanation in probability, so that base + Σ contributions is the score that a person sees. Contributions
 * to log-odds (link `logit`) are all multiplied by the same number, (p − p_base) / (margin − base), the mean slope of the
 * logistic curve between the two: signs, order and proportions stay those of the exact log-odds explanation,
 * and the sum is exact. With `identity` nothing changes.
 */
export function toProbabilityContributions(
  base: number,
  contributions: Float64Array,
  link: TreeEnsemble['link'],
): { readonly base: number; readonly contributions: Float64Array } {
  if (link === 'identity') return { base, contributions };
  const total = contributions.reduce((sum, contribution) => sum + contribution, 0);
  const baseProbability = toProbability(base, link);
  const probability = toProbability(base + total, link);
  const scale =
    Math.abs(total) < NEARLY_NOTHING
      ? probability * (1 - probability)
      : (probability - baseProbability) / total;
  return { base: baseProbability, contributions: contributions.map((contribution) => contribution * scale) };
}
