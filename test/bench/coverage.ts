/**
 * How often 95 % intervals of held-out figures cover the truth where the records of an entity, or of a day, are alike: seeded
 * simulations against the same figures of 20,000 entities with positives. Beside each the intervals that take records as independent.
 * Prints a table; fails where an interval over ENOUGH entities covers less than 93 or more than 97.5 %.
 *
 *     node test/bench/coverage.ts [--runs 1000] [--only 'of one day'] [--positives 12,25,50,200]
 */
import { parseArgs } from 'node:util';
import { codeEntities } from '../../lib/evaluation/entity-codes.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import type { Estimate, Evaluation } from '../../lib/evaluation/evaluation.ts';
import { Random } from '../../samples/generators/random.ts';
import { type Clustered, type Drawn, drawClustered } from './clustered-records.ts';

const { values: asked } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    only: { type: 'string', default: '' },
    positives: { type: 'string', default: '12,25,50,200' },
  },
});
const RUNS = Number(asked.runs);
const THRESHOLD = 0.4;
/** Entities with positives below which the promise is not made. */
const ENOUGH = 50;

type Kind = Omit<Clustered, 'entities'>;
const base: Kind = {
  size: 10,
  positive: 0.05,
  within: 0.5,
  shift: 1,
  apart: 2.5,
  noise: { champion: 0.5, challenger: 0.5 },
};
const KINDS: readonly (readonly [string, Kind])[] = [
  ['10 an entity', base],
  ['10 an entity, all positive or none', { ...base, within: 1 }],
  ['40 an entity', { ...base, size: 40, shift: 1.5 }],
  ['10 an entity, and those of one day', { ...base, dayShift: 0.7, days: 60 }],
];
const FIGURES: readonly (readonly [string, (of: Evaluation) => Estimate])[] = [
  ['ROC-AUC', ({ rocAuc }) => rocAuc],
  ['PR-AUC', ({ prAuc }) => prAuc],
  ['precision', ({ atThreshold }) => atThreshold.precision],
  ['recall', ({ atThreshold }) => atThreshold.recall],
  ['false-positive rate', ({ atThreshold }) => atThreshold.falsePositiveRate],
];

process.stdout.write(
  `| records | entities with positives | ${FIGURES.map(([name]) => name).join(' | ')} | as if independent |\n`,
);
process.stdout.write(`|${' --- |'.repeat(FIGURES.length + 3)}\n`);
for (const [name, kind] of KINDS.filter(([one]) => one.includes(asked.only))) {
  const truths = measureTruth(kind);
  for (const positives of asked.positives.split(',').map(Number)) {
    const entities = Math.round((positives * kind.within) / kind.positive);
    const covered = FIGURES.map(() => ({ by: 0, plain: 0, given: 0 }));
    for (let seed = 1; seed <= RUNS; seed++) {
      const drawn = drawClustered(new Random(seed, positives), { ...kind, entities });
      if (!drawn.labels.includes(1)) continue;
      const [own, plain] = [evaluateDrawn(drawn, true), evaluateDrawn(drawn, false)];
      for (const [at, [, pick]] of FIGURES.entries()) {
        const value = truths[at]!;
        const covers = ({ low, high }: Estimate) =>
          low !== null && high !== null && low <= value && value <= high;
        if (pick(own).low !== null) covered[at]!.given++;
        if (covers(pick(own))) covered[at]!.by++;
        if (covers(pick(plain))) covered[at]!.plain++;
      }
    }
    const shares = covered.map(({ by, given }) => by / given);
    if (positives >= ENOUGH && shares.some((share) => share < 0.93 || share > 0.975)) process.exitCode = 1;
    const plain = covered.map(({ plain: own }) => (own / RUNS).toFixed(2).slice(1)).join(' ');
    const cells = [name, String(positives), ...shares.map((share) => `${(share * 100).toFixed(1)} %`), plain];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

/** In the order of FIGURES, from counts of scores in fine bins. */
function measureTruth(kind: Kind): number[] {
  const bins = 1 << 16;
  const counts = [new Float64Array(bins), new Float64Array(bins)];
  const entities = (20_000 * kind.within) / kind.positive / 40;
  for (let part = 0; part < 40; part++) {
    const { champion, labels } = drawClustered(new Random(99_999, part), { ...kind, entities });
    for (const [row, score] of champion.entries())
      counts[labels[row]!]![Math.min(bins - 1, Math.floor(score * bins))]!++;
  }
  const [negatives, positives] = counts as [Float64Array, Float64Array];
  const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
  const flagged = (values: Float64Array) => sum(values.subarray(Math.floor(THRESHOLD * bins)));
  const [allNegatives, allPositives] = [sum(negatives), sum(positives)];
  let [found, falsely, wins, area] = [0, 0, 0, 0];
  for (let bin = bins - 1; bin >= 0; bin--) {
    wins += negatives[bin]! * (found + positives[bin]! / 2);
    found += positives[bin]!;
    falsely += negatives[bin]!;
    if (positives[bin]! > 0) area += positives[bin]! * (found / (found + falsely));
  }
  return [
    wins / (allNegatives * allPositives),
    area / allPositives,
    flagged(positives) / (flagged(positives) + flagged(negatives)),
    flagged(positives) / allPositives,
    flagged(negatives) / allNegatives,
  ];
}

function evaluateDrawn(drawn: Drawn, isClustered: boolean): Evaluation {
  const rows = drawn.labels.length;
  const { code, count } = codeEntities(drawn.entity, String, rows, 0);
  const days =
    drawn.day === null
      ? null
      : { code: Int32Array.from(drawn.day), count: Math.max(...new Set(drawn.day)) + 1 };
  return evaluate(drawn.champion, drawn.labels, THRESHOLD, {
    ...(isClustered && { dependence: { entity: { code, count }, period: days } }),
  });
}
