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
  /** Rows from which on threads are worth their start. */
  readonly #rowsAlone: number;
  #asked = 0;
  #workers: ExplainWorker[] = [];

  private constructor(ensemble: TreeEnsemble, threads: number, workOfStart: number) {
    this.#ensemble = ensemble;
    this.#explainer = createExplainer(ensemble);
    this.#threads = threads;
    this.#rowsAlone = Math.max(CHUNK_ROWS, (workOfStart * threads) / ensemble.feature.length);
    this.base = this.#explainer.base;
    this.link = ensemble.link;
  }

  /** Threads start once as much has been asked as makes up for it; `threads` 1 works in this one. */
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
    if (this.#threads <= 1 || rows <= CHUNK_ROWS || this.#asked <= this.#rowsAlone) {
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

  #startWorkers(): readonly ExplainWorker[] {
    while (this.#workers.length < this.#threads) this.#workers.push(new ExplainWorker(this.#ensemble));
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
