/** Two drops scored with keys, an account of them erased: what can still be read, verified and replayed, on the command line. */
import { execFileSync } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { caseIdOf } from '../../lib/cases/case.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { findReadable } from './readable-bytes.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples', 'finance');
/** An account with flags and rule hits, and one that stays. */
const subject = 'AC000381';
const other = 'AC000235';
const CUT = 80;
let folder: string;
let keys: string;
let runs: string[];
/** The delivered files: they hold the account, so the search must find it there. */
let delivered: string;
/** True values of the subject's, and of the other's: id, name, record ids. */
let own: string[];
let others: string[];
/** A flag of the subject, and the run that it stands in. */
let flaggedRecord: string;
let flaggedRun: string;
let replayed: string;
let otherRecord: string;
let otherReplayed: string;

const flagsOf = (...more: string[]) => ['--subject-keys', keys, '--quiet', ...more];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-erasure-'));
  keys = join(folder, 'keys');
  delivered = join(folder, 'delivered');
  const text = await readFile(join(samples, 'new.csv'), 'utf8');
  const [header = '', ...all] = text.trimEnd().split('\n');
  const at = (line: string, name: string) => line.split(',')[header.split(',').indexOf(name)]!;
  const plain = all.filter(
    (line) => line.split(',').length === header.split(',').length && !line.includes('"'),
  );
  const lines = plain.filter((line, n) => n < 160 || [subject, other].includes(at(line, 'account_id')));
  const valuesOf = (id: string) => {
    const mine = lines.filter((line) => at(line, 'account_id') === id);
    return [id, ...new Set(mine.flatMap((line) => [at(line, 'customer_name'), at(line, 'transaction_id')]))];
  };
  own = valuesOf(subject);
  others = valuesOf(other);
  // Lines that are rejected: of the subject, by type; and of no one, with its name where the amount should be.
  const mine = lines.find((line) => at(line, 'account_id') === subject)!;
  const bad = mine.replace(/^[^,]*/, 'T-BAD-1').replace(`,${at(mine, 'amount')},`, `,${own[1]},`);
  const shifted = mine.replace(/^[^,]*,/, 'T-BAD-2,,');
  const repeated = lines.find((line) => at(line, 'account_id') === other)!;
  otherRecord = at(repeated, 'transaction_id');
  expect(lines.indexOf(repeated)).toBeGreaterThanOrEqual(CUT);
  own.push('T-BAD-1', 'T-BAD-2');
  await writeFolder(delivered, {
    [`${subject}.csv`]: [header, ...lines.slice(0, CUT), bad, repeated, repeated],
    'second.csv': [header, ...lines.slice(CUT), shifted],
  });
  await created('--no-retention');
  runs = [];
  for (const name of [`${subject}.csv`, 'second.csv']) {
    const run = join(folder, `run-${runs.length + 1}`);
    const data = ['--data', join(delivered, name), '--rates', join(samples, 'rates.csv')];
    expect(
      await runAssayHere('score', '--domain', 'finance', ...data, '--out', run, ...flagsOf()),
    ).toMatchObject({
      code: 0,
    });
    runs.push(run);
  }
  const out = join(folder, 'exported');
  await runAssayHere('subject', subject, '--run', ...runs, '--out', out, ...flagsOf());
  const { found } = JSON.parse(await readFile(join(out, 'subject.json'), 'utf8')) as {
    found: Record<string, Record<string, unknown>[]>;
  };
  const [flag] = found.explanations!;
  flaggedRecord = String(flag!.record_id);
  flaggedRun = String(flag!.source);
  expect(own).toEqual(expect.arrayContaining([flaggedRecord]));
  // One of a subject without a record so far, and one of no readable subject: both name it.
  expect(found.rejects).toMatchObject(
    ['T-BAD-1,', 'T-BAD-2,,'].map((text) => ({ text: expect.stringContaining(text) })),
  );
  expect(new Set(found.records!.map(({ customer_name }) => customer_name))).toEqual(new Set([own[1]]));
  await rm(out, { recursive: true });
  replayed = (await replay(flaggedRecord, '--subject-keys', keys)).stdout;
  otherReplayed = (await replayOther()).stdout;
  expect(otherReplayed).toContain(`identical: the decision on ${otherRecord}`);
  await cp(keys, join(folder, 'copy'), { recursive: true });
}, 240_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeFolder(path: string, files: Record<string, string[]>): Promise<void> {
  await mkdir(path);
  for (const [name, content] of Object.entries(files))
    await writeFile(join(path, name), `${content.join('\n')}\n`);
}

