/**
 * The classic recursive TreeSHAP (Lundberg et al. 2020, algorithm 2), laid out on flat arrays as shap's C extension does: a twin of
 * ours for trees too deep for subsets, and what the benchmark stands beside. Covers must not be zero.
 *
 *     path of a node at `start`:  entry 0 (nothing yet), entry 1 …, each with feature, zero and one fraction, weight;
 *     a child's path is a copy behind its parent's
 */
import { goesLeft, type TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

export function classicTreeShap(ensemble: TreeEnsemble, row: Float32Array): Float64Array {
  const { treeStart, feature, threshold, left, right, missingLeft, cover, value } = ensemble;
  const out = new Float64Array(ensemble.featureCount);
  const room = 10_000;
  const features = new Int32Array(room);
  const zeros = new Float64Array(room);
  const ones = new Float64Array(room);
  const weights = new Float64Array(room);

  const extend = (at: number, last: number, zero: number, one: number, f: number): void => {
    features[at + last] = f;
    zeros[at + last] = zero;
    ones[at + last] = one;
    weights[at + last] = last === 0 ? 1 : 0;
    for (let i = last - 1; i >= 0; i--) {
      weights[at + i + 1]! += (one * weights[at + i]! * (i + 1)) / (last + 1);
      weights[at + i] = (zero * weights[at + i]! * (last - i)) / (last + 1);
    }
  };

  const unwind = (at: number, last: number, entry: number): void => {
    const one = ones[at + entry]!;
    const zero = zeros[at + entry]!;
    let next = weights[at + last]!;
    for (let i = last - 1; i >= 0; i--) {
      const weight = weights[at + i]!;
      if (one !== 0) {
        weights[at + i] = (next * (last + 1)) / ((i + 1) * one);
        next = weight - (weights[at + i]! * zero * (last - i)) / (last + 1);
      } else weights[at + i] = (weight * (last + 1)) / (zero * (last - i));
    }
    for (const array of [features, zeros, ones]) array.copyWithin(at + entry, at + entry + 1, at + last + 1);
  };

  const unwoundSum = (at: number, last: number, entry: number): number => {
    const one = ones[at + entry]!;
    const zero = zeros[at + entry]!;
    let next = weights[at + last]!;
    let total = 0;
    for (let i = last - 1; i >= 0; i--) {
      if (one !== 0) {
        const weight = (next * (last + 1)) / ((i + 1) * one);
        total += weight;
        next = weights[at + i]! - (weight * zero * (last - i)) / (last + 1);
      } else total += (weights[at + i]! * (last + 1)) / (zero * (last - i));
    }
    return total;
  };

  const visit = (
    node: number,
    above: number,
    length: number,
    zero: number,
    one: number,
    by: number,
  ): void => {
    const at = above + length;
    for (const array of [features, zeros, ones, weights]) array.copyWithin(at, above, above + length);
    extend(at, length, zero, one, by);
    const f = feature[node]!;
    if (f < 0) {
      for (let i = 1; i <= length; i++) {
        out[features[at + i]!]! +=
          unwoundSum(at, length, i) * (ones[at + i]! - zeros[at + i]!) * value[node]!;
      }
      return;
    }
    const goes = goesLeft(row[f]!, threshold[node]!, missingLeft[node]!);
    const [hot, cold] = goes ? [left[node]!, right[node]!] : [right[node]!, left[node]!];
    const before = features.subarray(at, at + length + 1).indexOf(f);
    let entries = length + 1;
    let z = 1;
    let o = 1;
    if (before >= 0) {
      z = zeros[at + before]!;
      o = ones[at + before]!;
      unwind(at, length, before);
      entries--;
    }
    visit(hot, at, entries, (z * cover[hot]!) / cover[node]!, o, f);
    visit(cold, at, entries, (z * cover[cold]!) / cover[node]!, 0, f);
  };
  for (const root of treeStart.subarray(0, -1)) visit(root, 0, 0, 1, 1, -1);
  return out;
}
