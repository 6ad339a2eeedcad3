/**
 * The order of the stack's tests. The local tables look through everything that they hold for each list of flags, so what lists the
 * most comes before what leaves thousands of them; and what finance and pharma drops are held against knows nothing of other tests'
 * drops of the same entities.
 */
import { globSync } from 'node:fs';
import { basename } from 'node:path';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** What is not named comes between the two. */
const FIRST = ['contract', 'console', 'drops'];
const LAST = ['api', 'watching', 'retraining'];

export class StackOrder extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const names = new Set(globSync('test/e2e/*.e2e.test.ts').map((path) => basename(path, '.e2e.test.ts')));
    const gone = [...FIRST, ...LAST].filter((name) => !names.has(name));
    if (gone.length > 0) throw new Error(`the order of the stack's tests names no file: ${gone.join(', ')}`);
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ project, moduleId }: TestSpecification): number {
  if (project.name !== 'stack') return 0;
  const name = basename(moduleId, '.e2e.test.ts');
  const first = FIRST.indexOf(name);
  return first >= 0 ? first - FIRST.length : LAST.indexOf(name) + 1;
}