const created = (...retention: string[]) =>
  runAssayHere(
    'subject-keys',
    'create',
    '--domain',
    'finance',
    '--out',
    keys,
    ...retention,
    '--by',
    'B. Amt',
  );
const replay = (record: string, ...more: string[]) =>
  runAssayHere('replay', '--run', flaggedRun, '--record', record, ...more);
const replayOther = () =>
  runAssayHere('replay', '--run', runs[1]!, '--record', otherRecord, '--subject-keys', keys);
const erase = (id: string, ...more: string[]) =>
  runAssayHere(
    ...['erase', '--subject', id, '--subject-keys', keys, '--basis', 'request 7', '--by', 'B. Amt', ...more],
  );

const actsOf = async () =>
  (await readFile(join(keys, 'acts', '000000000000.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; subject: string; data: Record<string, unknown> });

describe('before an erasure', () => {
  test('no run holds an id, a name or a record id that can be read, and the same search finds each in the delivered files', async () => {
    expect(await findReadable(runs, [...own, ...others])).toEqual([]);
    const there = await findReadable([delivered], [...own, ...others]);
    expect(new Set(there.map(({ text }) => text))).toEqual(new Set([...own, ...others]));
  });

  test('reasons of rejects quote no value, and their texts come back by the keys', async () => {
    const rejects = await readFile(join(runs[0]!, 'rejects.csv'), 'utf8');
    expect(rejects).toContain('expected decimal(18,2), found a value of');
    expect(rejects).toMatch(/this record id was already on line \d+ of file_[0-9a-f]{32}/);
    const out = join(folder, 'rejects.csv');
    const from = join(runs[0]!, 'rejects.csv');
    await runAssayHere('reveal', from, '--run', runs[0]!, '--subject-keys', keys, '--out', out);
    expect(await readFile(out, 'utf8')).toContain(`T-BAD-1,`);
    await rm(out);
  });

  test('flags are shown to who has the keys with true ids and names', async () => {
    const out = join(folder, 'flags.csv');
    const from = join(flaggedRun, 'flagged_risks.csv');
    await runAssayHere('reveal', from, '--run', flaggedRun, '--subject-keys', keys, '--out', out);
    const row = (await readFile(out, 'utf8'))
      .split('\n')
      .find((line) => line.startsWith(`${flaggedRecord},`));
    expect(row).toContain(`,${subject},${own[1]},`);
    // As over a file that others can read, or one of the run.
    expect(
      await runAssayHere('reveal', from, '--run', flaggedRun, '--subject-keys', keys, '--out', from),
    ).toMatchObject({ code: 1, stderr: expect.stringContaining('is not overwritten') });
    expect((await runAssayHere('verify', flaggedRun)).code).toBe(0);
    await rm(out);
  });

  test('a record is found by its true id with the keys, and only by its keyed id without', async () => {
    expect(replayed).toContain(`identical: the decision on ${flaggedRecord}`);
    expect(await replay(flaggedRecord)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('--subject-keys'),
    });
    const none = await replay('T-NONE', '--subject-keys', keys);
    expect(none).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('these keys find no record "T-NONE"'),
    });
    const explained = await runAssayHere(
      ...['explain', '--run', flaggedRun, '--record', flaggedRecord, '--subject-keys', keys],
    );
    expect(explained.stdout).toContain(flaggedRecord);
    const bare = await runAssayHere(
      'subject',
      subject,
      '--run',
      runs[1]!,
      '--out',
      join(folder, 'x'),
      '--quiet',
    );
    expect(bare).toMatchObject({ code: 1, stderr: expect.stringContaining('--subject-keys') });
  });

  test('the scores are those of a run without keys, and the same keys give the same bytes again', async () => {
    const data = ['--data', join(delivered, 'second.csv'), '--rates', join(samples, 'rates.csv'), '--quiet'];
    const plain = join(folder, 'plain');
    const again = join(folder, 'again');
    await runAssayHere('score', '--domain', 'finance', ...data, '--out', plain);
    await runAssayHere('score', '--domain', 'finance', ...data, '--out', again, '--subject-keys', keys);
    expect(await scoresOf(again)).toEqual(await scoresOf(plain));
    const files = (await readdir(runs[1]!)).filter(
      (name) => !['model', 'seal.json', 'summary.json'].includes(name),
    );
    expect(files).toContain('records.parquet');
    for (const name of files)
      expect(await readFile(join(again, name))).toEqual(await readFile(join(runs[1]!, name)));
    for (const run of [plain, again]) await rm(run, { recursive: true });
  });
});

