/** How tests ended, from the JSON report of Vitest (`--reporter=json`). */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import type { CitedTest } from './mapping.ts';

const Report = z.object({
  /** Milliseconds since 1970. */
  startTime: z.number(),
  numTotalTests: z.number(),
  testResults: z.array(
    z.object({
      /** The file's path on the machine that ran it. */
      name: z.string(),
      assertionResults: z.array(
        z.object({ ancestorTitles: z.array(z.string()), title: z.string(), status: z.string() }),
      ),
    }),
  ),
});

export interface TestResults {
  /** ISO 8601. */
  readonly startedAt: string;
  readonly total: number;
  /** By the file's path with `/`, as the report has it. */
  readonly files: ReadonlyMap<string, readonly RanTest[]>;
}

export interface RanTest {
  readonly title: string;
  /** `passed`, `failed`, `skipped`, … as Vitest says it. */
  readonly status: string;
}

/** `name` is the report's, for messages. */
export function parseTestResults(text: string, name: string): TestResults {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${name} is not JSON; a report of vitest --reporter=json is expected`, { cause });
  }
  const parsed = Report.safeParse(value);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new InputError(
      `${name}: ${issue?.path.join('.') || 'it'}: ${issue?.message}; a report of vitest --reporter=json is expected`,
    );
  }
  const { startTime, numTotalTests, testResults } = parsed.data;
  const files = new Map<string, readonly RanTest[]>();
  for (const { name: path, assertionResults } of testResults) {
    const tests = assertionResults.map(({ ancestorTitles, title, status }) => ({
      title: [...ancestorTitles, title].join(' › '),
      status,
    }));
    const key = path.replaceAll('\\', '/');
    files.set(key, [...(files.get(key) ?? []), ...tests]);
  }
  return { startedAt: new Date(startTime).toISOString(), total: numTotalTests, files };
}

/** All that ran under the cited title: one test, or each case of a table. */
export function resultsOf({ files }: TestResults, { file, title }: CitedTest): RanTest[] {
  const pattern = patternOf(title);
  return [...files]
    .filter(([path]) => path === file || path.endsWith(`/${file}`))
    .flatMap(([, tests]) => tests.filter((test) => pattern.test(test.title)));
}

/** A title as the source has it: `%s`, `$name` and the like stand for what a case puts there. */
function patternOf(title: string): RegExp {
  const parts = title
    .split(/%[a-zA-Z#]|\$[\w.]+/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`, 'su');
}
