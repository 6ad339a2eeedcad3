import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAssayHere } from '../helpers/command-line.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-usage-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('bad usage is reported in one line with exit code 2', () => {
  test.each([
    [['scor'], "unknown command 'scor'; did you mean score?"],
    [
      ['score', '--domain', 'finance', '--dta', 'x', '--out', 'y'],
      'unknown option --dta; did you mean --data?',
    ],
    [['score', '--domain', 'finance', '--out', 'y'], "required option '--data <file...>' not specified"],
    [
      ['train', '--domain', 'finance', '--data', 'x', '--algorithm', 'tree'],
      'Allowed choices are forest, boosting',
    ],
    [
      ['train', '--domain', 'finance', '--data', 'x', '--seed', '1.5'],
      '--seed takes a whole number from 0 on, not "1.5"',
    ],
    [
      ['score', '--domain', 'finance', '--data', 'x', '--out', 'y', '--threshold', '2'],
      '--threshold takes a number from 0 to 1',
    ],
    [['report'], 'report takes either --run or --model'],
    [['verify', 'x', '--head', 'abc'], '--head takes a sha256 in hex'],
    [['verify'], "missing required argument 'run'"],
    [['verify', 'a', 'b'], 'too many arguments'],
  ])('%j', async (argv, message) => {
    const ran = await runAssayHere(...argv);
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr.trim().split('\n')).toHaveLength(1);
    expect(ran.stdout).toBe('');
  });

  test('no command at all shows the help', async () => {
    const ran = await runAssayHere();
    expect(ran.code).toBe(2);
    expect(ran.stderr).toContain('Examples:');
  });
});

describe('help', () => {
  test.each(['train', 'score', 'explain', 'report', 'verify', 'replay', 'features', 'import'])(
    '%s --help has an example',
    async (command) => {
      const ran = await runAssayHere(command, '--help');
      expect(ran.code).toBe(0);
      expect(ran.stdout).toContain(`$ assay ${command}`);
    },
  );
});

describe('an input that cannot be used is reported with exit code 1 and no stack', () => {
  test.each([
    [['train', '--domain', 'finnce', '--data', 'x'], 'did you mean "finance"?'],
    [['train', '--domain', 'finance', '--data', 'nowhere.csv'], 'nowhere.csv'],
    [
      ['score', '--domain', 'finance', '--model', 'nowhere', '--data', 'x', '--out', 'y'],
      'a model folder holds model.onnx and card.json',
    ],
    [['replay', '--run', 'nowhere', '--record', '1'], 'is not a finished run'],
    [['verify', 'nowhere.jsonl'], 'no such file'],
    [['domain', 'check', 'nowhere.yaml'], 'nowhere.yaml'],
  ])('%j', async (argv, message) => {
    const ran = await runAssayHere(...argv);
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(message);
    expect(ran.stderr).not.toMatch(/\n\s+at |defect/);
  });

  test('with --json the error is JSON', async () => {
    const ran = await runAssayHere('verify', 'nowhere.jsonl', '--json');
    expect(JSON.parse(ran.stderr)).toEqual({ error: expect.stringContaining('no such file') });
  });
});

describe('assay domain', () => {
  test('check finds the shipped packs sound', async () => {
    for (const name of ['finance', 'pharma'])
      expect((await runAssayHere('domain', 'check', name)).code).toBe(0);
  });

  test('init guesses a pack that check finds sound', async () => {
    const data = join(folder, 'loans.csv');
    const rows = Array.from(
      { length: 60 },
      (_, i) =>
        `L${i},C${i % 7},2025-03-${String((i % 28) + 1).padStart(2, '0')} 10:00:00,${100 + i}.50,${i % 9 === 0 ? 1 : 0}`,
    );
    await writeFile(data, `id,customer,opened,Amount (EUR),defaulted\n${rows.join('\n')}\n`);
    const pack = join(folder, 'loans.yaml');
    expect(
      (await runAssayHere('domain', 'init', '--data', data, '--out', pack, '--name', 'loans')).code,
    ).toBe(0);
    expect(await runAssayHere('domain', 'check', pack)).toMatchObject({ code: 0, stderr: '' });
  });
});
