/**
 * Grows the trees of a forest's plan by worker threads, and returns them in order with their out-of-bag sums. If a worker fails, or
 * the listener throws, all workers are stopped before the promise rejects.
 */
import { Worker } from 'node:worker_threads';
import type { OnProgress } from '../training-set.ts';
import type { ForestPlan, OutOfBagSums } from './forest-tree.ts';
import type { GrownTree } from './grow-tree.ts';

export interface WorkerTask {
  readonly plan: ForestPlan;
  /** One shared number: the next tree that no one has taken. */
  readonly nextTree: Int32Array;
}

export type WorkerMessage =
  | { readonly kind: 'tree'; readonly index: number; readonly tree: GrownTree }
  | { readonly kind: 'done'; readonly outOfBag: OutOfBagSums };

export interface GrownForest {
  readonly trees: readonly GrownTree[];
  readonly outOfBag: OutOfBagSums;
}

const GROW_WORKER = new URL('./grow-worker.ts', import.meta.url);

export async function growInThreads(
  plan: ForestPlan,
  threads: number,
  onProgress: OnProgress,
  entry = GROW_WORKER,
): Promise<GrownForest> {
  const rows = plan.binned.rows;
  const trees = new Array<GrownTree>(plan.trees - plan.first);
  const outOfBag = { sum: new Float64Array(rows), trees: new Int32Array(rows) };
  let grown = 0;
  const receive = (message: WorkerMessage): void => {
    if (message.kind === 'done') {
      addSums(outOfBag, message.outOfBag);
    } else {
      trees[message.index - plan.first] = message.tree;
      grown++;
      onProgress(grown / trees.length);
    }
  };
  const nextTree = new Int32Array(new SharedArrayBuffer(4)).fill(plan.first);
  const workerData: WorkerTask = { plan, nextTree };
  const workers = Array.from({ length: threads }, () => new Worker(entry, { workerData }));
  try {
    await Promise.all(workers.map((worker) => followWorker(worker, receive)));
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  return { trees, outOfBag };
}

/** Resolves when the worker has ended well, having said that it was done. */
function followWorker(worker: Worker, receive: (message: WorkerMessage) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let done = false;
    worker.on('message', (message: WorkerMessage) => {
      try {
        receive(message);
        done ||= message.kind === 'done';
      } catch (error) {
        reject(error);
      }
    });
    worker.on('error', (cause) => reject(new Error('A thread that grows trees failed.', { cause })));
    worker.on('exit', (code) => {
      if (done) resolve();
      else reject(new Error(`A thread that grows trees ended early, with exit code ${code}.`));
    });
  });
}

export function addSums(total: OutOfBagSums, part: OutOfBagSums): void {
  for (let row = 0; row < part.sum.length; row++) {
    total.sum[row]! += part.sum[row]!;
    total.trees[row]! += part.trees[row]!;
  }
}
