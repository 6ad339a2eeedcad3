/**
 * Trains a random forest and gradient boosting on seeded synthetic payments, and scikit-learn beside them on the same arrays
 * where Python has it: prints milliseconds (CPU time beside them: a busy machine shows less in it), and ROC-AUC and average precision on rows held out.
 *
 *     node test/bench/forest-training.ts [rows] [threads]     PYTHON names the interpreter (python3)
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { Random } from '../../lib/forest/random.ts';
import { trainGradientBoosting } from '../../lib/forest/train/gradient-boosting.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import type { TrainedForest } from '../../lib/forest/train/trained-forest.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';

const CATEGORY_SIZES = [5, 8, 12, 20, 29];
const NUMERIC_COLUMNS = 6;
const COLUMNS = NUMERIC_COLUMNS + CATEGORY_SIZES.reduce((sum, size) => sum + size, 0);

interface Result {
  readonly fitMs: number;
  readonly cpuMs: number;
  readonly auc: number;
  readonly ap: number;
}

/** Six numeric columns and 74 one-hot ones; about 2 % positives, shown by interactions and noise. */
function synthesize(rows: number, seed: number): TrainingSet {
  const random = new Random(seed, 0);
  const values = new Float32Array(rows * COLUMNS);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const numbers = [1, 1, 1].map(() => Math.round(-Math.log(1 - random.uniform()) * 10_000) / 100);
    const counts = [24, 7, 200].map((limit) => random.below(limit));
    const categories = CATEGORY_SIZES.map((size) => Math.floor(random.uniform() ** 2 * size));
    values.set([...numbers, ...counts], row * COLUMNS);
    let first = NUMERIC_COLUMNS;
    for (const [k, category] of categories.entries()) {
      values[row * COLUMNS + first + category] = 1;
      first += CATEGORY_SIZES[k]!;
    }
    const night = counts[0]! < 6 || counts[0]! > 21;
    const logit =
      -6.9 +
      (numbers[0]! > 150 ? 1.4 : 0) +
      0.01 * numbers[1]! +
      (night ? 0.9 : 0) +
      (categories[2] === 7 ? 1.5 : 0) +
      (categories[3]! > 10 && numbers[0]! > 90 ? 2 : 0);
    labels[row] = random.uniform() < 1 / (1 + Math.exp(-logit)) ? 1 : 0;
  }
  return { rows, columns: COLUMNS, values, labels };
}

/** ROC-AUC and average precision, equal scores taken together. */
function judge(labels: Uint8Array, scores: Float64Array): Pick<Result, 'auc' | 'ap'> {
  const order = Array.from(labels.keys()).sort((a, b) => scores[b]! - scores[a]!);
  const positives = labels.reduce((sum, label) => sum + label, 0);
  const negatives = labels.length - positives;
  let [hits, misses, area, ap] = [0, 0, 0, 0];
  for (let i = 0; i < order.length; ) {
    const [hitsBefore, missesBefore] = [hits, misses];
    const score = scores[order[i]!]!;
    for (; i < order.length && scores[order[i]!] === score; i++) {
      if (labels[order[i]!] === 1) hits++;
      else misses++;
    }
    area += (misses - missesBefore) * (hits + hitsBefore) * 0.5;
    ap += ((hits - hitsBefore) / positives) * (hits / (hits + misses));
  }
  return { auc: area / (positives * negatives), ap };
}

async function time(train: () => Promise<TrainedForest>, heldOut: TrainingSet): Promise<Result> {
  const [start, cpuBefore] = [performance.now(), process.cpuUsage()];
  const { ensemble } = await train();
  const [fitMs, cpu] = [performance.now() - start, process.cpuUsage(cpuBefore)];
  return {
    fitMs,
    cpuMs: (cpu.user + cpu.system) / 1000,
    ...judge(heldOut.labels, predictProbabilities(ensemble, heldOut.values, heldOut.rows)),
  };
}

function runScikitLearn(train: TrainingSet, heldOut: TrainingSet): Record<string, Result> {
  const folder = mkdtempSync(join(tmpdir(), 'assay-bench-'));
  try {
    for (const [name, data] of [['train', train] as const, ['test', heldOut] as const]) {
      writeFileSync(join(folder, `${name}-values.bin`), data.values);
      writeFileSync(join(folder, `${name}-labels.bin`), data.labels);
    }
    const script = join(import.meta.dirname, 'forest-training.py');
    const run = spawnSync(process.env.PYTHON ?? 'python3', [script, folder, String(COLUMNS)], {
      encoding: 'utf8',
    });
    if (run.status === 0) return JSON.parse(run.stdout);
    console.error('scikit-learn did not run; set PYTHON to an interpreter that has it.');
    return {};
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const rows = Number(process.argv[2] ?? 160_000);
const threads = Number(process.argv[3] ?? 1);
const data = synthesize(rows, 1);
const heldOut = synthesize(40_000, 2);
const positives = data.labels.reduce((sum, label) => sum + label, 0);
console.log(
  `${rows} rows × ${COLUMNS} columns, ${((100 * positives) / rows).toFixed(1)} % positives, threads: ${threads}`,
);

const ours = {
  forest: await time(() => trainRandomForest(data, { seed: 1, threads }), heldOut),
  boosting: await time(() => trainGradientBoosting(data, { seed: 1, maxDepth: null, l2: 0 }), heldOut),
};
const theirs = runScikitLearn(data, heldOut);
for (const name of ['forest', 'boosting'] as const) {
  for (const [library, result] of [['assay', ours[name]] as const, ['scikit-learn', theirs[name]] as const]) {
    if (result === undefined) continue;
    const { fitMs, cpuMs, auc, ap } = result;
    const times = `${fitMs.toFixed(0).padStart(7)} ms (${cpuMs.toFixed(0)} ms of CPU)`;
    const head = `${name.padEnd(9)} ${library.padEnd(13)} ${times.padEnd(32)}`;
    console.log(`${head} AUC ${auc.toFixed(4)}   AP ${ap.toFixed(4)}`);
  }
}
