/**
 * What stands before the trees is folded into them: a split on a column becomes a split on the input that the column is made of. Columns
 * rise or fall with their input in ONNX Runtime's own arithmetic, so the float32 at which the split turns is found exactly, by halving.
 */
import { InputError } from '../../../errors.ts';
import { goesLeft, type TreeEnsemble } from '../../tree-ensemble.ts';
import type { ColumnMap } from './graph-value.ts';

/** The same routes for each float32 and for a missing value. `columns` is what the trees' features are. */
export function foldColumns(
  ensemble: TreeEnsemble,
  columns: readonly ColumnMap[],
  inputs: number,
  file: string,
): TreeEnsemble {
  if (columns.length === inputs && columns.every(({ input, apply }, at) => input === at && apply === null))
    return ensemble;
  const folded = {
    ...ensemble,
    featureCount: inputs,
    feature: ensemble.feature.slice(),
    threshold: ensemble.threshold.slice(),
    left: ensemble.left.slice(),
    right: ensemble.right.slice(),
    missingLeft: ensemble.missingLeft.slice(),
  };
  for (let node = 0; node < ensemble.feature.length; node++) {
    if (ensemble.feature[node]! < 0) continue;
    const { input, apply } = columns[ensemble.feature[node]!]!;
    folded.feature[node] = input;
    if (apply === null) continue;
    const isLeft = (x: number): boolean =>
      goesLeft(apply(x), ensemble.threshold[node]!, ensemble.missingLeft[node]!);
    const split = findTurn(isLeft);
    if (split === null)
      throw new InputError(
        `${file}: node ${node} splits on a column that neither rises nor falls with input ${input}; scale or impute in the pack`,
      );
    folded.threshold[node] = split.threshold;
    folded.left[node] = split.isTurned ? ensemble.right[node]! : ensemble.left[node]!;
    folded.right[node] = split.isTurned ? ensemble.left[node]! : ensemble.right[node]!;
    folded.missingLeft[node] = isLeft(Number.NaN) === split.isTurned ? 0 : 1;
  }
  return folded;
}

const LOWEST = orderOf(Number.NEGATIVE_INFINITY);
const HIGHEST = orderOf(Number.POSITIVE_INFINITY);
const LARGEST = 3.4028234663852886e38;

/**
 * The largest float32 before the sides change. Turned: what is up to it goes right. Where all go one way the threshold is infinity.
 * Null: the sides change more than once.
 */
export function findTurn(isLeft: (x: number) => boolean): { threshold: number; isTurned: boolean } | null {
  const first = isLeft(Number.NEGATIVE_INFINITY);
  const last = isLeft(Number.POSITIVE_INFINITY);
  if (first === last) {
    const isSteady = [-LARGEST, -1, 0, 1, LARGEST].every((x) => isLeft(x) === first);
    return isSteady ? { threshold: Number.POSITIVE_INFINITY, isTurned: !first } : null;
  }
  let low = LOWEST;
  let high = HIGHEST;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isLeft(floatOf(middle)) === first) low = middle;
    else high = middle;
  }
  return { threshold: floatOf(low), isTurned: !first };
}

/** float32 by their order: the next number up has the next number. */
function orderOf(x: number): number {
  const bits = new Int32Array(new Float32Array([x]).buffer)[0]!;
  return bits >= 0 ? bits : -2_147_483_648 - bits;
}

function floatOf(order: number): number {
  const bits = order >= 0 ? order : -2_147_483_648 - order;
  return new Float32Array(new Int32Array([bits]).buffer)[0]! + 0;
}
