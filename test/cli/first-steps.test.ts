/** What a new user does first, and does wrong first. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAssay } from '../helpers/command-line.ts';

let folder: string;
let data: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-first-'));
  data = join(folder, 'städte.csv');
  const rows = Array.from({ length: 40 }, (_, i) => `${i},${i % 2 === 0 ? 'Köln' : 'Łódź'},${i % 3}`);
  await writeFile(data, `id,city,late\n${rows.join('\n')}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('help is found where it is looked for', () => {
  test.each([
    [['help'], 'Usage: assay [options] [command]'],
    [['help', 'score'], 'Usage: assay score [options]'],
  ])('%j', async (argv, start) => {
    const ran = await runAssay(...argv);
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(ran.stdout).toContain(start);
  });

  test('a mistyped subcommand is named before the options that it would have', async () => {
    const ran = await runAssay('domain', 'inti', '--data', 'x');
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).toContain("unknown command 'inti'; did you mean init?");
  });
});

describe('what cannot be written is detected by its path, with exit code 1 and no stack', () => {
  test.each([
    ['domain', 'init', '--out', '/nowhere/pack.yaml'],
    ['train', '--domain', 'finance', '--out', '/dev/null/model'],
    ['score', '--domain', 'finance', '--out', '/dev/null/run'],
  ])('assay %s %s %s %s', async (...argv) => {
    const ran = await runAssay(...argv, '--data', data);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(/^assay: \/(nowhere|dev\/null)\/\S+: /m);
    expect(ran.stderr).not.toMatch(/defect|reading records|\n\s+at /);
  });
});

describe('assay domain init', () => {
  test('never overwrites a pack, which may have been worked on', async () => {
    const pack = join(folder, 'worked-on.yaml');
    await writeFile(pack, '# mine\n');
    const ran = await runAssay('domain', 'init', '--data', data, '--out', pack);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(`${pack}: a file of this name is there already, and is not overwritten`);
    expect(await readFile(pack, 'utf8')).toBe('# mine\n');
  });

  test('reads by the encoding and the delimiter that it is given', async () => {
    const odd = join(folder, 'odd.csv');
    await writeFile(odd, Buffer.from('nr^\xe7a\n1^x\n2^y\n', 'latin1'));
    const ran = await runAssay('domain', 'init', '--data', odd, '--encoding', 'latin2', '--delimiter', '^');
    expect(ran.stdout).toContain('ça');
    expect(ran.stdout).toContain('nr:');
  });
});

test('a file of something else given as a pack is not printed whole', async () => {
  const ran = await runAssay('domain', 'check', data);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain('expected keys: domain, version');
  expect(ran.stderr.split('\n')[0]!.length).toBeLessThan(400);
});

test('a file of another shipped domain is met with the name of that domain', async () => {
  const out = join(folder, 'other-domain');
  const ran = await runAssay(
    'score',
    '--domain',
    'pharma',
    '--data',
    'samples/finance/new.csv',
    '--out',
    out,
  );
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(
    'samples/finance/new.csv: 16 of its 16 columns are those of the domain "finance", 1 those of "pharma": is it --domain finance?',
  );
});
