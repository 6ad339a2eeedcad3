/**
 * Computes the sum or the probability of each float32 row by an ensemble. What training and evaluation use; production scores come
 * from the ONNX file.
 */
import { InputError } from '../errors.ts';
import { splitParts } from './ensemble-parts.ts';
import { followCurves, goesLeft, type TreeEnsemble, toProbability } from './tree-ensemble.ts';

/** Rows walked through one tree before the next: their values and the tree's nodes both stay in the cache. */
const ROWS_AT_ONCE = 512;

/**
 * The sum of each row, [rows]: base plus the leaves that it reaches, in tree order. `values` are float32 [rows × features], row by row,
 * NaN where missing.
 */
export function predictSums(ensemble: TreeEnsemble, values: Float32Array, rows: number): Float64Array {
  if (ensemble.parts !== undefined) return predictParts(ensemble, values, rows);
  const width = ensemble.featureCount;
  if (values.length !== rows * width) {
    throw new InputError(`Got ${values.length} values for ${rows} rows; the model expects ${width} in each.`);
  }
  const sums = new Float64Array(rows).fill(ensemble.base);
  for (let first = 0; first < rows; first += ROWS_AT_ONCE) {
    const end = Math.min(first + ROWS_AT_ONCE, rows);
    for (let tree = 0; tree < ensemble.treeStart.length - 1; tree++) {
      addTree(ensemble, tree, values, first, end, sums);
    }
  }
  return sums;
}

function predictParts(ensemble: TreeEnsemble, values: Float32Array, rows: number): Float64Array {
  const scores = new Float64Array(rows).fill(ensemble.base);
  for (const { part, ensemble: trees } of splitParts(ensemble)) {
    const sums = predictSums(trees, values, rows);
    for (let row = 0; row < rows; row++) scores[row]! += part.weight * followCurves(sums[row]!, part.curves);
  }
  return scores;
}

/** The probability of each row, [rows]; `values` are float32 [rows × features], row by row, NaN where missing. */
export function predictProbabilities(
  ensemble: TreeEnsemble,
  values: Float32Array,
  rows: number,
): Float64Array {
  return predictSums(ensemble, values, rows).map((sum) => toProbability(sum, ensemble.link));
}

/** Adds one tree's leaf values to the sums of the rows from `first` up to `end`. */
function addTree(
  ensemble: TreeEnsemble,
  tree: number,
  values: Float32Array,
  first: number,
  end: number,
  sums: Float64Array,
): void {
  const { featureCount, feature, threshold, left, right, missingLeft, value } = ensemble;
  const root = ensemble.treeStart[tree]!;
  for (let row = first; row < end; row++) {
    let node = root;
    for (let column = feature[node]!; column >= 0; column = feature[node]!) {
      const x = values[row * featureCount + column]!;
      node = goesLeft(x, threshold[node]!, missingLeft[node]!) ? left[node]! : right[node]!;
    }
    sums[row]! += value[node]!;
  }
}