/** In order of input. */
async function scoresOf(run: string): Promise<unknown[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = await connection.runAndReadAll(`SELECT score, flagged FROM '${run}/decisions.parquet'`);
  return reader.getRows();
}

describe('an erasure is refused', () => {
  test.each([
    ['a subject', ['--subject', subject]],
    ['its case', ['--case', caseIdOf('finance', subject, '')]],
    ['a period', ['--from', '2025-05-01', '--to', '2025-05-31']],
    ['a period without an end', ['--from', '2025-05-02']],
  ])('while a hold on %s stands, and both are on record without the subject', async (_, held) => {
    const added = await runAssayHere(
      ...['hold', 'add', '--subject-keys', keys, ...held, '--basis', 'order 12 O 7', '--by', 'C', '--json'],
    );
    const { id } = JSON.parse(added.stdout) as { id: string };
    const refused = await erase(subject);
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining('order 12 O 7') });
    expect((await runAssayHere('hold', 'list', '--subject-keys', keys)).stdout).toContain('order 12 O 7');
    const last = (await actsOf()).at(-1)!;
    expect(last).toMatchObject({ event: 'erasure_refused', data: { basis: 'request 7' } });
    for (const text of [subject, caseIdOf('finance', subject, '')])
      expect(JSON.stringify(await actsOf())).not.toContain(text);
    const release = (reason: string) =>
      runAssayHere('hold', 'release', id, '--subject-keys', keys, '--reason', reason, '--by', 'C');
    expect(await release(`${subject} wrote`)).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining(`--reason names the subject "${subject}"`) },
    });
    expect((await release('closed')).code).toBe(0);
    expect((await runAssayHere('hold', 'list', '--subject-keys', keys)).stdout).toBe('no hold stands\n');
  });

  test('while a law obliges to keep its records, with the day on which that ends', async () => {
    const set = (...flags: string[]) =>
      runAssayHere('subject-keys', 'retention', '--subject-keys', keys, ...flags, '--by', 'C');
    await set('--retain-months', '1200', '--retain-basis', 'AMLR Art. 77');
    const refused = await erase(subject);
    expect(refused).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/until 2125-05-\d\d \(AMLR Art\. 77\)/),
    });
    expect(await set()).toMatchObject({ code: 2, stderr: expect.stringContaining('--no-retention') });
    expect((await set('--no-retention')).code).toBe(0);
  });

  test('by no text of another act that names it: a hold on a period, and the duty to keep records', async () => {
    const before = await actsOf();
    const at = ['--subject-keys', keys, '--by', 'C'];
    for (const act of [
      ['hold', 'add', ...at, '--from', '2025-05-01', '--basis', `letter of ${subject}`],
      ['subject-keys', 'retention', ...at, '--retain-months', '1', '--retain-basis', `as ${subject} asks`],
    ])
      expect(await runAssayHere(...act)).toMatchObject({
        ...{ code: 1, stderr: expect.stringContaining(`names the subject "${subject}"`) },
      });
    expect(await actsOf()).toEqual(before);
  });

  test('a hold on an id that no record has says so: it may be mistyped', async () => {
    const add = (id: string) =>
      runAssayHere(
        ...['hold', 'add', '--subject-keys', keys, '--subject', id, '--basis', 'o', '--by', 'C', '--json'],
      );
    const [unknown, known] = [await add('AC00O235'), await add(other)];
    expect(unknown.stderr).toContain('"AC00O235": no record of it was scored with these keys yet');
    expect(JSON.parse(unknown.stdout).warnings).toEqual([expect.stringContaining('mistyped')]);
    expect(known.stderr).toBe('');
    expect(JSON.parse(known.stdout).warnings).toEqual([]);
    expect(await add('')).toMatchObject({ code: 2, stderr: expect.stringContaining('--subject is empty') });
    for (const { stdout } of [unknown, known])
      await runAssayHere(
        'hold',
        'release',
        JSON.parse(stdout).id,
        '--subject-keys',
        keys,
        '--reason',
        'r',
        '--by',
        'C',
      );
  });

  test('by a basis that names it, and of one that these keys do not know', async () => {
    expect(await erase(subject, '--basis', `letter of ${subject.toLowerCase()}`)).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('names the subject') },
    });
    expect(await erase('AC999999')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('none of "AC999999"'),
    });
  });
});

