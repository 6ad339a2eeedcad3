/**
 * Runs each test as it is, and then once more with each mutant that it reaches and none before it has seen: all in one process, so that
 * a mutant costs what a test does. What comes out is appended to a file a line at a time (run.ts reads it): a mutant may end the process.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { type RunnerTestCase, TestRunner } from 'vitest';

/** What Stryker's instrumented code reads and counts. */
interface Switches {
  activeMutant?: string | undefined;
  hitCount?: number | undefined;
  hitLimit?: number;
  currentTestId?: string | undefined;
  mutantCoverage?: {
    readonly static: Record<string, number>;
    readonly perTest: Record<string, Record<string, number>>;
  };
}

/** A line of the file. */
export type Outcome =
  /** `by`: the test, or that the mutant did not come to an end. */
  | { readonly seen: string; readonly by: string }
  | { readonly unseen: string; readonly by: string }
  /** Mutants that a test reaches, and those that are reached as files are loaded and in hooks. */
  | { readonly reached: readonly string[]; readonly loaded: readonly string[] }
  /** A test that fails the second time: no mutant is tried against it. */
  | { readonly unrepeatable: string; readonly why: string };

const FILE = process.env.MUTANT_OUTCOMES!;
/** How often a mutant may be met, as a multiple of how often it is without it: more is a loop that does not end. */
const MOST_HITS = 10;
/** How long a test may take with a mutant. */
const LONGEST_MS = 20_000;

const coverage: NonNullable<Switches['mutantCoverage']> = { static: {}, perTest: {} };
/** Before any instrumented file is loaded. */
const switches: Switches = { mutantCoverage: coverage };
Object.assign(globalThis, { __stryker__: switches });
const before: readonly Outcome[] = existsSync(FILE)
  ? readFileSync(FILE, 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as Outcome)
  : [];
const seen = new Set(before.flatMap((one) => ('seen' in one ? [one.seen] : [])));
const tried = new Set(before.flatMap((one) => ('unseen' in one ? [`${one.unseen} ${one.by}`] : [])));
/** The mutant at work or -1, and how many were. */
const beat = new Int32Array(new SharedArrayBuffer(8)).fill(-1);
new Worker(new URL('./mutant-watch.ts', import.meta.url), { workerData: { beat, file: FILE } }).unref();
// What a property shrinks to is of no use here.
fc.configureGlobal({ ...fc.readConfigureGlobal(), endOnFailure: true });

export default class MutantRunner extends TestRunner {
  async runTask(test: RunnerTestCase): Promise<void> {
    const run = TestRunner.getTestFn(test) as () => Promise<void>;
    coverage.perTest.own = {};
    switches.currentTestId = 'own';
    try {
      await run();
    } finally {
      switches.currentTestId = undefined;
    }
    const hits = coverage.perTest.own;
    write({ reached: Object.keys(hits), loaded: Object.keys(coverage.static) });
    const by = `${test.file.name} > ${test.name}`;
    const left = Object.keys(hits).filter((id) => !seen.has(id) && !tried.has(`${id} ${by}`));
    if (left.length === 0) return;
    switches.currentTestId = 'again';
    const why = await failureOf(run);
    switches.currentTestId = undefined;
    if (why !== null) {
      write({ unrepeatable: by, why });
      return;
    }
    for (const id of left) {
      coverage.perTest.mutant = {};
      const hitLimit = hits[id]! * MOST_HITS;
      Object.assign(switches, { activeMutant: id, currentTestId: 'mutant', hitCount: 0, hitLimit });
      beat[1]!++;
      beat[0] = Number(id);
      const failure = await failureOf(run);
      beat[0] = -1;
      Object.assign(switches, { activeMutant: undefined, currentTestId: undefined, hitCount: undefined });
      if (failure !== null) seen.add(id);
      write(failure === null ? { unseen: id, by } : { seen: id, by });
    }
  }
}

function write(outcome: Outcome): void {
  appendFileSync(FILE, `${JSON.stringify(outcome)}\n`);
}

async function failureOf(run: () => Promise<void>): Promise<string | null> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('it takes too long')), LONGEST_MS);
  try {
    await Promise.race([Promise.resolve().then(run), late.promise]);
    return null;
  } catch (error) {
    return String(error);
  } finally {
    clearTimeout(timer);
  }
}
