/**
 * Rows scored a second of CPU on one thread: the scoring kernel, ONNX Runtime, XGBoost and scikit-learn. All on the same boosting of
 * 200 trees of depth 6 in one run, but for scikit-learn, which has one of that size.
 *
 *     node test/bench/scoring.ts        PYTHON names an interpreter with both (python3)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { readXgboostJson } from '../../lib/forest/originals/xgboost-json.ts';
import { KernelScorer } from '../../lib/forest/score/kernel-scorer.ts';
import { plainScores } from '../forest/plain-scores.ts';

const ROWS = 16_384;
const ROUNDS = 5;

const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
try {
  await compare();
} finally {
  rmSync(folder, { recursive: true });
}

async function compare(): Promise<void> {
  const python = runPython();
  const { ensemble } = readXgboostJson(readFileSync(join(folder, 'model.json'), 'utf8'), 'model.json');
  const bytes = readFileSync(join(folder, 'values.bin'));
  const values = new Float32Array(bytes.buffer, bytes.byteOffset, ROWS * ensemble.featureCount);
  const began = cpuSeconds();
  const kernel = KernelScorer.open(ensemble)!;
  const setUp = cpuSeconds() - began;
  const runtime = await OnnxScorer.open(writeOnnx(ensemble));
  const expected = await runtime.score(values, ROWS);
  const differing = kernel.score(values, ROWS).filter((score, row) => score !== expected[row]).length;
  const seconds = {
    'Assay, kernel': await fastest(() => kernel.score(values, ROWS)),
    'ONNX Runtime': await fastest(() => runtime.score(values, ROWS)),
    'Assay, plain TypeScript': await fastest(() => plainScores(ensemble, values, ROWS)),
    ...python,
  };
  const load = loadavg().map((one) => one.toFixed(1));
  console.log(`${cpus()[0]!.model}, ${cpus().length} cores, load ${load.join(' ')}, Node ${process.version}`);
  console.log(`${ensemble.treeStart.length - 1} trees, ${ensemble.feature.length} nodes; ${ROWS} rows`);
  console.log(`kernel set up in ${(setUp * 1000).toFixed(0)} ms of CPU; ${differing} rows differ`);
  console.table(
    Object.fromEntries(
      Object.entries(seconds).map(([name, one]) => [
        name,
        { 'rows a second': Math.round(1 / one), times: Number((one / seconds['Assay, kernel']).toFixed(2)) },
      ]),
    ),
  );
}

/** The best of some rounds, in seconds of CPU a row, after a first that does not count. */
async function fastest(score: () => unknown): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round <= ROUNDS; round++) {
    const start = cpuSeconds();
    await score();
    if (round > 0) best = Math.min(best, (cpuSeconds() - start) / ROWS);
  }
  return best;
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

function runPython(): Record<string, number> {
  const script = join(import.meta.dirname, 'scoring.py');
  const run = spawnSync(process.env.PYTHON ?? 'python3', [script, folder, String(ROWS), String(ROUNDS)], {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '1' },
  });
  if (run.status === 0) return JSON.parse(run.stdout) as Record<string, number>;
  throw new Error(`Python trains the model: ${(run.stderr ?? String(run.error)).trim().split('\n').at(-1)}`);
}
