/**
 * µs of CPU per explanation on one thread: our kernels, the classic recursive algorithm, and Python's libraries where the
 * interpreter has them, all on the same ensemble in one run, and how far each is from the TypeScript kernel.
 *
 *     node test/bench/explanation.ts        PYTHON names the interpreter (python3)
 *
 * The ensemble has the shape of a forest for flags: 100 trees of depth 12 with some 350 leaves each, 80 inputs of which
 * 74 are one-hot.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { layOutForShap } from '../../lib/forest/shap/shap-layout.ts';
import { SimdExplainer } from '../../lib/forest/shap/simd-explainer.ts';
import { rowExplainer } from '../../lib/forest/shap/tree-shap.ts';
import { classicTreeShap } from '../forest/classic-tree-shap.ts';
import { numbersFrom } from '../forest/random-ensemble.ts';
import { growBenchForest } from './bench-forest.ts';

const ROWS = 512;
const CLASSIC_ROWS = 10;
const PYTHON_ROWS = 64;
const ROUNDS = 7;
const PYTHON_ROUNDS = 2;

interface Measured {
  readonly seconds: number;
  readonly contributions: Float64Array | readonly number[];
}

const random = numbersFrom(7);
const { ensemble, numeric } = growBenchForest(random);
const columns = ensemble.featureCount;
const values = Float32Array.from({ length: ROWS * columns }, (_, i) =>
  i % columns < numeric ? random() : random() < 0.05 ? 1 : 0,
);
const layout = layOutForShap(ensemble);
const explainRow = rowExplainer(layout);
const began = process.threadCpuUsage();
const simd = SimdExplainer.open(layout)!;
const setUp = process.threadCpuUsage(began);

const simple = byRow((row, out) => explainRow(values, row, out, row));
const measured: Record<string, Measured> = {
  'TypeScript, row by row': simple,
  'SIMD, row by row': byRow((row, out) => simd.explain(values, row, out, row, 1)),
  [`SIMD, ${ROWS} rows`]: fastest(ROUNDS, ROWS, (out) => simd.explain(values, 0, out, 0, ROWS)),
  'classic recursion (TypeScript)': fastest(1, CLASSIC_ROWS, (out) => {
    for (let at = 0; at < CLASSIC_ROWS * columns; at += columns) {
      out.set(classicTreeShap(ensemble, values.subarray(at, at + columns)), at);
    }
  }),
  ...runPython(),
};

const leaves = ensemble.feature.filter((f) => f < 0).length;
const load = loadavg().map((one) => one.toFixed(1));
console.log(`${cpus()[0]!.model}, ${cpus().length} cores, load ${load.join(' ')}, Node ${process.version}`);
console.log(`${ensemble.treeStart.length - 1} trees, ${leaves} leaves, ${columns} inputs`);
console.log(`SIMD is set up in ${((setUp.user + setUp.system) / 1000).toFixed(0)} ms of CPU`);
console.table(
  Object.fromEntries(
    Object.entries(measured).map(([name, { seconds, contributions }]) => [
      name,
      {
        'µs per explanation': Number((seconds * 1e6).toFixed(1)),
        'ns per leaf': Number(((seconds * 1e9) / leaves).toFixed(2)),
        'times SIMD': Number((seconds / measured[`SIMD, ${ROWS} rows`]!.seconds).toFixed(2)),
        'largest difference': largestGap(contributions).toExponential(1),
      },
    ]),
  ),
);

function byRow(explain: (at: number, out: Float64Array) => void): Measured {
  return fastest(ROUNDS, ROWS, (out) => {
    for (let at = 0; at < ROWS * columns; at += columns) explain(at, out);
  });
}

/** The best of some rounds, in seconds of CPU a row (the machine may be busy), after a first that does not count. */
function fastest(rounds: number, rows: number, explain: (out: Float64Array) => void): Measured {
  const contributions = new Float64Array(rows * columns);
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= rounds; round++) {
    const start = process.threadCpuUsage();
    explain(contributions);
    const { user, system } = process.threadCpuUsage(start);
    if (round > 0) best = Math.min(best, (user + system) / 1e6 / rows);
  }
  return { seconds: best, contributions };
}

/** From the TypeScript kernel, over the rows that were explained. */
function largestGap(contributions: ArrayLike<number>): number {
  let gap = 0;
  for (let i = 0; i < contributions.length; i++) {
    gap = Math.max(gap, Math.abs(contributions[i]! - simple.contributions[i]!));
  }
  return gap;
}

function runPython(): Record<string, Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  try {
    const arrays = Object.entries(ensemble).map(([name, value]) => [
      name,
      ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
    ]);
    writeFileSync(join(folder, 'model.json'), JSON.stringify(Object.fromEntries(arrays)));
    writeFileSync(join(folder, 'values.bin'), values.subarray(0, PYTHON_ROWS * columns));
    const script = join(import.meta.dirname, 'explanation.py');
    const run = spawnSync(process.env.PYTHON ?? 'python3', [script, folder, String(PYTHON_ROUNDS)], {
      encoding: 'utf8',
      maxBuffer: 1 << 28,
      env: { ...process.env, OMP_NUM_THREADS: '1' },
    });
    if (run.status !== 0) {
      console.error(`Python is left out: ${(run.stderr ?? String(run.error)).trim().split('\n').at(-1)}`);
      return {};
    }
    const answers = JSON.parse(run.stdout) as Record<string, Measured & { readonly version: string }>;
    return Object.fromEntries(
      Object.entries(answers).map(([name, answer]) => [`${name} ${answer.version}`, answer]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
