/**
 * µs per explanation, ours beside the classic recursive algorithm, on the same ensemble in the same run:
 *
 *     node test/bench/explanation.ts
 *
 * The ensemble has the shape of a forest for flags: 100 trees of depth 12 with some 350 leaves each, 80 inputs of which
 * 74 are one-hot.
 */
import { createExplainer } from '../../lib/forest/shap/tree-shap.ts';
import { classicTreeShap } from '../forest/classic-tree-shap.ts';
import { numbersFrom } from '../forest/random-ensemble.ts';
import { growBenchForest } from './bench-forest.ts';

const ROWS = 300;
const CLASSIC_ROWS = 10;
const ROUNDS = 5;

const random = numbersFrom(7);
const { ensemble, numeric } = growBenchForest(random);
const columns = ensemble.featureCount;
const values = Float32Array.from({ length: ROWS * columns }, (_, i) =>
  i % columns < numeric ? random() : random() < 0.05 ? 1 : 0,
);

const explainer = createExplainer(ensemble);
const out = new Float64Array(columns);
const ours = fastest(ROUNDS, ROWS, (row) => explainer.explain(values, row * columns, out, 0));
let gap = 0;
const classic = fastest(1, CLASSIC_ROWS, (row) => {
  const twin = classicTreeShap(ensemble, values.subarray(row * columns, (row + 1) * columns));
  explainer.explain(values, row * columns, out, 0);
  for (let f = 0; f < columns; f++) gap = Math.max(gap, Math.abs(twin[f]! - out[f]!));
});

const leaves = ensemble.feature.filter((f) => f < 0).length / (ensemble.treeStart.length - 1);
console.log(`100 trees × ${leaves.toFixed(0)} leaves, ${columns} inputs`);
console.table({
  'quadrature (lib/forest/shap/tree-shap.ts)': { 'µs per explanation': Math.round(ours), times: 1 },
  'classic recursion': {
    'µs per explanation': Math.round(classic),
    times: Number((classic / ours).toFixed(1)),
  },
});
console.log(`largest difference between the two: ${gap.toExponential(1)}`);

/** The best of some rounds over the rows, in µs of CPU a row (the machine may be busy), after a first that does not count. */
function fastest(rounds: number, rows: number, explainRow: (row: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round++) {
    const start = process.threadCpuUsage();
    for (let row = 0; row < rows; row++) explainRow(row);
    const { user, system } = process.threadCpuUsage(start);
    if (round > 0) best = Math.min(best, (user + system) / rows);
  }
  return best;
}
