/**
 * How good the default model is on data sets of several kinds: held-out PR-AUC of five seeds on one split, each seed choosing between forest
 * and boosting by cross-validation in the training part, as `assay train` does. The matrices are written for Python's models
 * (test/parity/peers.py), so that both sides see the same.
 *
 *     node test/bench/quality.ts --out matrices [--seeds 1,2,3,4,5] [--only NAME,…] [NAME=PACK,FILE …]
 *     python test/parity/peers.py finance=matrices/finance.parquet …
 *
 * Or, so that no one split decides, the data cut anew with each of several seeds, which train with the same seed:
 *
 *     node test/bench/quality.ts --out matrices --splits 1,2,3,4,5,6,7,8 --only churn churn=churn.yaml,churn.csv
 *     python test/parity/peers.py --splits matrices/splits.json
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Session } from '../../lib/engine/session.ts';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { crossValidate } from '../../lib/training/cross-validation.ts';
import { type Dataset, prepareDataset } from '../../lib/training/dataset.ts';
import { exportFeatures } from '../../lib/training/export-features.ts';
import { directionsOf, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { foldTraining } from '../../lib/training/folding.ts';
import { candidatesFor } from '../../lib/training/train-model.ts';
import type { TrainingPeriod } from '../../lib/training/training-period.ts';

const { values: asked, positionals } = parseArgs({
  options: {
    out: { type: 'string', default: 'matrices' },
    seeds: { type: 'string', default: '1,2,3,4,5' },
    splits: { type: 'string' },
    only: { type: 'string' },
    threads: { type: 'string', default: '2' },
  },
  allowPositionals: true,
});
const SEEDS = asked.seeds.split(',').map(Number);
const threads = Number(asked.threads);
const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

interface DataSet {
  readonly name: string;
  readonly pack: string;
  readonly file: string;
  readonly rates?: string;
  readonly period?: TrainingPeriod;
}

/** The handbook's own setting: a week to train on, 7 days of delay, a week to test on. */
const HANDBOOK_PERIOD = { from: '2018-07-25', heldOutFrom: '2018-08-08', until: '2018-08-15' };

const sets: readonly DataSet[] = [
  {
    name: 'finance',
    pack: 'finance',
    file: root('samples/finance/labelled.csv.gz'),
    rates: root('samples/finance/rates.csv'),
  },
  { name: 'pharma', pack: 'pharma', file: root('samples/pharma/labelled.csv.gz') },
  {
    name: 'amlsim',
    pack: root('test/fixtures/amlsim/pack.yaml'),
    file: root('test/fixtures/amlsim/transactions.csv.gz'),
  },
  {
    name: 'rare-tail',
    pack: root('test/fixtures/cases/files/rare-tail.yaml'),
    file: root('test/fixtures/cases/files/rare-tail.csv'),
  },
  ...positionals.map((text) => {
    const [name, pack, file] = text.split(/[=,]/) as [string, string, string];
    return { name, pack, file, ...(name === 'handbook' && { period: HANDBOOK_PERIOD }) };
  }),
];

/** Of one split, with each seed. */
async function measure(set: DataSet): Promise<void> {
  const out = join(asked.out, `${set.name}.parquet`);
  print(await fitSplit(set, { split: 1, seeds: SEEDS, out }));
}

/** Of several splits, each with a seed of its own; what `peers.py --splits` reads. */
async function measureSplits(set: DataSet, splits: readonly number[]): Promise<SplitsOfSet> {
  const files: string[] = [];
  const results: Fitted[] = [];
  for (const split of splits) {
    const file = `${set.name}-${split}.parquet`;
    files.push(file);
    results.push(...(await fitSplit(set, { split, seeds: [split], out: join(asked.out, file) })));
  }
  print(results);
  return { files, prAuc: results.map(({ prAuc }) => prAuc) };
}

interface SplitsOfSet {
  readonly files: readonly string[];
  readonly prAuc: readonly number[];
}

interface SplitOptions {
  readonly split: number;
  readonly seeds: readonly number[];
  readonly out: string;
}

async function fitSplit(set: DataSet, { split: seed, seeds, out }: SplitOptions): Promise<Fitted[]> {
  const pack = await loadPack(set.pack);
  const { rates } = set;
  const source = {
    pack,
    inputs: [{ path: set.file }],
    reading: rates === undefined ? {} : { rates: parseRates(await readFile(rates, 'utf8'), 'rates.csv') },
    seed,
    progress: noProgress,
    ...(set.period !== undefined && { period: set.period }),
  };
  await exportFeatures({ ...source, threads, memoryLimitMb: 1024, out });
  const session = await Session.open({ threads, memoryLimitMb: 1024 });
  try {
    const dataset = await prepareDataset(session, source);
    const { split } = dataset;
    console.log(
      `${set.name}: ${split.train} to train on (${split.trainPositives} positive), ${split.heldOut} held out, ${split.heldOutPositives} positive`,
    );
    const results: Fitted[] = [];
    for (const one of seeds) results.push(await fitDefault(dataset, one));
    return results;
  } finally {
    await session.close();
  }
}

function print(results: readonly Fitted[]): void {
  const of = (figure: (one: Fitted) => number) => results.map(figure);
  const mean = (values: readonly number[]) => values.reduce((sum, one) => sum + one, 0) / values.length;
  const pr = of(({ prAuc }) => prAuc);
  const range = `${Math.min(...pr).toFixed(3)} to ${Math.max(...pr).toFixed(3)}`;
  console.log(
    `  ${'Assay'.padEnd(26)} PR-AUC ${mean(pr).toFixed(3)} (${range})  ROC-AUC ${mean(of(({ roc }) => roc)).toFixed(3)}  ${results.map(({ algorithm }) => algorithm).join(' ')}`,
  );
}

interface Fitted {
  readonly algorithm: string;
  readonly prAuc: number;
  readonly roc: number;
}

async function fitDefault({ train, heldOut, fitted }: Dataset, seed: number): Promise<Fitted> {
  const fit = { seed, threads, resample: 'none', monotone: directionsOf(fitted.inputs) } as const;
  const { cuts } = foldTraining(train, seed);
  const candidates = candidatesFor({ algorithm: null, tune: false });
  const { best } = await crossValidate(train.data, cuts, candidates, fit, noProgress);
  const { ensemble } = await fitCandidate(best, train.data, fit);
  const scores = await scoreRows(writeOnnx(ensemble), heldOut.data.values, heldOut.data.rows);
  const { labels } = heldOut.data;
  return {
    algorithm: best.algorithm,
    prAuc: averagePrecision(scores, labels),
    roc: rocAuc(scores, labels),
  };
}

await mkdir(asked.out, { recursive: true });
const only = asked.only?.split(',') ?? null;
const chosen = sets.filter(({ name }) => only === null || only.includes(name));
if (asked.splits === undefined) {
  for (const set of chosen) await measure(set);
} else {
  const splits: Record<string, SplitsOfSet> = {};
  for (const set of chosen) splits[set.name] = await measureSplits(set, asked.splits.split(',').map(Number));
  await writeFile(join(asked.out, 'splits.json'), `${JSON.stringify(splits, null, 2)}\n`);
}
