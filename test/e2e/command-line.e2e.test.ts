/** The command line against the deployed stack: what a person types, from a file to a decision replayed on a laptop. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { FlagSummary } from '../../lib/decisions/flag-item.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { runAssayHere as assay, type Ran } from '../helpers/command-line.ts';
// Points this process at the stack, as a person's environment would.
import { outputs } from './deployed-stack.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
let folder: string;
let drop: DropStatus;
let flags: readonly FlagSummary[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-command-line-'));
  const file = join(folder, 'shift 1.csv');
  await writeFile(file, await renamed(200));
  const past = join(folder, 'past.csv');
  await writeFile(past, (await renamed(400)).split('\n').toSpliced(1, 200).join('\n'));
  expect(await assay('drop', past, '--domain', 'pharma', '--follow')).toMatchObject({ code: 0 });
  const ran = await assay('drop', file, '--follow', '--json');
  expect(ran.stderr).toContain('has the columns of pharma');
  drop = JSON.parse(ran.stdout) as DropStatus;
  flags = itemsOf(await assay('flags', '--drop', drop.id, '--limit', '1000', '--json'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function itemsOf<Item>({ stdout }: Ran): readonly Item[] {
  return (JSON.parse(stdout) as { items: readonly Item[] }).items;
}

/** A stack that stood before this run has the flags of the runs before it. */
const run = Date.now().toString(36);

/** Records of the sample under ids of this run's own, so that their flags are this drop's. */
async function renamed(records: number): Promise<string> {
  const [header, ...lines] = (await readFile(join(samples, 'pharma', 'new.csv'), 'utf8')).split('\n');
  return [header, ...lines.slice(0, records).map((line) => `CL${run}-${line}`), ''].join('\n');
}

describe('a file dropped by name, its domain detected by its columns', () => {
  test('is followed to its end, listed and shown', async () => {
    expect(drop).toMatchObject({ state: 'done', domain: 'pharma', key: 'drops/pharma/shift 1.csv' });
    const { received, scored, rejected } = drop.summary!;
    expect(received).toBe(scored + rejected);
    expect(itemsOf<DropStatus>(await assay('drops', '--domain', 'pharma', '--json'))).toContainEqual(drop);
    const shown = await assay('drops', 'show', drop.id);
    expect(shown).toMatchObject({ code: 0, stderr: '' });
    expect(shown.stdout).toContain(`assay drops download ${drop.id}`);
  });

  test('leaves flags by severityRank and score, each with its reasons and its record', async () => {
    expect(flags).toHaveLength(drop.summary!.flagged);
    const rank = ({ severity, score }: FlagSummary) =>
      ['low', 'medium', 'high', 'critical'].indexOf(severity ?? '') + score;
    expect(flags.map(rank)).toEqual(flags.map(rank).toSorted((a, b) => b - a));
    const [first] = flags;
    expect(first).toBeDefined();
    const shown = await assay('flag', first!.flag);
    expect(shown.stdout).toContain(`${first!.record_id}  score ${first!.score.toFixed(3)} ≥ threshold`);
    expect(shown.stdout).toMatch(/▲ \+0\.\d{3} █/);
    expect(shown.stdout).toMatch(new RegExp(`^entry_id +${first!.record_id}$`, 'm'));
    expect(itemsOf(await assay('flags', '--drop', drop.id, '--min-score', '1', '--json'))).toEqual([]);
  });

  test('comes down as a run that is verified and replayed, with the past that its windows saw', async () => {
    const out = join(folder, 'run');
    expect(await assay('drops', 'download', drop.id, '--out', out)).toMatchObject({ code: 0 });
    expect(await assay('verify', join(out, 'audit.jsonl'))).toMatchObject({ code: 0 });
    for (const { record_id } of flags.slice(0, 5)) {
      const replayed = await assay('replay', '--run', out, '--record', record_id, '--json');
      expect(JSON.parse(replayed.stdout)).toMatchObject({ identical: true, flagged: true });
    }
    const again = await assay('drops', 'download', drop.id, '--out', out);
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toContain('already holds a run');
  });
});

