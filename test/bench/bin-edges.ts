/**
 * Where the edges of bins should lie: the same trainers, with the 255 bins of a column shared out in different ways. Each data set is
 * written in bins before it is trained on, so that the trainer sees a value a bin and adds nothing of its own; what is reported is the
 * held-out PR-AUC, a mean over seeds (for made data sets: a data set a seed).
 *
 *     node test/bench/bin-edges.ts [--seeds 1,2,3] [--only NAME] [NAME=PACK,FILE …]
 */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Session } from '../../lib/engine/session.ts';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { findEdges, midpoint, REFINEMENT, type Refinement } from '../../lib/forest/train/bin-edges.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { prepareDataset } from '../../lib/training/dataset.ts';
import { defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { type Parts, rareRules } from './rare-rules.ts';

const { values: asked, positionals } = parseArgs({
  options: { seeds: { type: 'string', default: '1,2,3' }, only: { type: 'string' } },
  allowPositionals: true,
});
const SEEDS = asked.seeds.split(',').map(Number);

const BUDGETS: Readonly<Record<string, Refinement>> = {
  'equal counts': { share: 0, minEvidence: 0, minGain: Number.POSITIVE_INFINITY },
  divided: { ...REFINEMENT, minGain: Number.POSITIVE_INFINITY },
  'divided and moved': REFINEMENT,
};
const MAX_RUNS = 255;
const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

interface FileSet {
  readonly name: string;
  readonly pack: string;
  readonly file: string;
  readonly rates?: string;
}

const files: readonly FileSet[] = [
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
    name: 'rare-tail.csv',
    pack: root('test/fixtures/cases/files/rare-tail.yaml'),
    file: root('test/fixtures/cases/files/rare-tail.csv'),
  },
  ...positionals.map((text) => {
    const [name, pack, file] = text.split(/[=,]/);
    return { name: name!, pack: pack!, file: file! };
  }),
];

/** Read once: the split of seed 1, whatever seed trains. */
async function readParts({ pack, file, rates }: FileSet): Promise<Parts> {
  const session = await Session.open({ threads: 2, memoryLimitMb: 1024 });
  try {
    const { train, heldOut } = await prepareDataset(session, {
      pack: await loadPack(pack),
      inputs: [{ path: file }],
      reading: rates === undefined ? {} : { rates: parseRates(await readFile(rates, 'utf8'), 'rates.csv') },
      seed: 1,
      progress: noProgress,
    });
    return { train: train.data, heldOut: heldOut.data };
  } finally {
    await session.close();
  }
}

/** Both parts with each value as the number of its bin; a column of few values stays as it is. */
function writeInBins({ train, heldOut }: Parts, refinement: Refinement): Parts {
  const coded = { train: Float32Array.from(train.values), heldOut: Float32Array.from(heldOut.values) };
  for (let column = 0; column < train.columns; column++) {
    const values = Float32Array.from(
      { length: train.rows },
      (_, row) => train.values[row * train.columns + column]!,
    );
    if (new Set(values).size <= MAX_RUNS) continue;
    const runs = findEdges(values, train.labels, MAX_RUNS, refinement);
    const edges = Float32Array.from(runs.slice(1), (run, at) => midpoint(runs[at]!.high, run.low));
    for (const part of ['train', 'heldOut'] as const) {
      const own = coded[part];
      for (let at = column; at < own.length; at += train.columns) own[at] = binOf(own[at]!, edges);
    }
  }
  return { train: { ...train, values: coded.train }, heldOut: { ...heldOut, values: coded.heldOut } };
}

function binOf(value: number, edges: Float32Array): number {
  if (Number.isNaN(value)) return value;
  let [low, high] = [0, edges.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (value <= edges[middle]!) high = middle;
    else low = middle + 1;
  }
  return low;
}

async function judge(parts: Parts, algorithm: 'forest' | 'boosting', seed: number): Promise<number> {
  const { ensemble } = await fitCandidate(defaults[algorithm], parts.train, {
    seed,
    threads: 2,
    resample: 'none',
  });
  const { values, rows, labels } = parts.heldOut;
  return averagePrecision(predictProbabilities(ensemble, values, rows), labels);
}

async function report(name: string, partsOf: (seed: number) => Promise<Parts>): Promise<void> {
  const figures = new Map<string, number>();
  let counts = '';
  for (const seed of SEEDS) {
    const parts = await partsOf(seed);
    counts = `${parts.train.rows} (${sum(parts.train)}), ${parts.heldOut.rows} (${sum(parts.heldOut)})`;
    for (const [budget, shares] of Object.entries(BUDGETS)) {
      const coded = writeInBins(parts, shares);
      for (const algorithm of ['forest', 'boosting'] as const) {
        const key = `${algorithm} ${budget}`;
        figures.set(key, (figures.get(key) ?? 0) + (await judge(coded, algorithm, seed)) / SEEDS.length);
      }
    }
  }
  const cells = (['forest', 'boosting'] as const).flatMap((algorithm) =>
    Object.keys(BUDGETS).map((budget) => figures.get(`${algorithm} ${budget}`)!.toFixed(3)),
  );
  process.stdout.write(`| ${name} | ${counts} | ${cells.join(' | ')} |\n`);
}

const sum = ({ labels }: TrainingSet): number => labels.reduce((total, label) => total + label, 0);

const heads = ['forest', 'boosting'].flatMap((algorithm) =>
  Object.keys(BUDGETS).map((name) => `${algorithm}, ${name}`),
);
process.stdout.write(`| data | train (positive), held out (positive) | ${heads.join(' | ')} |\n`);
process.stdout.write(`|${' --- |'.repeat(heads.length + 2)}\n`);
const isAsked = (name: string): boolean => asked.only === undefined || asked.only === name;
for (const set of files.filter(({ name }) => isAsked(name))) {
  const parts = await readParts(set);
  await report(set.name, async () => parts);
}
for (const [name, draw] of Object.entries(rareRules)) {
  if (isAsked(name)) await report(name, async (seed) => draw(seed));
}
