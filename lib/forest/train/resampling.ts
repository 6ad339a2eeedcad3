/** Makes of an unbalanced training set one with more positives or fewer negatives: the alternatives to class weights. */
import { InputError } from '../../errors.ts';
import { checkNumber, checkSeed } from '../check-option.ts';
import { Random } from '../random.ts';
import type { TrainingSet } from '../training-set.ts';
import { findNearest, scaleToUnitVariance } from './nearest-neighbours.ts';
import { checkTrainingSet } from './training-weights.ts';

export interface SmoteOptions {
  /** Positives for each negative afterwards; above what the data has. 1: as many of each. */
  readonly ratio: number;
  /** 5. Nearest positives among which the other end is drawn. */
  readonly neighbours?: number;
  readonly seed: number;
}

/**
 * SMOTE (Chawla, Bowyer, Hall & Kegelmeyer 2002): adds synthetic positives at the end, each at a random place on the line from a positive to one
 * of its nearest positives, until there are `ratio` positives for each negative. Columns are scaled to unit variance to
 * measure distance. A column of two values (a flag, a one-hot) takes that of the nearer end, and so does one of which either end is
 * missing or infinite: no synthetic row is half in a country. Costs positives² × columns.
 */
export function resampleSmote(data: TrainingSet, options: SmoteOptions): TrainingSet {
  const { positives, negatives } = splitByLabel(data);
  checkSeed(options.seed);
  const k = checkNumber('neighbours', options.neighbours ?? 5, { min: 1, max: 1000, whole: true });
  const now = positives.length / negatives.length;
  checkNumber('ratio', options.ratio, { min: now, max: 1000 });
  if (positives.length < 2) throw new InputError('SMOTE needs at least 2 rows with label 1; found 1.');
  const added = Math.round(options.ratio * negatives.length) - positives.length;
  const values = new Float32Array((data.rows + added) * data.columns);
  values.set(data.values);
  const weights = data.weights && new Float64Array(data.rows + added);
  weights?.set(data.weights!);
  const origins = drawOrigins(data, positives, added, Math.min(k, positives.length - 1), options.seed);
  const isTwoValued = findTwoValued(data);
  for (const [i, { from, to, place }] of origins.entries()) {
    const row = data.rows + i;
    for (let column = 0; column < data.columns; column++) {
      const a = data.values[from * data.columns + column]!;
      const b = data.values[to * data.columns + column]!;
      values[row * data.columns + column] = between(a, b, place, isTwoValued[column] === 1);
    }
    if (weights) weights[row] = data.weights![from]!;
  }
  const labels = new Uint8Array(data.rows + added).fill(1);
  labels.set(data.labels);
  return { rows: data.rows + added, columns: data.columns, values, labels, ...(weights && { weights }) };
}

export interface UndersampleOptions {
  /** Positives for each negative afterwards; above what the data has. */
  readonly ratio: number;
  readonly seed: number;
}

/** Keeps all positives and a random sample of the negatives, drawn without replacement; the rows stay in order. */
export function resampleUndersample(data: TrainingSet, options: UndersampleOptions): TrainingSet {
  const { positives, negatives } = splitByLabel(data);
  checkSeed(options.seed);
  checkNumber('ratio', options.ratio, { min: positives.length / negatives.length, max: 1000 });
  const kept = Math.max(1, Math.round(positives.length / options.ratio));
  new Random(options.seed, 0).shuffle(negatives, kept);
  return pickRows(data, Int32Array.from([...positives, ...negatives.subarray(0, kept)]).sort());
}

function splitByLabel(data: TrainingSet): { positives: Int32Array; negatives: Int32Array } {
  checkTrainingSet(data, 'training set');
  const all = Int32Array.from({ length: data.rows }, (_, row) => row);
  const positives = all.filter((row) => data.labels[row] === 1);
  const negatives = all.filter((row) => data.labels[row] === 0);
  if (positives.length > 0 && negatives.length > 0) return { positives, negatives };
  const found = positives.length > 0 ? 1 : 0;
  throw new InputError(
    `The labels are all ${found} in all ${data.rows} rows; resampling needs rows of both labels.`,
  );
}

interface Origin {
  readonly from: number;
  readonly to: number;
  /** 0 at `from`, 1 at `to`. */
  readonly place: number;
}

/** Each positive serves as the start equally often, to one row. */
function drawOrigins(
  data: TrainingSet,
  positives: Int32Array,
  count: number,
  neighbours: number,
  seed: number,
): Origin[] {
  const space = { ...pickRows(data, positives), points: positives.length };
  const scale = scaleToUnitVariance(space);
  const random = new Random(seed, 0);
  const starts = Int32Array.from(positives, (_, point) => point);
  random.shuffle(starts);
  const nearest = new Map<number, Int32Array>();
  return Array.from({ length: count }, (_, i) => {
    const start = starts[i % starts.length]!;
    const near = nearest.get(start) ?? findNearest(space, scale, start, neighbours);
    nearest.set(start, near);
    const end = near[random.below(near.length)]!;
    return { from: positives[start]!, to: positives[end]!, place: random.uniform() };
  });
}

function between(a: number, b: number, place: number, isTwoValued: boolean): number {
  if (a === b) return a;
  if (isTwoValued || !Number.isFinite(a) || !Number.isFinite(b)) return place < 0.5 ? a : b;
  return a + (b - a) * place;
}

/** 1 for each column that has at most two distinct values, missing ones aside. */
function findTwoValued({ values, rows, columns }: TrainingSet): Uint8Array {
  const isTwoValued = new Uint8Array(columns);
  for (let column = 0; column < columns; column++) {
    const seen = new Set<number>();
    for (let row = 0; row < rows && seen.size < 3; row++) {
      const value = values[row * columns + column]!;
      if (!Number.isNaN(value)) seen.add(value);
    }
    isTwoValued[column] = seen.size < 3 ? 1 : 0;
  }
  return isTwoValued;
}

function pickRows(data: TrainingSet, picked: Int32Array): TrainingSet {
  const values = new Float32Array(picked.length * data.columns);
  for (const [at, row] of picked.entries()) {
    values.set(data.values.subarray(row * data.columns, (row + 1) * data.columns), at * data.columns);
  }
  const labels = Uint8Array.from(picked, (row) => data.labels[row]!);
  const weights = data.weights && Float64Array.from(picked, (row) => data.weights![row]!);
  return { rows: picked.length, columns: data.columns, values, labels, ...(weights && { weights }) };
}
