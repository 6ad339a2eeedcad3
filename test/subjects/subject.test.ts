import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SubjectExport } from '../../lib/subjects/subject-export.ts';
import { runAssayHere } from '../helpers/command-line.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
let folder: string;
/** The file that was scored, a record a line, without its header. */
let lines: string[];
let columns: string[];
/** An account with flags and rule hits. */
const subject = 'AC000381';
/** The record of another account that names it. */
let mentioning: string;
let exported: SubjectExport;

const field = (line: string, name: string): string => line.split(',')[columns.indexOf(name)]!;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-subject-'));
  const [header, ...all] = (await readFile(join(samples, 'finance', 'new.csv'), 'utf8'))
    .trimEnd()
    .split('\n');
  columns = header!.split(',');
  // Records without quotes, so that a naive cut finds their fields.
  lines = all
    .slice(0, 900)
    .filter((line) => line.split(',').length === columns.length && !line.includes('"'));
  // A record of another account is with this one.
  const at = lines.findIndex((line) => field(line, 'account_id') !== subject);
  const fields = lines[at]!.split(',');
  fields[columns.indexOf('counterparty_id')] = subject;
  lines[at] = fields.join(',');
  mentioning = fields[0]!;
  const bad = lines.find((line) => field(line, 'account_id') === subject)!.replace(/^[^,]*,/, ',');
  const file = join(folder, 'new.csv');
  await writeFile(file, `${[header, ...lines, bad].join('\n')}\n`);
  const run = join(folder, 'run');
  const scored = await runAssayHere('score', '--domain', 'finance', '--data', file, '--out', run, '--quiet');
  expect(scored.code).toBe(0);
  const out = join(folder, 'subject');
  expect(await runAssayHere('subject', subject, '--run', run, '--out', out, '--quiet')).toMatchObject({
    code: 0,
  });
  exported = JSON.parse(await readFile(join(out, 'subject.json'), 'utf8')) as SubjectExport;
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

test('every record of the subject is exported with its decision, and no one else’s', async () => {
  const { records, decisions, log } = exported.found;
  const own = lines.filter((line) => field(line, 'account_id') === subject).map((line) => line.split(',')[0]);
  const ids = records!.map(({ record_id }) => record_id);
  expect(ids.length).toBeGreaterThan(1);
  expect(own).toEqual(expect.arrayContaining(ids));
  expect(new Set(records!.map(({ account_id }) => account_id))).toEqual(new Set([subject]));
  expect(decisions!.map(({ record_id }) => record_id)).toEqual(ids);
  // Each that was not scored is in the rejects, and so is the one without an id.
  expect(exported.found.rejects!.length).toBe(own.length - ids.length + 1);
  for (const { text } of exported.found.rejects!) expect(text).toContain(subject);
  const flagged = decisions!.filter(({ flagged: isFlagged }) => isFlagged === 'true');
  expect(flagged.length).toBeGreaterThan(0);
  const hits = exported.found.rule_hits!;
  expect(hits.length).toBeGreaterThan(0);
  for (const { record_id } of hits) expect(ids).toContain(record_id);
  expect(exported.found.explanations!.map(({ record_id }) => record_id).toSorted()).toEqual(
    flagged.map(({ record_id }) => record_id).toSorted(),
  );
  expect(log!.map(({ event }) => event)).toEqual(flagged.map(() => 'flagged'));
});

test('records of others in which its id stands are named with the columns, and nothing else of them', async () => {
  const mentions = exported.found.mentions!;
  expect(mentions).toMatchObject([{ record_id: mentioning, columns: 'counterparty_id' }]);
  for (const mention of mentions)
    expect(Object.keys(mention).toSorted()).toEqual(['columns', 'line', 'record_id', 'source']);
});

test('the tables hold what the document does, and only their owner may read them', async () => {
  const out = join(folder, 'subject');
  const table = (await readFile(join(out, 'records.csv'), 'utf8')).trimEnd().split('\n');
  expect(table).toHaveLength(exported.found.records!.length + 1);
  for (const file of ['subject.json', 'records.csv'])
    expect((await stat(join(out, file))).mode & 0o077).toBe(0);
});

test('an unknown subject gets an export that says so, a second export is no overwriting, and a place is needed', async () => {
  const run = join(folder, 'run');
  const out = join(folder, 'none');
  const none = await runAssayHere('subject', "no'one", '--run', run, '--out', out, '--quiet');
  expect(none).toMatchObject({ code: 0, stdout: expect.stringContaining("nothing is stored on no'one") });
  expect(await runAssayHere('subject', subject, '--run', run, '--out', out, '--quiet')).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('already holds an export') },
  });
  expect((await runAssayHere('subject', subject, '--out', join(folder, 'x'), '--quiet')).code).toBe(2);
  const unbased = await runAssayHere(
    'subject',
    subject,
    '--domain',
    'finance',
    '--out',
    join(folder, 'y'),
    '--quiet',
  );
  expect(unbased).toMatchObject({ code: 2, stderr: expect.stringContaining('--basis') });
});
