import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { classifyError } from '../../lib/cli/user-facing-error.ts';
import { Session } from '../../lib/engine/session.ts';
import { InputError, UsageError } from '../../lib/errors.ts';

const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('what a person can put right is reported in words, not as a defect', () => {
  test.each<[string, () => Promise<unknown>, string]>([
    ['a folder that is not there', () => writeFile('/nowhere/x.svg', ''), '/nowhere/x.svg: there is no such'],
    ['a folder in place of a file', () => writeFile('test', ''), 'test: it is a folder, a file was expected'],
    [
      'a file in place of a folder',
      () => mkdir('package.json'),
      'package.json: a file of this name is there already',
    ],
    [
      'a path through a file',
      () => readFile('package.json/x'),
      'package.json/x: a part of the path is a file',
    ],
    ['a name too long', () => writeFile('x'.repeat(300), ''), 'the name is too long'],
  ])('%s', async (_, fail, message) => {
    const shown = classifyError(await failureOf(fail()));
    expect(shown.kind).toBe('input');
    expect(shown.message).toContain(message);
  });

  test('a disk that is full, of which Node names no path', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(classifyError(full)).toEqual({ kind: 'input', message: 'no space is left on the disk' });
  });

  test('a file that the database cannot write', async () => {
    const session = await Session.open({ threads: 1 });
    const failure = await failureOf(session.run("COPY (SELECT 1) TO '/nowhere/x.parquet'"));
    await session.close();
    expect(classifyError(failure).kind).toBe('input');
    expect(classifyError(failure).message).toMatch(/^Cannot open file "\/nowhere\/x.parquet"[^\n]*$/);
  });

  test('too little memory names the option that gives more', () => {
    const shown = classifyError(
      new Error('Out of Memory Error: failed to allocate 2 GB\n\nPossible solutions: …'),
    );
    expect(shown).toEqual({
      kind: 'input',
      message: 'this needs more than the memory limit; raise it with --memory (failed to allocate 2 GB)',
    });
  });
});

test('usage, input and defects are distinguished', () => {
  expect(classifyError(new UsageError('so not'))).toEqual({ kind: 'usage', message: 'so not' });
  expect(classifyError(new CommanderError(1, 'x', 'error: so neither\n(Did you mean so?)'))).toEqual({
    kind: 'usage',
    message: 'so neither; did you mean so?',
  });
  expect(classifyError(new InputError('row 3'))).toEqual({ kind: 'input', message: 'row 3' });
  const defect = {
    kind: 'defect',
    message: expect.stringContaining('a defect in Assay, not in your input: '),
  };
  expect(classifyError(new TypeError('x is undefined'))).toEqual(defect);
  expect(classifyError('thrown as a text')).toEqual(defect);
  expect(classifyError(Object.assign(new Error('refused'), { code: 'ECONNREFUSED', path: '/x' }))).toEqual(
    defect,
  );
});