describe('what --json prints', () => {
  /** The keys that docs/json.md names for a command of this stack, up to a semicolon. */
  async function documented(command: string): Promise<string[]> {
    const [, table = ''] =
      /## Against a deployed stack\n([\s\S]*)/.exec(await readFile('docs/json.md', 'utf8')) ?? [];
    const rows = [...table.matchAll(/^\| (.*?) \| (.*?) \|$/gm)];
    const row = rows.find(([, commands]) => commands!.includes(`\`${command}\``));
    return [...row![2]!.split(';')[0]!.matchAll(/`(\w+)`/g)].map(([, key]) => key!);
  }

  test.each([
    ['drops', ['--domain', 'pharma']],
    ['flags', ['--domain', 'pharma']],
    ['blind', ['--domain', 'pharma']],
    ['labels', ['--domain', 'pharma']],
    ['models', ['--domain', 'pharma']],
    ['metrics', ['--domain', 'pharma']],
    ['audit verify', ['--domain', 'pharma']],
    ['flag', []],
  ])('of %s are the keys that docs/json.md names', async (command, options) => {
    const keys = await documented(command);
    expect(keys.length).toBeGreaterThan(0);
    const subject = command === 'flag' ? [flags.at(-1)!.flag] : [];
    const ran = await assay(...command.split(' '), ...subject, ...options, '--json');
    expect(ran).toMatchObject({ code: 0 });
    expect(Object.keys(JSON.parse(ran.stdout) as object)).toEqual(expect.arrayContaining(keys));
  });

  test('of a verdict in a domain that signs them is the refusal, with where to give it', async () => {
    const verdict = ['--verdict', 'true_positive', '--reason', 'As the batch record says'];
    const ran = await assay('review', flags.at(-1)!.flag, ...verdict, '--json');
    expect(ran.code).toBe(1);
    expect(ran.stderr).toContain(
      'verdicts of the domain pharma are signed by a fresh sign-in, which AWS credentials are not: ',
    );
  });

  test('of a drop is its status, as the API has it', async () => {
    const { stdout } = await assay('drops', 'show', drop.id, '--json');
    expect(JSON.parse(stdout)).toEqual(drop);
  });
});

test('a file that can not be read ends with the reason and exit code 1', async () => {
  const file = join(folder, 'broken.csv');
  await writeFile(file, 'entry_id,what\n1,2\n');
  const ran = await assay('drop', file, '--domain', 'pharma', '--follow');
  expect(ran.code).toBe(1);
  expect(ran.stderr).toMatch(
    /assay: d-[0-9a-f]{20} \(drops\/pharma\/broken\.csv\) failed: broken\.csv: column/,
  );
});

test.each([
  [['drops', 'show', 'd-none'], 'knows no drop d-none'],
  [['flag', 'none'], 'has no flag none'],
  [['flags', '--domain', 'pharm'], 'has no model for the domain "pharm" (did you mean "pharma"?)'],
  [
    ['drop', 'package.json', '--domain', 'pharme'],
    'has no model for the domain "pharme" (did you mean "pharma"?)',
  ],
  [['drops', 'redrive', 'd-none'], 'there is no dead letter of d-none'],
  [['drops', '--stack', 'Assay-nope'], 'there is no stack Assay-nope in'],
])('%j is reported, with exit code 1', async (argv, message) => {
  const ran = await assay(...argv);
  expect(ran.code).toBe(1);
  expect(ran.stderr).toContain(message);
});

test('a dead letter is listed, retried, and gone', async () => {
  const name = 'never started.csv';
  const file = join(folder, name);
  await writeFile(file, await renamed(20));
  const dropped = await assay('drop', file, '--domain', 'pharma', '--follow', '--json');
  const { id, key, bytes } = JSON.parse(dropped.stdout) as DropStatus;
  const event = {
    time: '2026-01-01T00:00:00Z',
    detail: { bucket: { name: outputs.DropsBucket }, object: { key, size: bytes } },
  };
  const queue = new SQSClient({ useQueueUrlAsEndpoint: false });
  const { DeadLettersUrl } = outputs as typeof outputs & { readonly DeadLettersUrl: string };
  await queue.send(new SendMessageCommand({ QueueUrl: DeadLettersUrl, MessageBody: JSON.stringify(event) }));
  expect((await assay('drops', 'redrive', '--list')).stdout).toContain(id);
  const again = await assay('drops', 'redrive', id, '--follow');
  expect(again).toMatchObject({ code: 0 });
  expect(again.stdout).toContain(`${id}  ${name}: retried`);
  expect((await assay('drops', 'redrive', '--list')).stdout).not.toContain(id);
});
