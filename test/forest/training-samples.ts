/** Training sets for tests: seeded, small, and with the awkward values that real ones have. */
import fc from 'fast-check';
import { Random } from '../../lib/forest/random.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

/** Rows of `columns` values, column k of about 3^k distinct ones, a tenth missing in odd columns; noisy labels. */
export function drawSample(rows: number, columns: number, seed: number): TrainingSet {
  const random = new Random(seed, 0);
  const values = new Float32Array(rows * columns);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = row * columns;
    for (let column = 0; column < columns; column++) {
      const value = Math.floor(random.uniform() * 3 ** Math.min(column + 1, 8)) / 3;
      values[at + column] = column % 2 === 1 && random.below(10) === 0 ? Number.NaN : value;
    }
    const isRisky = values[at + columns - 1]! > 3 ** Math.min(columns, 8) / 5 || values[at]! > 0.5;
    labels[row] = random.uniform() < (isRisky ? 0.4 : 0.05) ? 1 : 0;
  }
  return { rows, columns, values, labels };
}

/** Rows without noise: `label` is given the row. */
export function drawUniform(
  rows: number,
  columns: number,
  seed: number,
  label: (row: Float32Array) => boolean,
): TrainingSet {
  const random = new Random(seed, 0);
  const values = new Float32Array(rows * columns).map(() => random.uniform());
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    labels[row] = label(values.subarray(row * columns, (row + 1) * columns)) ? 1 : 0;
  }
  return { rows, columns, values, labels };
}

const awkward = fc.constantFrom(
  Number.NaN,
  0,
  -0,
  1,
  2,
  2.5,
  -1,
  Infinity,
  -Infinity,
  1e-45,
  3.4028234663852886e38,
);

/** Small training sets of awkward values, with both labels in them. */
export const smallTrainingSet: fc.Arbitrary<TrainingSet> = fc
  .record({ rows: fc.integer({ min: 2, max: 40 }), columns: fc.integer({ min: 1, max: 4 }) })
  .chain(({ rows, columns }) =>
    fc.record({
      cells: fc.array(fc.oneof(awkward, fc.float()), {
        minLength: rows * columns,
        maxLength: rows * columns,
      }),
      labels: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: rows, maxLength: rows }),
    }),
  )
  .map(({ cells, labels }) => {
    const both = Uint8Array.from(labels);
    both[0] = 0;
    both[1] = 1;
    const columns = cells.length / labels.length;
    return { rows: labels.length, columns, values: Float32Array.from(cells), labels: both };
  });

/** All of an ensemble's bytes, to compare two of them to the last bit. */
export function bytesOf(ensemble: TreeEnsemble): string {
  const arrays = Object.values(ensemble).filter((value) => ArrayBuffer.isView(value));
  const hex = arrays.map((view) =>
    Buffer.from(view.buffer, view.byteOffset, view.byteLength).toString('base64'),
  );
  return [...hex, ensemble.base, ensemble.link].join('|');
}

/** Calls back for each inner node. */
export function forEachSplit(
  ensemble: TreeEnsemble,
  visit: (node: number, left: number, right: number) => void,
): void {
  for (const [node, feature] of ensemble.feature.entries()) {
    if (feature >= 0) visit(node, ensemble.left[node]!, ensemble.right[node]!);
  }
}

/** The leaf a row reaches in the tree of this root, by recursion over the contract's words. */
export function walkNaively(ensemble: TreeEnsemble, root: number, row: Float32Array): number {
  const feature = ensemble.feature[root]!;
  if (feature < 0) return root;
  const x = row[feature]!;
  const left = Number.isNaN(x) ? ensemble.missingLeft[root] === 1 : x <= ensemble.threshold[root]!;
  return walkNaively(ensemble, left ? ensemble.left[root]! : ensemble.right[root]!, row);
}
