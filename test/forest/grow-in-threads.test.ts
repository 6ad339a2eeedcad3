/** Forests that are grown by worker threads: what becomes of failures, and how many threads start. */
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test, vi } from 'vitest';
import { completeForestOptions } from '../../lib/forest/train/forest-options.ts';
import { growInThreads } from '../../lib/forest/train/grow-in-threads.ts';
import { planForest, trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { bytesOf, drawSample } from './training-samples.ts';

const plan = { first: 0, trees: 2, binned: { rows: 1 } } as never;

test('a failing worker rejects with its error as the cause', async () => {
  const failing = new URL('data:text/javascript,throw new RangeError("no room")');
  const failure = await growInThreads(plan, 2, () => {}, failing).catch((error: Error) => error);
  expect(failure).toMatchObject({
    message: 'A thread that grows trees failed.',
    cause: { message: 'no room' },
  });
});

test('no worker outlives a failure', async () => {
  const source = `
    import { BroadcastChannel, workerData } from 'node:worker_threads';
    if (Atomics.add(workerData.nextTree, 0, 1) === 0) throw new Error('first');
    const channel = new BroadcastChannel('heartbeat');
    setInterval(() => channel.postMessage('alive'), 2);`;
  const channel = new BroadcastChannel('heartbeat');
  const beating = new URL(`data:text/javascript,${encodeURIComponent(source)}`);
  await expect(growInThreads(plan, 2, () => {}, beating)).rejects.toThrow('failed');
  const late: unknown[] = [];
  await new Promise((resolve) => setTimeout(resolve, 50));
  channel.onmessage = ({ data }) => late.push(data);
  await new Promise((resolve) => setTimeout(resolve, 150));
  channel.close();
  expect(late).toEqual([]);
});

test('a worker that ends before it is done rejects', async () => {
  const quitting = new URL('data:text/javascript,process.exit(3)');
  await expect(growInThreads(plan, 1, () => {}, quitting)).rejects.toThrow('ended early, with exit code 3');
});

test('an error of the listener stops the training and is what it rejects with', async () => {
  const stop = (): never => {
    throw new Error('stopped by the listener');
  };
  const data = drawSample(200, 5, 1);
  const whole = planForest(data, completeForestOptions({ seed: 1 }), { first: 0, count: 9 });
  await expect(growInThreads(whole, 2, stop)).rejects.toThrow('stopped by the listener');
  await expect(trainRandomForest(data, { seed: 1 }, stop)).rejects.toThrow('stopped by the listener');
});

test('threads are as many as there is work for: none where starting them takes longer than growing', async () => {
  const [small, large] = [drawSample(300, 5, 1), drawSample(14_000, 5, 1)];
  const count = vi.spyOn(Worker.prototype, 'terminate');
  onTestFinished(() => count.mockRestore());
  await trainRandomForest(small, { seed: 1, threads: 2, maxDepth: 2 });
  expect(count).not.toHaveBeenCalled();
  const inThreads = await trainRandomForest(large, { seed: 1, threads: 2, maxDepth: 2 });
  expect(count).toHaveBeenCalledTimes(2);
  const alone = await trainRandomForest(large, { seed: 1, threads: 1, maxDepth: 2 });
  expect(bytesOf(inThreads.ensemble)).toBe(bytesOf(alone.ensemble));
});
