/**
 * Computes the contributions of every feature to the scores of rows by a pool of worker threads, which stays for many blocks of
 * rows. A row's contributions do not depend on its neighbours, so they are the same bits for any number of threads.
 */
import { Worker } from 'node:worker_threads';
import type { OnProgress } from '../training-set.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { createExplainer, type Explainer } from './tree-shap.ts';

/** What a thread is asked, and what it answers with: the contributions, rows × features. */
export interface ExplainRequest {
  readonly values: Float32Array<ArrayBuffer>;
  readonly rows: number;
}
export type ExplainAnswer = Float64Array<ArrayBuffer>;

/** Rows a request: some tens of milliseconds, so that threads finish together and progress is seen. */
const CHUNK_ROWS = 128;
/** Rows × nodes that are explained in the time that a thread takes to start, some tenths of a second. */
const WORK_OF_START = 4e7;

export class ExplainerPool {
  /** Expected sum: what every row's contributions are added to. */
  readonly base: number;
  readonly link: TreeEnsemble['link'];
  readonly #ensemble: TreeEnsemble;
  readonly #explainer: Explainer;
  readonly #threads: number;
  /** Rows that are explained in the time that a thread takes to start. */
  readonly #rowsOfStart: number;
  #asked = 0;
  #workers: ExplainWorker[] = [];

  private constructor(ensemble: TreeEnsemble, threads: number, workOfStart: number) {
    this.#ensemble = ensemble;
    this.#explainer = createExplainer(ensemble);
    this.#threads = threads;
    this.#rowsOfStart = Math.max(1, workOfStart / ensemble.feature.length);
    this.base = this.#explainer.base;
    this.link = ensemble.link;
  }

  /** Threads start as what was asked makes up for their start; `threads` 1 works in this one. */
  static async open(
    ensemble: TreeEnsemble,
    threads: number,
    { workOfStart = WORK_OF_START } = {},
  ): Promise<ExplainerPool> {
    return new ExplainerPool(ensemble, threads, workOfStart);
  }

  /** `values` is row-major, rows × features, and so is the answer, in the unit of the ensemble's sum. */
  async explain(values: Float32Array, rows: number, onProgress?: OnProgress): Promise<Float64Array> {
    const columns = this.#ensemble.featureCount;
    const out = new Float64Array(rows * columns);
    this.#asked += rows;
    let next = 0;
    let done = 0;
    const work = async (explainChunk: (from: number, count: number) => Promise<void>): Promise<void> => {
      while (next < rows) {
        const from = next;
        next = Math.min(rows, from + CHUNK_ROWS);
        const count = next - from;
        await explainChunk(from, count);
        done += count;
        onProgress?.(done / rows);
      }
    };
    if (rows <= CHUNK_ROWS || this.#worthwhile() <= 1) {
      await work(async (from, count) => {
        this.#explainer.explain(values, from * columns, out, from * columns, count);
      });
    } else {
      const explainOn = (worker: ExplainWorker) =>
        work(async (from, count) => {
          const part = values.slice(from * columns, (from + count) * columns);
          out.set(await worker.ask({ values: part, rows: count }), from * columns);
        });
      await Promise.all(this.#startWorkers().map(explainOn));
    }
    return out;
  }

  async close(): Promise<void> {
    const workers = this.#workers;
    this.#workers = [];
    await Promise.all(workers.map((worker) => worker.stop()));
  }

  /** Threads that have as much to do, by what was asked so far, as their start takes. */
  #worthwhile(): number {
    return Math.min(this.#threads, Math.floor(this.#asked / this.#rowsOfStart));
  }

  #startWorkers(): readonly ExplainWorker[] {
    const threads = this.#worthwhile();
    while (this.#workers.length < threads) this.#workers.push(new ExplainWorker(this.#ensemble));
    return this.#workers;
  }
}

interface Waiting {
  readonly resolve: (answer: ExplainAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that answers requests in their order. */
class ExplainWorker {
  readonly #worker: Worker;
  #waiting: Waiting[] = [];
  #failure: Error | null = null;

  constructor(ensemble: TreeEnsemble) {
    this.#worker = new Worker(new URL('./explain-worker.ts', import.meta.url), { workerData: ensemble });
    this.#worker.on('message', (answer: ExplainAnswer) => this.#waiting.shift()?.resolve(answer));
    this.#worker.on('error', (cause) =>
      this.#fail(new Error('A thread that explains rows failed.', { cause })),
    );
    this.#worker.on('exit', (code) =>
      this.#fail(new Error(`A thread that explains rows ended, with exit code ${code}.`)),
    );
  }

  ask(request: ExplainRequest): Promise<ExplainAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#failure) return reject(this.#failure);
      this.#waiting.push({ resolve, reject });
      this.#worker.postMessage(request, [request.values.buffer]);
    });
  }

  async stop(): Promise<void> {
    await this.#worker.terminate();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    for (const { reject } of this.#waiting) reject(this.#failure);
    this.#waiting = [];
  }
}
