/**
 * A retraining of any size, step by step as the stack runs it: each call of the function in a process of its own, on the threads and with
 * the memory that the function is given there, its files brought from a folder that stands for the bucket and put back. Prints, for
 * each step, what its slowest and its largest call took, and what the function may take; fails where a call took more.
 *
 *     node test/bench/large-retraining.ts [--records 1000000] [--inputs 40] [--algorithms forest,boosting] [--candidates 3,10]
 *
 * --candidates: of the search over settings, the numbers of those that are fitted too, without one fold: a task each of the
 * step `tune`. --unlabelled-drops: how many of the ten drops come without labels, which a labels file and reviews have instead.
 * --folder keeps what is made there.
 */
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { StepInput, StepOutcome } from '../../lib/retraining/flow.ts';
import type { ComputingStep } from '../../lib/retraining/run-step.ts';
import { FUNCTION_PLANS } from '../../lib/stack/function-plan.ts';
import { candidatesFor } from '../../lib/training/train-model.ts';
import {
  ALL_RECEIVED,
  DOMAIN,
  type LargeDomain,
  largePack,
  makeLargeDomain,
  SOME_RECEIVED,
} from './large-domain.ts';
import {
  type Taken as CallTaken,
  inWords,
  isOver,
  type Line,
  loadNow,
  measureCall,
  TABLE_HEAD,
} from './measured-call.ts';
import type { StepTask } from './retraining-step.ts';

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    inputs: { type: 'string', default: '40' },
    algorithms: { type: 'string', default: 'forest,boosting' },
    candidates: { type: 'string', default: '' },
    'unlabelled-drops': { type: 'string', default: '1' },
    folder: { type: 'string' },
  },
});
const PLAN = FUNCTION_PLANS.retrain;
const { memoryMb, timeout, ephemeralStorage, settings } = PLAN;
const STEP = fileURLToPath(new URL('retraining-step.ts', import.meta.url));

type Taken = CallTaken<StepOutcome>;
type ComputingInput = Extract<StepInput, { readonly step: ComputingStep }>;
type Request = ComputingInput['retraining']['request'];

const root = values.folder ?? (await mkdtemp(join(tmpdir(), 'assay-large-')));
const bucket = join(root, 'bucket');
const pack = largePack(Number(values.inputs));
try {
  await mkdir(root, { recursive: true });
  const unlabelled = Number(values['unlabelled-drops']);
  const domain = await makeLargeDomain(join(root, 'drops'), Number(values.records), unlabelled);
  await measure(domain);
} finally {
  if (values.folder === undefined) await rm(root, { recursive: true, force: true });
}

async function measure(domain: LargeDomain): Promise<void> {
  const began = await loadNow();
  const first = { ...domain, drops: domain.drops.filter(({ receivedAt }) => receivedAt <= SOME_RECEIVED) };
  await retrain('champion', first, requestOf('forest'), null);
  const champion = join(bucket, prefixOf('champion'), 'model');
  const [algorithm, ...others] = values.algorithms.split(',') as ('forest' | 'boosting')[];
  const tables = [await retrain(algorithm!, domain, requestOf(algorithm!), champion)];
  for (const other of others) {
    await share(algorithm!, other);
    tables.push(await retrain(other, domain, requestOf(other), champion, ['snapshot', 'prepare']));
  }
  const tuned: Line[] = [];
  for (const candidate of values.candidates.split(',').filter((text) => text !== '')) {
    tuned.push(await tune(algorithm!, domain, Number(candidate)));
  }
  const lines = [...tables, tuned].flat();
  print([
    `${Number(values.records).toLocaleString('en-US')} records × ${values.inputs} inputs; ${await describeSplit(algorithm!)}.`,
    `${cpus().length} × ${cpus()[0]!.model.trim()}, load ${began} at the beginning and ${await loadNow()} at the end.`,
    `A call may take ${timeout.toSeconds()} s, ${memoryMb} MB of memory, ${ephemeralStorage.toMebibytes()} MB of disk.`,
    '',
    ...TABLE_HEAD,
    ...lines.map(inWords),
  ]);
  const over = lines.filter((line) => isOver(line, PLAN)).map(({ step }) => step);
  if (over.length === 0) return;
  print([`More than the function has: ${over.join(', ')}.`]);
  process.exitCode = 1;
}

