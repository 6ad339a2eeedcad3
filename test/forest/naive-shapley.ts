/** The naive twins of lib/forest/shap/tree-shap.ts: what the trees say of a row, and Shapley values straight from their definition. */
import { goesLeft, type TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

/** The ensemble's sum for a row. */
export function sumTrees(ensemble: TreeEnsemble, row: Float32Array): number {
  return expectedSum(ensemble, row, (1 << ensemble.featureCount) - 1);
}

/**
 * The sum expected when only the features in `known` (a bit each) are known: where a split asks for another one, both
 * sides count by their share of the cover, halves where no training row came.
 */
export function expectedSum(ensemble: TreeEnsemble, row: Float32Array, known: number): number {
  const { feature, threshold, left, right, missingLeft, cover, value } = ensemble;
  const visit = (node: number): number => {
    const f = feature[node]!;
    if (f < 0) return value[node]!;
    const l = left[node]!;
    const r = right[node]!;
    if (known & (1 << f)) return visit(goesLeft(row[f]!, threshold[node]!, missingLeft[node]!) ? l : r);
    const both = cover[l]! + cover[r]!;
    const share = both > 0 ? cover[l]! / both : 0.5;
    return share * visit(l) + (1 - share) * visit(r);
  };
  return ensemble.treeStart.subarray(0, -1).reduce((sum, root) => sum + visit(root), ensemble.base);
}

/** φᵢ = Σ_S |S|!(n−1−|S|)!/n! · (v(S ∪ i) − v(S)) over all subsets S without i: for a handful of features only. */
export function naiveShapley(ensemble: TreeEnsemble, row: Float32Array): number[] {
  const n = ensemble.featureCount;
  const worth = Array.from({ length: 1 << n }, (_, known) => expectedSum(ensemble, row, known));
  const factorial = (k: number): number => (k <= 1 ? 1 : k * factorial(k - 1));
  return Array.from({ length: n }, (_, i) =>
    worth.reduce((sum, without, known) => {
      if (known & (1 << i)) return sum;
      const size = known.toString(2).replaceAll('0', '').length;
      const weight = (factorial(size) * factorial(n - 1 - size)) / factorial(n);
      return sum + weight * (worth[known | (1 << i)]! - without);
    }, 0),
  );
}
