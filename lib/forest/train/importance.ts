/**
 * How much each source (a column of the data, all of whose inputs count together) matters to a model: by what splits on it gained in
 * training, and by what shuffling it costs on rows at hand (Breiman 2001).
 */
import { InputError } from '../../errors.ts';
import { checkNumber, checkSeed } from '../check-option.ts';
import { Random } from '../random.ts';
import type { TrainingSet } from '../training-set.ts';

/** The model inputs that come from one column of the data. */
export interface SourceInputs {
  readonly source: string;
  /** Their places in a row. */
  readonly inputs: readonly number[];
}

export interface GainImportance {
  readonly source: string;
  /** Its share of all gains; 0 for each source if no tree ever split. */
  readonly share: number;
}

/** In the order of `sources`. */
export function gainImportance(gain: Float64Array, sources: readonly SourceInputs[]): GainImportance[] {
  checkInputs(sources, gain.length);
  const total = gain.reduce((sum, one) => sum + one, 0);
  return sources.map(({ source, inputs }) => {
    const own = inputs.reduce((sum, input) => sum + gain[input]!, 0);
    return { source, share: total > 0 ? own / total : 0 };
  });
}

export interface PermutationImportance {
  readonly source: string;
  /** By how much the metric falls on average when the source is shuffled; below 0 if it rises. */
  readonly drop: number;
  /** Standard deviation of the fall over the repeats; 0 with one repeat. */
  readonly deviation: number;
}

export interface PermutationOptions {
  readonly seed: number;
  /** 5. */
  readonly repeats?: number;
}

/** A probability (or any score) a row. */
export type Predict = (values: Float32Array, rows: number) => Float64Array | Promise<Float64Array>;

/** Higher is better, such as average precision. */
export type Metric = (labels: Uint8Array, scores: Float64Array, weights: Float64Array | undefined) => number;

/** In the order of `sources`; each source is shuffled by a stream of its own, so dropping one changes no other's result. */
export async function permutationImportance(
  predict: Predict,
  data: TrainingSet,
  sources: readonly SourceInputs[],
  metric: Metric,
  options: PermutationOptions,
): Promise<PermutationImportance[]> {
  const repeats = checkNumber('repeats', options.repeats ?? 5, { min: 1, max: 1000, whole: true });
  checkSeed(options.seed);
  checkInputs(sources, data.columns);
  const { rows, labels, weights } = data;
  const intact = metric(labels, await predict(data.values, rows), weights);
  const shuffled = data.values.slice();
  const results: PermutationImportance[] = [];
  for (const { source, inputs } of sources) {
    const random = new Random(options.seed, inputs[0] ?? 0);
    const order = Int32Array.from({ length: rows }, (_, row) => row);
    const drops: number[] = [];
    for (let repeat = 0; repeat < repeats; repeat++) {
      random.shuffle(order);
      copyInputs(data, inputs, shuffled, (row) => order[row]!);
      drops.push(intact - metric(labels, await predict(shuffled, rows), weights));
    }
    copyInputs(data, inputs, shuffled, (row) => row);
    results.push({ source, ...summarize(drops) });
  }
  return results;
}

function copyInputs(
  { values, rows, columns }: TrainingSet,
  inputs: readonly number[],
  target: Float32Array,
  rowFrom: (row: number) => number,
): void {
  for (let row = 0; row < rows; row++) {
    const from = rowFrom(row) * columns;
    for (const input of inputs) target[row * columns + input] = values[from + input]!;
  }
}

function summarize(drops: readonly number[]): Pick<PermutationImportance, 'drop' | 'deviation'> {
  const drop = drops.reduce((sum, one) => sum + one, 0) / drops.length;
  const squares = drops.reduce((sum, one) => sum + (one - drop) ** 2, 0);
  return { drop, deviation: drops.length > 1 ? Math.sqrt(squares / (drops.length - 1)) : 0 };
}

function checkInputs(sources: readonly SourceInputs[], width: number): void {
  for (const { source, inputs } of sources) {
    const bad = inputs.find((input) => !Number.isInteger(input) || input < 0 || input >= width);
    if (bad === undefined) continue;
    throw new InputError(`Source ${source} names input ${bad}; the model has inputs 0 to ${width - 1}.`);
  }
}
