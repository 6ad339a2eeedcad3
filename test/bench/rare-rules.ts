/** Made data sets in which what matters is rare: rules in a tail, in the middle, in a corner of two columns, and a background of others. */
import { Random } from '../../lib/forest/random.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';

export interface Parts {
  readonly train: TrainingSet;
  readonly heldOut: TrainingSet;
}

const TRAIN_ROWS = 20_000;
const HELD_OUT_ROWS = 40_000;
const COLUMNS = 8;

/** Uniform shares 0 … 1 of the columns, and the draw of chance itself; positive or not. */
type Rule = (share: Float64Array, random: Random) => boolean;

const chance = (random: Random, probability: number): boolean => random.uniform() < probability;
/** Log-odds that two columns move: positives as one usually meets them. */
const background = (share: Float64Array, random: Random): boolean =>
  chance(random, 1 / (1 + Math.exp(7 - 3 * share[2]! - 3 * share[3]! * share[4]!)));

const rules: Readonly<Record<string, Rule>> = {
  'upper tail, .3 %': ([a]) => a! > 0.997,
  'lower tail, .3 %': ([a]) => a! < 0.003,
  'middle spike, .3 %': ([a]) => a! > 0.6 && a! < 0.603,
  'both tails, .3 %': ([a]) => a! < 0.0015 || a! > 0.9985,
  'upper tail, 100 positives': ([a]) => a! > 0.995,
  'upper tail, 30 positives': ([a]) => a! > 0.9985,
  'upper tail, 10 positives': ([a]) => a! > 0.9995,
  'middle spike, 30 positives': ([a]) => a! > 0.6 && a! < 0.6015,
  'corner of two, .25 %': ([a, b]) => a! > 0.95 && b! > 0.95,
  'noisy tail, .3 %': ([a], random) => a! > 0.997 && chance(random, 0.7),
  'upper tail .2 % among others': (share, random) => share[0]! > 0.998 || background(share, random),
  'lower tail .2 % among others': (share, random) => share[0]! < 0.002 || background(share, random),
  'upper tail .05 % among others': (share, random) => share[0]! > 0.9995 || background(share, random),
  'spike .1 % among others': (share, random) =>
    (share[0]! > 0.4 && share[0]! < 0.401) || background(share, random),
  'others only': background,
};

/** Shares become what such columns hold: amounts, counts of money, nearly normal measures. */
function toValue(share: number, column: number): number {
  if (column % 3 === 0) return Math.exp(4 + 1.2 * normal(share));
  if (column % 3 === 1) return 100 * share;
  return normal(share);
}

/** The logistic quantile: near enough to a normal one, with longer tails. */
function normal(share: number): number {
  return Math.log(share / (1 - share)) / 1.7;
}

function draw(rule: Rule, rows: number, random: Random): TrainingSet {
  const values = new Float32Array(rows * COLUMNS);
  const labels = new Uint8Array(rows);
  const share = new Float64Array(COLUMNS);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      share[column] = Math.max(random.uniform(), 1e-9);
      values[row * COLUMNS + column] = toValue(share[column]!, column);
    }
    labels[row] = rule(share, random) ? 1 : 0;
  }
  return { rows, columns: COLUMNS, values, labels };
}

/** Card payments as they are published: 28 components of heavy tails, most of them moved a little by fraud, .17 % positive. */
function drawCards(rows: number, random: Random): TrainingSet {
  const columns = 29;
  const values = new Float32Array(rows * columns);
  const labels = new Uint8Array(rows);
  for (let row = 0; row < rows; row++) {
    const isFraud = chance(random, 0.0017);
    const kind = isFraud ? 1 + random.below(3) : 0;
    labels[row] = isFraud && !chance(random, 0.05) ? 1 : 0;
    for (let column = 0; column < 28; column++) {
      const spread = chance(random, 0.02) ? 4 : 1;
      const moved = kind > 0 && column % 3 === kind - 1 ? (column % 2 === 0 ? 2.2 : -2.2) : 0;
      values[row * columns + column] = spread * normal(Math.max(random.uniform(), 1e-9)) + moved;
    }
    values[row * columns + 28] = Math.exp(3 + 1.5 * normal(Math.max(random.uniform(), 1e-9)));
  }
  return { rows, columns, values, labels };
}

export const rareRules: Readonly<Record<string, (seed: number) => Parts>> = {
  ...Object.fromEntries(
    Object.entries(rules).map(([name, rule], at) => [
      name,
      (seed: number) => ({
        train: draw(rule, TRAIN_ROWS, new Random(seed, 2 * at)),
        heldOut: draw(rule, HELD_OUT_ROWS, new Random(seed, 2 * at + 1)),
      }),
    ]),
  ),
  'like card payments, .17 %': (seed) => ({
    train: drawCards(60_000, new Random(seed, 1000)),
    heldOut: drawCards(60_000, new Random(seed, 1001)),
  }),
};
