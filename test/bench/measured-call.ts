/** Calls of functions as they run in the stack, each in a process of its own, and what they took beside what a function may take. */
import { spawn } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FunctionPlan } from '../../lib/stack/function-plan.ts';
import { FolderStore } from '../helpers/folder-store.ts';

/** What a call says of itself. */
export interface CallTaken<Outcome> {
  readonly outcome: Outcome;
  readonly bytesIn: number;
  readonly bytesOut: number;
  /** Of all threads, in user and in system mode. */
  readonly cpuSeconds: number;
  readonly peakMb: number;
}

export type Taken<Outcome> = CallTaken<Outcome> & { readonly seconds: number; readonly diskMb: number };

/** A folder as a bucket that counts what comes from it and goes to it. */
export class CountingStore extends FolderStore {
  bytesIn = 0;
  bytesOut = 0;

  override async download(...[key, path, range]: Parameters<FolderStore['download']>): Promise<void> {
    await super.download(key, path, range);
    this.bytesIn += (await stat(path)).size;
  }

  override async upload(path: string, key: string): Promise<void> {
    await super.upload(path, key);
    this.bytesOut += (await stat(path)).size;
  }
}

/** Prints what this process took, for `measureCall`. */
export function printTaken(outcome: unknown, stores: readonly CountingStore[]): void {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const taken: CallTaken<unknown> = {
    outcome,
    bytesIn: stores.reduce((sum, { bytesIn }) => sum + bytesIn, 0),
    bytesOut: stores.reduce((sum, { bytesOut }) => sum + bytesOut, 0),
    cpuSeconds: (userCPUTime + systemCPUTime) / 1e6,
    peakMb: maxRSS / 1024,
  };
  process.stdout.write(JSON.stringify(taken));
}

const DISK_EVERY_MS = 200;

/**
 * Runs `script` with the path of its task, which prints a CallTaken. Its temporary files are in `scratch`. The heap is as large as
 * Node makes it by itself where there is as much memory as the function has.
 */
export async function measureCall<Outcome>(
  script: string,
  task: string,
  scratch: string,
  memoryMb: number,
): Promise<Taken<Outcome>> {
  const began = performance.now();
  const child = spawn(process.execPath, [`--max-old-space-size=${Math.floor(memoryMb / 2)}`, script, task], {
    env: { ...process.env, TMPDIR: scratch, AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let diskMb = 0;
  const watching = setInterval(async () => {
    diskMb = Math.max(diskMb, await megabytesIn(scratch));
  }, DISK_EVERY_MS);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise((resolve, reject) => child.on('close', resolve).on('error', reject));
  clearInterval(watching);
  if (code !== 0) throw new Error(`the process of ${task} ended with ${code}`);
  const seconds = (performance.now() - began) / 1000;
  return { ...(JSON.parse(text) as CallTaken<Outcome>), seconds, diskMb };
}

async function megabytesIn(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await Promise.all(
    // Gone since it was listed: nothing.
    entries.map(({ parentPath, name }) =>
      stat(join(parentPath, name)).then(
        (found) => (found.isFile() ? found.blocks * 512 : 0),
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1e6;
}

/** The calls of one step. */
export interface Line {
  readonly step: string;
  readonly calls: readonly Taken<unknown>[];
}

export const TABLE_HEAD: readonly string[] = [
  '| step | calls | seconds | of CPU | memory, MB | disk, MB | in, MB | out, MB |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];

/** Of each figure the largest of the step's calls, as a row of a table. */
export function inWords({ step, calls }: Line): string {
  const most = (pick: (taken: Taken<unknown>) => number) =>
    calls.reduce((top, taken) => Math.max(top, pick(taken)), 0);
  const whole = (number: number) => Math.round(number).toLocaleString('en-US');
  const figures = [
    ...[most(({ seconds }) => seconds), most(({ cpuSeconds }) => cpuSeconds), most(({ peakMb }) => peakMb)],
    ...[
      most(({ diskMb }) => diskMb),
      most(({ bytesIn }) => bytesIn / 1e6),
      most(({ bytesOut }) => bytesOut / 1e6),
    ],
  ];
  return `| ${[step, calls.length, ...figures.map(whole)].join(' | ')} |`;
}

/** Whether any call took more time, memory or disk than the function has. */
export function isOver({ calls }: Line, { memoryMb, timeout, ephemeralStorage }: FunctionPlan): boolean {
  return calls.some(
    ({ seconds, peakMb, diskMb }) =>
      seconds > timeout.toSeconds() || peakMb > memoryMb || diskMb > ephemeralStorage.toMebibytes(),
  );
}

/** The load averages of the machine. */
export async function loadNow(): Promise<string> {
  return (await readFile('/proc/loadavg', 'utf8')).split(' ').slice(0, 3).join(' ');
}
