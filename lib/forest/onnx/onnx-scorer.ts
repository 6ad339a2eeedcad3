/**
 * Computes the probability of the positive class of rows by ONNX Runtime. One thread and one order of execution: its float32 sums
 * depend on both, and what is flagged must not.
 */
import { InputError } from '../../errors.ts';
import {
  type InferenceSession,
  loadOnnxRuntime,
  type SessionOptions,
  type Tensor,
  type ValueMetadata,
} from './onnx-runtime.ts';
import { withoutZipMap } from './onnx-zip-map.ts';

/** More at a time is not faster (252 against 265 thousand rows a second at sixteen times as many). */
const BATCH_ROWS = 4096;

const SESSION_OPTIONS: SessionOptions = {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
  executionMode: 'sequential',
  logSeverityLevel: 3,
};

export class OnnxScorer {
  readonly #session: InferenceSession;
  readonly #inputs: readonly ScorerInput[];
  readonly #output: string;

  private constructor(session: InferenceSession, output: string | undefined) {
    this.#session = session;
    this.#inputs = session.inputMetadata.map(readInput);
    this.#output =
      output ?? session.outputNames.find((name) => name === 'probabilities') ?? session.outputNames.at(-1)!;
  }

  /** Takes our own models and the Python converters' (`output`, or the last output, holds the probabilities, or is named so). */
  static async open(onnx: Uint8Array, output?: string): Promise<OnnxScorer> {
    const { InferenceSession } = loadOnnxRuntime();
    try {
      return new OnnxScorer(await InferenceSession.create(withoutZipMap(onnx), SESSION_OPTIONS), output);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new InputError(`ONNX Runtime does not load the model: ${reason}`, { cause });
    }
  }

  /** `values` is row-major, NaN is missing; the answer has one number a row. */
  async score(values: Float32Array, rows: number): Promise<Float32Array> {
    const scores = new Float32Array(rows);
    const columns = rows === 0 ? 0 : values.length / rows;
    for (let from = 0; from < rows; from += BATCH_ROWS) {
      const count = Math.min(BATCH_ROWS, rows - from);
      const batch = values.subarray(from * columns, (from + count) * columns);
      const feeds = feed(this.#inputs, batch, count, columns);
      const results = await this.#session.run(feeds, [this.#output]);
      takeLastColumn(results[this.#output]!, count, scores.subarray(from, from + count));
    }
    return scores;
  }

  async close(): Promise<void> {
    await this.#session.release();
  }
}

interface ScorerInput {
  readonly name: string;
  readonly isDouble: boolean;
  /** Null: all columns. */
  readonly columns: number | null;
}

function readInput(input: ValueMetadata): ScorerInput {
  if (!input.isTensor) return { name: input.name, isDouble: false, columns: null };
  const [, columns] = input.shape;
  return {
    name: input.name,
    isDouble: input.type === 'float64',
    columns: typeof columns === 'number' && columns > 0 ? columns : null,
  };
}

/** A row's columns are those of the inputs one after the other: mostly there is one input. */
function feed(
  inputs: readonly ScorerInput[],
  batch: Float32Array,
  rows: number,
  width: number,
): Record<string, Tensor> {
  const { Tensor } = loadOnnxRuntime();
  const feeds: Record<string, Tensor> = {};
  let before = 0;
  for (const { name, isDouble, columns } of inputs) {
    const own = inputs.length === 1 ? width : (columns ?? width - before);
    const values = own === width ? batch : takeColumns(batch, rows, width, before, own);
    feeds[name] = isDouble
      ? new Tensor('float64', Float64Array.from(values), [rows, own])
      : new Tensor('float32', values, [rows, own]);
    before += own;
  }
  return feeds;
}

function takeColumns(
  batch: Float32Array,
  rows: number,
  width: number,
  from: number,
  count: number,
): Float32Array {
  const taken = new Float32Array(rows * count);
  for (let row = 0; row < rows; row++)
    taken.set(batch.subarray(row * width + from, row * width + from + count), row * count);
  return taken;
}

/** Probabilities come as [rows, 2], a regressor's as [rows, 1]: either way the last column is the positive class. */
function takeLastColumn(tensor: Tensor, rows: number, out: Float32Array): void {
  const data = tensor.data as Float32Array;
  const width = data.length / rows;
  for (let row = 0; row < rows; row++) out[row] = data[row * width + width - 1]!;
}
