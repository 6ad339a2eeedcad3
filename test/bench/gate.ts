/**
 * How often the gate errs, and what it lets through: seeded simulations of champion and challenger on the same clustered
 * records. `type I`: of challengers whose PR-AUC is lower by exactly the margin, the share that passes `overall`;
 * `power`: of equally good ones, the share that passes it; `better`: the same of those whose PR-AUC is higher by .05.
 * Prints a table; fails where more than 5 % of the first pass.
 *
 *     node test/bench/gate.ts [--runs 1000] [--only 'records alone']
 */

import { parseArgs } from 'node:util';
import type { Acceptance } from '../../lib/packs/pack.ts';
import { runGate } from '../../lib/registry/gate.ts';
import type { GateInput } from '../../lib/registry/gate-input.ts';
import { Random } from '../../samples/generators/random.ts';
import { type Clustered, drawClustered, findNoise } from './clustered-records.ts';

const { values: asked } = parseArgs({
  options: { runs: { type: 'string', default: '1000' }, only: { type: 'string', default: '' } },
});
const RUNS = Number(asked.runs);

const acceptance: Acceptance = {
  minLabels: 1,
  minPositives: 1,
  maxLoss: 0.05,
  maxRecallLoss: 0.1,
  maxFlagGrowth: 1.5,
  maxSegmentLoss: 0.05,
  recallFloor: null,
  metric: 'pr_auc',
};

type Kind = Omit<Clustered, 'entities'>;
const alone: Kind = {
  size: 1,
  positive: 0.03,
  within: 1,
  shift: 0,
  apart: 3,
  noise: { champion: 0.5, challenger: 0.5 },
};
const clustered: Kind = { ...alone, size: 4, within: 0.5, shift: 0.7 };
const KINDS: readonly (readonly [string, Kind, number])[] = [
  ['records alone', alone, 1],
  ['4 an entity', clustered, 1],
  ['12 an entity', { ...clustered, size: 12, positive: 0.02, shift: 1 }, 1],
  ['4 an entity, below the line 1 in 10', clustered, 0.1],
];
const THRESHOLD = 0.4;
let worst = 0;

process.stdout.write('| held-out records | positives | type I | power | better | not enough data |\n');
process.stdout.write('| --- | --- | --- | --- | --- | --- |\n');
for (const [name, kind, share] of KINDS.filter(([one]) => one.includes(asked.only))) {
  const noisier = findNoise({ ...kind, entities: 0 }, 0.05);
  for (const positives of [12, 30, 160, 500]) {
    const settings = [
      { champion: kind.noise.champion, challenger: noisier },
      { champion: kind.noise.champion, challenger: kind.noise.champion },
      { champion: noisier, challenger: kind.noise.champion },
    ].map((own) => simulate({ ...kind, noise: own }, positives, share));
    const [worse, equal, better] = settings as [Outcome, Outcome, Outcome];
    worst = Math.max(worst, worse.passed);
    const cells = [
      name,
      String(positives),
      percent(worse.passed),
      percent(equal.passed),
      percent(better.passed),
      percent(equal.notEnough),
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}
if (worst > 0.05) process.exitCode = 1;

interface Outcome {
  readonly passed: number;
  readonly notEnough: number;
}

function simulate(kind: Kind, positives: number, share: number): Outcome {
  let [passed, notEnough] = [0, 0];
  const entities = Math.round(positives / (kind.positive * kind.size));
  for (let seed = 1; seed <= RUNS; seed++) {
    const random = new Random(seed, positives);
    const { criteria } = runGate(draw(random, { ...kind, entities }, share));
    const overall = criteria.find(({ id }) => id === 'overall');
    if (overall?.passed) passed++;
    if (overall === undefined || overall.outcome === 'not_enough_data') notEnough++;
  }
  return { passed: passed / RUNS, notEnough: notEnough / RUNS };
}

/** What the champion flags is reviewed, and of the rest a random share, which stands for all of it. */
function draw(random: Random, given: Clustered, share: number): GateInput {
  const all = drawClustered(random, given);
  const rows = [...all.labels.keys()].filter(
    (row) => all.champion[row]! >= THRESHOLD || random.chance(share),
  );
  const pick = (scores: Float32Array) => Float32Array.from(rows, (row) => scores[row]!);
  return {
    champion: { version: 'champion', scores: pick(all.champion), threshold: THRESHOLD },
    challenger: { version: 'challenger', scores: pick(all.challenger), threshold: THRESHOLD },
    labels: Uint8Array.from(rows, (row) => all.labels[row]!),
    weights: Float64Array.from(rows, (row) => (all.champion[row]! >= THRESHOLD ? 1 : 1 / share)),
    entity: rows.map((row) => all.entity[row]!),
    segments: [],
    dataset: { labelled: 1000, positives: 100 },
    acceptance,
  };
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}
