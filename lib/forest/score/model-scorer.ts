/**
 * A model's scores. ONNX Runtime decides what they are: the scoring kernel takes the place of it for many rows, and only after it has
 * given the same bits for this model in this process. So a score does not depend on which of them computed it.
 */
import { debuglog } from 'node:util';
import { treesOf } from '../onnx/onnx-read.ts';
import { OnnxScorer } from '../onnx/onnx-scorer.ts';
import { KernelScorer } from './kernel-scorer.ts';
import { agreesWithRuntime } from './proof.ts';

/** Rows, over all calls, from which opening and proving the kernel pays. */
const ROWS_WORTH_A_KERNEL = 8_192;
/** A caller that asks for so few waits for the answer: the runtime is as quick, and such a call is not made to wait for the proof. */
const FEW_ROWS = 64;

/** No byte of a run shows which of them scored; NODE_DEBUG=assay does. */
const debug = debuglog('assay');

export class ModelScorer {
  readonly #onnx: Uint8Array;
  readonly #runtime: OnnxScorer;
  #asked = 0;
  /** Null: the runtime scores all rows. */
  #kernel: Promise<KernelScorer | null> | undefined;

  private constructor(onnx: Uint8Array, runtime: OnnxScorer) {
    this.#onnx = onnx;
    this.#runtime = runtime;
  }

  static async open(onnx: Uint8Array): Promise<ModelScorer> {
    return new ModelScorer(onnx, await OnnxScorer.open(onnx));
  }

  /** A scorer for `work`, closed however that ends. */
  static async use<T>(onnx: Uint8Array, work: (scorer: ModelScorer) => Promise<T>): Promise<T> {
    const scorer = await ModelScorer.open(onnx);
    try {
      return await work(scorer);
    } finally {
      await scorer.close();
    }
  }

  /** `values` is row-major, NaN is missing; the answer has one number a row. */
  async score(values: Float32Array, rows: number): Promise<Float32Array> {
    this.#asked += rows;
    const isWorthIt = rows >= FEW_ROWS && this.#asked >= ROWS_WORTH_A_KERNEL;
    const kernel = isWorthIt ? await this.#proven() : null;
    return kernel === null ? this.#runtime.score(values, rows) : kernel.score(values, rows);
  }

  async close(): Promise<void> {
    await this.#runtime.close();
  }

  #proven(): Promise<KernelScorer | null> {
    this.#kernel ??= openKernel(this.#onnx, this.#runtime);
    return this.#kernel;
  }
}

async function openKernel(onnx: Uint8Array, runtime: OnnxScorer): Promise<KernelScorer | null> {
  const ensemble = treesOf(onnx);
  const kernel = KernelScorer.open(ensemble);
  if (kernel === undefined) return refuse('it does not take such trees, or there is no memory for them');
  if (await agreesWithRuntime(kernel, ensemble, runtime)) return kernel;
  return refuse('its scores are not those of ONNX Runtime, bit for bit');
}

function refuse(reason: string): null {
  debug('scoring kernel refused: %s; ONNX Runtime scores all rows', reason);
  return null;
}
