/**
 * `npm test`: the tests of the stack beside all others, on one local AWS. The stack's run one after another and wait much, so that
 * alone they leave a processor idle; the others are at a lower priority, as browsers and functions have times to keep to. With
 * arguments it is Vitest.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  addOutcomes,
  formatOutcome,
  OUTCOME_FILE,
  type TestOutcome,
} from './helpers/closing-line-reporter.ts';
import startLocalAws from './helpers/start-local-aws.ts';

const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const ALONGSIDE = ['template', 'unit', 'mocking', 'adapters', 'store'];
const STACK = ['stack', 'recorded'];

async function runAll(): Promise<number> {
  // An interrupt reaches the children too: this process ends what it started once they have ended.
  process.on('SIGINT', () => {});
  const folder = mkdtempSync(join(tmpdir(), 'assay-tests-'));
  const stop = await startLocalAws();
  // It is found by its file, as its kind matters to who deploys to it.
  const { AWS_ENDPOINT_URL: _, ...env } = process.env;
  const files = [join(folder, 'others.json'), join(folder, 'stack.json')] as const;
  try {
    const others = vitest(projects(ALONGSIDE), { ...env, [OUTCOME_FILE]: files[0] }, 'inherit');
    setPriority(others.pid!, constants.priority.PRIORITY_BELOW_NORMAL);
    const stack = vitest(projects(STACK), { ...env, [OUTCOME_FILE]: files[1] }, 'pipe');
    const written = collect(stack);
    const codes = [ended(others), ended(stack)];
    await codes[0];
    written.pass();
    await codes[1];
    process.stdout.write(`\n${formatOutcome(addOutcomes(files.map(readOutcome)))}\n`);
    return Math.max(...(await Promise.all(codes)));
  } finally {
    await stop?.();
    rmSync(folder, { recursive: true, force: true });
  }
}

function projects(names: readonly string[]): string[] {
  return names.flatMap((name) => ['--project', name]);
}

function vitest(args: readonly string[], env: NodeJS.ProcessEnv, output: 'inherit' | 'pipe'): ChildProcess {
  return spawn(process.execPath, [VITEST, 'run', ...args], { env, stdio: ['inherit', output, output] });
}

function ended(child: ChildProcess): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  child.once('error', reject).once('close', (code) => resolve(code ?? 1));
  return promise;
}

/** Holds a child's output back until `pass`, so that two do not mix; from then on it is written as it comes. */
function collect(child: ChildProcess): { pass(): void } {
  let held: Buffer[] | null = [];
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.on('data', (chunk: Buffer) => {
      if (held === null) process.stdout.write(chunk);
      else held.push(chunk);
    });
  }
  return {
    pass() {
      for (const chunk of held ?? []) process.stdout.write(chunk);
      held = null;
    },
  };
}

/** One that was not even begun is a failure. */
function readOutcome(file: string): TestOutcome {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as TestOutcome;
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [`no result in ${file}`] };
  }
}

const args = process.argv.slice(2);
process.exitCode = args.length > 0 ? await ended(vitest(args, process.env, 'inherit')) : await runAll();