describe('after an erasure', () => {
  let result: Awaited<ReturnType<typeof erase>>;
  beforeAll(async () => {
    result = await erase(subject);
  });

  test('0 bytes of id, name and record ids can be read in runs and keys, and the other account is still known', async () => {
    expect(result).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^erased: the key of s_[0-9a-f]{32}/),
    });
    expect(await findReadable([...runs, keys], own)).toEqual([]);
    expect(await findReadable([keys], [other])).toHaveLength(1);
  });

  test('a copy of the keys from before opens what the keys of now do not', async () => {
    const opened = async (from: string) => {
      const out = join(folder, 'opened.csv');
      const file = join(flaggedRun, 'flagged_risks.csv');
      await runAssayHere('reveal', file, '--run', flaggedRun, '--subject-keys', from, '--out', out);
      const text = await readFile(out, 'utf8');
      await rm(out);
      return text;
    };
    expect(await opened(join(folder, 'copy'))).toContain(subject);
    const now = await opened(keys);
    expect(now).not.toContain(subject);
    for (const text of own) expect(now).not.toContain(text);
  });

  test('every run is intact and decided the same again, also by the Python verifier', async () => {
    for (const run of runs)
      expect(await runAssayHere('verify', run, '--replay')).toMatchObject({
        ...{ code: 0, stdout: expect.stringContaining('intact') },
      });
    const script = join(import.meta.dirname, '..', '..', 'docs', 'verify.py');
    expect(execFileSync('python3', [script, runs[1]!], { encoding: 'utf8' })).toContain('intact');
  }, 60_000);

  test('replay of its record says that it is erased, by whom and why; of the other it says what it said before', async () => {
    const rows = await readFile(join(flaggedRun, 'flagged_risks.csv'), 'utf8');
    const act = (await actsOf()).find(({ event }) => event === 'erased')!;
    const erased = rows.split('\n').find((line) => line.includes(act.subject))!;
    const answer = await replay(erased.split(',')[0]!, '--subject-keys', keys);
    expect(answer.code).toBe(0);
    expect(answer.stdout).toMatch(
      /^identical: .*\nerased: its subject s_[0-9a-f]{32} was erased on .* by B\. Amt \(request 7\)/,
    );
    expect(await replay(flaggedRecord, '--subject-keys', keys)).toMatchObject({ code: 1 });
    expect(await replayOther()).toMatchObject({ code: 0, stdout: otherReplayed });
  });

  test('the log of acts is sound and says that it was erased, without who it was', async () => {
    const log = join(keys, 'acts', '000000000000.jsonl');
    expect(await runAssayHere('verify', log)).toMatchObject({ code: 0 });
    expect((await actsOf()).at(-1)).toMatchObject({ event: 'erased', data: { basis: 'request 7' } });
    expect(await erase(subject)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('or it is erased'),
    });
  });

  test('a later record of it begins a new subject, by another pseudonym', async () => {
    const run = join(folder, 'later');
    const data = ['--data', join(delivered, 'second.csv'), '--rates', join(samples, 'rates.csv')];
    await runAssayHere('score', '--domain', 'finance', ...data, '--out', run, ...flagsOf());
    const act = (await actsOf()).find(({ event }) => event === 'erased')!;
    expect(await findReadable([run, join(keys, 'keys')], [act.subject])).toEqual([]);
    expect(await findReadable([join(keys, 'keys')], [subject])).toHaveLength(1);
  }, 60_000);
});
