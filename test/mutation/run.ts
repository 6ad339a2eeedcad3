/**
 * Which mutants of a room its tests see: Stryker's mutants, tried in one process a test file, so that a room takes minutes. Prints
 * those that no test sees, and counts by file.
 *
 *     npm run mutants -- ROOM [--of FILE_OF_LIB…] [--tests TEST_FILE…]
 *
 * Left out, as Stryker's `ignoreStatic` does, are mutants that are only reached as a file is loaded or in hooks.
 */
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import type { Outcome } from './mutant-runner.ts';

type Mutant = Awaited<ReturnType<Instrumenter['instrument']>>['mutants'][number];

const ROOT = join(import.meta.dirname, '../..');
/** A copy of the repository whose code carries all mutants. */
const COPY = join(ROOT, '.mutation');
const OUTCOMES = join(COPY, 'outcomes.jsonl');

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { of: { type: 'string', multiple: true }, tests: { type: 'string', multiple: true } },
});
const [room] = positionals;
if (room === undefined) throw new Error('name a room: npm run mutants -- evaluation');
const files = values.of ?? globSync(`lib/${room}/**/*.ts`, { cwd: ROOT });
const tests =
  values.tests ?? globSync(`test/${room}/**/*.test.ts`, { cwd: ROOT, exclude: ['**/*.e2e.test.ts'] });

const mutants = await plant(files);
for (const test of tests.toSorted()) runTests(test);
report(mutants);

async function plant(names: readonly string[]): Promise<readonly Mutant[]> {
  rmSync(COPY, { recursive: true, force: true });
  mkdirSync(COPY);
  for (const name of readdirSync(ROOT)) {
    if (name === '.git' || name === '.mutation') continue;
    if (name === 'lib' || name === 'test' || name.endsWith('.ts') || name.endsWith('.json'))
      cpSync(join(ROOT, name), join(COPY, name), { recursive: true });
    else symlinkSync(join(ROOT, name), join(COPY, name));
  }
  const quiet = () => {};
  const isOff = () => false;
  const logger = {
    ...{ trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, fatal: quiet },
    ...{ isTraceEnabled: isOff, isDebugEnabled: isOff, isInfoEnabled: isOff },
    ...{ isWarnEnabled: isOff, isErrorEnabled: isOff, isFatalEnabled: isOff },
  };
  const planted = await new Instrumenter(logger).instrument(
    names.map((name) => ({ name, mutate: true, content: readFileSync(join(ROOT, name), 'utf8') })),
    { ignorers: [], plugins: null, excludedMutations: [] },
  );
  for (const { name, content } of planted.files) writeFileSync(join(COPY, name), content);
  writeFileSync(OUTCOMES, '');
  return planted.mutants;
}

/** A mutant that does not come to an end takes the process with it: then the file is run again, without it. */
function runTests(test: string): void {
  for (let known = countOutcomes(); ; known = countOutcomes()) {
    const { status } = spawnSync(
      process.execPath,
      [
        join(COPY, 'node_modules/vitest/vitest.mjs'),
        'run',
        '--passWithNoTests',
        '-c',
        'vitest.mutation.config.ts',
        test,
      ],
      {
        cwd: COPY,
        env: { ...process.env, MUTANT_OUTCOMES: OUTCOMES, MUTATION_TESTS: test.split('/')[1] },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    if (status === 0) return;
    const last = countOutcomes() > known ? readOutcomes().at(-1) : undefined;
    if (last === undefined || !('seen' in last)) throw new Error(`${test} fails without a mutant`);
  }
}

function countOutcomes(): number {
  return existsSync(OUTCOMES) ? readOutcomes().length : 0;
}

function readOutcomes(): Outcome[] {
  return readFileSync(OUTCOMES, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Outcome);
}

function report(all: readonly Mutant[]): void {
  const outcomes = readOutcomes();
  const seen = new Set(outcomes.flatMap((one) => ('seen' in one ? [one.seen] : [])));
  const reached = new Set(outcomes.flatMap((one) => ('reached' in one ? one.reached : [])));
  const loaded = new Set(outcomes.flatMap((one) => ('loaded' in one ? one.loaded : [])));
  const counted = all.filter(({ id }) => reached.has(id) || !loaded.has(id));
  for (const one of outcomes)
    if ('unrepeatable' in one) console.log(`not repeatable: ${one.unrepeatable}: ${one.why}`);
  const share = (of: readonly Mutant[]) => {
    const count = of.filter(({ id }) => seen.has(id)).length;
    return `${count} of ${of.length} (${((100 * count) / Math.max(1, of.length)).toFixed(1)} %)`;
  };
  for (const [file, own] of Map.groupBy(counted, ({ fileName }) => fileName)) {
    console.log(`${file}: ${share(own)}`);
    const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
    for (const { id, location, replacement } of own) {
      if (seen.has(id)) continue;
      const { start, end } = location;
      const to = start.line === end.line ? end.column : undefined;
      const code = lines[start.line]!.slice(start.column, to);
      console.log(
        `  ${start.line + 1}:${start.column + 1} ${reached.has(id) ? '' : '(not reached) '}${code}`,
      );
      console.log(`    as ${replacement.replace(/\s+/g, ' ').slice(0, 100)}`);
    }
  }
  console.log(`lib/${room}: ${share(counted)}`);
}
