/**
 * A drop of any size, stage by stage as the stack runs it: each call of a function in a process of its own, with the memory that the
 * function is given there, its objects brought from a folder that stands for the buckets and put back. Prints, for each stage, what
 * its slowest and its largest call took, the CPU of all its calls together, and what a function may take; fails where a call took
 * more. Calls follow each other, so that each is measured by itself.
 *
 *     node test/bench/large-drop.ts --file 1m.csv [--domain finance] [--records-per-part 250000] [--threads 1]
 *
 * `node samples/generate.ts --domain finance --records 1000000 --seed 7 --out 1m.csv` makes such a file. --threads: of each call,
 * instead of as many as the function has. --folder keeps what is made there, and goes on from what is there.
 */
import { existsSync } from 'node:fs';
import { link, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { DropRef, PlannedDrop } from '../../lib/drops/flow.ts';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { FolderStore } from '../helpers/folder-store.ts';
import type { DropCall, DropTask } from './drop-call.ts';
import { inWords, isOver, type Line, loadNow, measureCall, TABLE_HEAD, type Taken } from './measured-call.ts';

const { values } = parseArgs({
  options: {
    file: { type: 'string' },
    domain: { type: 'string', default: 'finance' },
    'records-per-part': { type: 'string', default: '250000' },
    threads: { type: 'string' },
    folder: { type: 'string' },
  },
});
if (values.file === undefined) throw new Error('--file: expected the path of a CSV file');
const file = resolve(values.file);
const CALL = fileURLToPath(new URL('drop-call.ts', import.meta.url));
const RATES = fileURLToPath(new URL('../../samples/finance/rates.csv', import.meta.url));
const root = values.folder ?? (await mkdtemp(join(tmpdir(), 'assay-large-drop-')));
try {
  await measure();
} finally {
  if (values.folder === undefined) await rm(root, { recursive: true, force: true });
}

async function measure(): Promise<void> {
  const began = await loadNow();
  const drop = await deliver();
  const lines: Line[] = [];
  const run = async (...calls: readonly DropCall[]): Promise<Taken<unknown>> => {
    const taken: Taken<unknown>[] = [];
    for (const call of calls) taken.push(await measureStage(drop, call));
    const line = { step: calls[0]!.stage, calls: taken };
    lines.push(line);
    process.stderr.write(`${inRow(line)}\n`);
    return taken.at(-1)!;
  };
  const flow = (await run({ stage: 'plan' })).outcome as PlannedDrop;
  await run(...flow.ranges.map((range) => ({ stage: 'intake', range }) as const));
  await run(...flow.partitions.map((partition) => ({ stage: 'identify', partition }) as const));
  if (flow.windows.length > 0)
    await run(...flow.windows.map((window) => ({ stage: 'windows', window }) as const));
  await run(...flow.partitions.map((partition) => ({ stage: 'score', partition }) as const));
  await run({ stage: 'assemble' });
  const { outcome } = await run({ stage: 'finish' });
  print([
    `${JSON.stringify(outcome)}`,
    `${cpus().length} × ${cpus()[0]!.model.trim()}, load ${began} at the beginning and ${await loadNow()} at the end.`,
    '',
    `${TABLE_HEAD[0]} CPU of all |`,
    `${TABLE_HEAD[1]} --- |`,
    ...lines.map(inRow),
  ]);
  const over = lines.filter((line) => isOver(line, FUNCTION_PLANS[line.step as DropCall['stage']]));
  if (over.length === 0) return;
  print([`More than the function has: ${over.map(({ step }) => step).join(', ')}.`]);
  process.exitCode = 1;
}

/** The file as an object, and the rates of exchange that amounts are converted by. */
async function deliver(): Promise<DropRef> {
  const key = `drops/${values.domain}/${basename(file)}`;
  const object = join(root, 'drops', key);
  await mkdir(join(root, 'drops', 'drops', values.domain), { recursive: true });
  for (const name of ['data', 'audit', 'artifacts']) await mkdir(join(root, name), { recursive: true });
  if (!existsSync(object)) await link(file, object);
  const rates = new StoredRates(new FolderStore(join(root, 'artifacts')));
  if (values.domain === 'finance') await rates.save('finance', await readFile(RATES, 'utf8'), 'rates.csv');
  return {
    ...{ id: 'd-0', domain: values.domain, bucket: 'drops', key, version: 'v' },
    ...{ bytes: (await stat(file)).size, receivedAt: '2026-01-02T03:04:05.000Z' },
  };
}

async function measureStage(drop: DropRef, call: DropCall): Promise<Taken<unknown>> {
  const scratch = await mkdtemp(join(root, 'tmp-'));
  const task: DropTask = {
    ...{ folder: root, drop, call, recordsPerPart: Number(values['records-per-part']) },
    threads: values.threads === undefined ? null : Number(values.threads),
  };
  try {
    const path = join(root, 'task.json');
    await writeFile(path, JSON.stringify(task));
    return await measureCall(CALL, path, scratch, FUNCTION_PLANS[call.stage].memoryMb);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function inRow(line: Line): string {
  const cpu = line.calls.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0);
  return `${inWords(line)} ${Math.round(cpu).toLocaleString('en-US')} |`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