function requestOf(algorithm: 'forest' | 'boosting'): Request {
  return { domain: DOMAIN, startedBy: 'bench', tune: false, algorithm };
}

/** All steps, one call after the other; `done`: those whose files are there. */
async function retrain(
  id: string,
  domain: LargeDomain,
  request: Request,
  champion: string | null,
  done: readonly ComputingStep[] = [],
): Promise<Line[]> {
  const lines: Line[] = [];
  const retraining = { id, startedAt: ALL_RECEIVED, request };
  const call = async (...inputs: readonly ComputingInput[]): Promise<Taken> => {
    const calls: Taken[] = [];
    for (const input of inputs) calls.push(await callStep(id, input, domain, champion));
    lines.push({ step: `${id}: ${inputs[0]!.step}`, calls });
    return calls[0]!;
  };
  let tasks = [0, 1, 2, 3].map((fold) => ({ candidate: 0, fold }));
  if (!done.includes('snapshot')) await call({ retraining, step: 'snapshot' });
  if (!done.includes('prepare')) {
    tasks = [...(await call({ retraining, step: 'prepare' })).outcome.tasks!];
  }
  await call(...tasks.map((task) => ({ retraining, step: 'tune', task }) as const));
  const { groups } = (await call({ retraining, step: 'choose' })).outcome;
  await call(...groups!.map((group) => ({ retraining, step: 'train', group }) as const));
  await call({ retraining, step: 'assemble' });
  await call({ retraining, step: 'compare' });
  return lines;
}

/** One candidate of the search, without the first fold. */
async function tune(id: string, domain: LargeDomain, candidate: number): Promise<Line> {
  const request = { domain: DOMAIN, startedBy: 'bench', tune: true };
  const retraining = { id, startedAt: ALL_RECEIVED, request };
  const task = { candidate, fold: 0 };
  const { algorithm, hyperParameters } = candidatesFor({ algorithm: null, tune: true })[candidate]!;
  const { trees, maxDepth, maxFeatures } = hyperParameters;
  const of = maxFeatures === undefined ? '' : `, ${maxFeatures} of the inputs a split`;
  return {
    step: `tune: candidate ${candidate}, ${algorithm}, ${trees} trees of depth ${maxDepth}${of}`,
    calls: [await callStep(id, { retraining, step: 'tune', task }, domain, null)],
  };
}

function prefixOf(id: string): string {
  return `work/retraining/${id}/`;
}

/** What the first retraining prepared is what the other would prepare. */
async function share(from: string, to: string): Promise<void> {
  const [source, target] = [join(bucket, prefixOf(from)), join(bucket, prefixOf(to))];
  const own = ['tuning', 'trees', 'model', 'chosen.json', 'gate.json'].map((name) => join(source, name));
  await cp(source, target, { recursive: true, filter: (path) => !own.includes(path) });
}

async function callStep(
  id: string,
  input: ComputingInput,
  domain: LargeDomain,
  champion: string | null,
): Promise<Taken> {
  const scratch = await mkdtemp(join(root, 'tmp-'));
  const treeGroups = Number(settings!.ASSAY_TREE_GROUPS);
  const task: StepTask = { input, bucket, prefix: prefixOf(id), pack, domain, champion, treeGroups };
  try {
    await writeFile(join(root, 'task.json'), JSON.stringify(task));
    const taken = await measureCall<StepOutcome>(STEP, join(root, 'task.json'), scratch, memoryMb);
    process.stderr.write(`${inWords({ step: `${id}: ${input.step}`, calls: [taken] })}\n`);
    if (taken.outcome.end !== undefined) throw new Error(taken.outcome.end.reason);
    return taken;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function describeSplit(id: string): Promise<string> {
  const card = JSON.parse(await readFile(join(bucket, prefixOf(id), 'model', 'card.json'), 'utf8'));
  const { train, heldOut, unused } = card.split as Record<string, number>;
  const number = (value: number | undefined) => value!.toLocaleString('en-US');
  return `${number(train)} are trained on, ${number(heldOut)} held out, ${number(unused)} in neither; model inputs ${card.fitted.inputs.length}`;
}

function print(lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
