/**
 * A thread that grows trees of a forest: takes the next tree that no one has taken until there is none, posts each tree, then what its
 * trees say of their out-of-bag rows.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { createTreeGrower } from './forest-tree.ts';
import type { WorkerMessage, WorkerTask } from './grow-in-threads.ts';

const { plan, nextTree } = workerData as WorkerTask;
const grower = createTreeGrower(plan);
const post = (message: WorkerMessage): void => parentPort!.postMessage(message);

for (let tree = Atomics.add(nextTree, 0, 1); tree < plan.trees; tree = Atomics.add(nextTree, 0, 1)) {
  post({ kind: 'tree', index: tree, tree: grower.grow(tree) });
}
post({ kind: 'done', outOfBag: grower.outOfBag });
