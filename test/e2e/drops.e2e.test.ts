import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { GetObjectRetentionCommand } from '@aws-sdk/client-s3';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { HistoryTable } from '../../lib/aws/history-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { runCommandLine } from '../../lib/cli/program.ts';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { loadModel } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { noProgress } from '../../lib/progress.ts';
import { scoreFiles } from '../../lib/scoring/score-files.ts';
import { invoke } from './deployed-functions.ts';
import { dropFile, flags, follow, outputs, resultOf } from './deployed-stack.ts';
import { forgetPeak, killFunction, peakBytes } from './function-processes.ts';

const samples = join(import.meta.dirname, '..', '..', 'samples');
const history = new HistoryTable(documentClient(), outputs.DropsTable);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-e2e-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The explanations that `assay score` gives for the same files, without any AWS. */
async function scoredOnFiles(domain: string, file: string, history: string): Promise<string> {
  const out = join(folder, `files-${domain}`);
  await scoreFiles({
    model: await loadModel(await championFolder(domain)),
    inputs: [{ path: file }, { path: history, history: true }],
    out,
    threshold: null,
    threads: 2,
    memoryLimitMb: 1024,
    progress: noProgress,
    now: () => new Date(),
  });
  return readFile(join(out, 'explanations.jsonl'), 'utf8');
}

describe.each(['finance', 'pharma'] as const)('a %s drop', (domain) => {
  const fresh = join(samples, domain, 'new.csv');
  let past: string;

  /** The labelled sample's first records: its thousands of flags would only wait for the local tables. */
  beforeAll(async () => {
    const labelled = gunzipSync(await readFile(join(samples, domain, 'labelled.csv.gz'))).toString();
    past = join(folder, `${domain}-past.csv`);
    await writeFile(past, `${labelled.split('\n').slice(0, 3_000).join('\n')}\n`);
  });

  test('becomes flags that equal those of the same file scored with its history on files, byte for byte', async () => {
    const earlier = await follow(await dropFile(domain, 'past.csv', past));
    expect(earlier).toMatchObject({ state: 'done', summary: { rejected: 0 } });
    const status = await follow(await dropFile(domain, 'new.csv', fresh));
    expect(status).toMatchObject({
      state: 'done',
      summary: { received: 2001, scored: 1993, rejected: 8, unexplained: 0 },
    });
    const lines = await resultOf(status, 'explanations.jsonl');
    expect(lines).toBe(await scoredOnFiles(domain, fresh, past));

    const stored = lines.trimEnd().split('\n');
    expect(stored).toHaveLength(status.summary!.flagged);
    for (const line of stored) {
      const { decision_id } = JSON.parse(line) as Explanation;
      expect((await flags.get(decision_id))?.explanation).toBe(line);
    }
    for (const name of ['flagged_risks.csv', 'rejects.csv', 'summary.json', 'report.html'])
      expect((await resultOf(status, name)).length).toBeGreaterThan(0);
  });

  test('leaves a run that verifies offline, and whose audit log is kept apart under retention', async () => {
    const status = await follow(await dropFile(domain, 'again.csv', fresh));
    const run = join(folder, `run-${domain}`);
    expect(await runCommandLine(['drops', 'download', status.id, '--out', run])).toBe(0);
    expect(await runCommandLine(['verify', join(run, 'audit.jsonl')])).toBe(0);
    const kept = new S3ObjectStore(s3Client(), outputs.AuditBucket);
    expect(await kept.readText(`${domain}/${status.id}/audit.jsonl`)).toBe(
      await readFile(join(run, 'audit.jsonl'), 'utf8'),
    );
    const Key = `${domain}/${status.id}/seal.json`;
    const { Retention } = await s3Client().send(
      new GetObjectRetentionCommand({ Bucket: outputs.AuditBucket, Key }),
    );
    expect(Retention!.RetainUntilDate!.getTime()).toBeGreaterThan(Date.now());
  });
});

/** The first payments of the sample, each of which is one line. */
async function payments(count: number): Promise<Buffer> {
  const lines = (await readFile(join(samples, 'finance', 'new.csv'), 'utf8')).split('\n');
  return Buffer.from(`${lines.slice(0, count + 1).join('\n')}\n`);
}

describe('at least once, exactly the same', () => {
  const all = join(samples, 'finance', 'new.csv');
  let some: Buffer;
  beforeAll(async () => {
    some = await payments(500);
  });

  test('the same file again flags nothing twice and leaves what an officer decided', async () => {
    const first = await follow(await dropFile('finance', 'june.csv', some));
    const [one] = (await resultOf(first, 'explanations.jsonl')).split('\n', 1);
    const { decision_id } = JSON.parse(one!) as Explanation;
    await documentClient().send(
      new UpdateCommand({
        TableName: outputs.FlagsTable,
        Key: { flag: decision_id, item: 'flag' },
        UpdateExpression: 'SET #status = :status, version = :version',
        ExpressionAttributeNames: { '#status': 'status' },
        ExpressionAttributeValues: { ':status': 'false_positive', ':version': 2 },
      }),
    );
    const before = await countFlags();
    const second = await follow(await dropFile('finance', 'june.csv', some));
    expect(second.id).not.toBe(first.id);
    expect(second.summary).toEqual({ ...first.summary, seconds: expect.any(Number) });
    expect(await resultOf(second, 'explanations.jsonl')).toBe(await resultOf(first, 'explanations.jsonl'));
    expect(await countFlags()).toBe(before);
    expect(await flags.get(decision_id)).toMatchObject({ status: 'false_positive', version: 2 });
  });

  test('an event that comes again, or late, starts nothing anew', async () => {
    const id = await dropFile('finance', 'once.csv', some);
    const done = await follow(id);
    const event = {
      source: 'aws.s3',
      'detail-type': 'Object Created',
      time: '2026-01-01T00:00:00Z',
      detail: {
        bucket: { name: outputs.DropsBucket },
        object: { key: done.key, size: done.bytes, 'version-id': done.version },
      },
    };
    const queue = new SQSClient({});
    for (let n = 0; n < 2; n++) {
      const MessageBody = JSON.stringify(event);
      await queue.send(new SendMessageCommand({ QueueUrl: outputs.ArrivalsUrl, MessageBody }));
    }
    const after = await follow(await dropFile('finance', 'behind.csv', some));
    expect(after.state).toBe('done');
    expect(await follow(id)).toEqual(done);
  });

  test('a past that was put together into segments gives the flags that its drops gave', async () => {
    const apart = await follow(await dropFile('finance', 'apart.csv', some));
    expect(apart.summary!.flagged).toBeGreaterThan(0);
    // More than are left to be read one by one.
    for (let n = 0; n < 8; n++) {
      const id = await dropFile('finance', `small-${n}.csv`, await payments(4));
      expect(await follow(id)).toMatchObject({ state: 'done' });
    }
    await invoke('compact-history', {});
    const { segments, recent } = await history.past('finance');
    expect([segments.length > 0, recent.length < 8]).toEqual([true, true]);
    const together = await follow(await dropFile('finance', 'together.csv', some));
    expect(await resultOf(together, 'explanations.jsonl')).toBe(await resultOf(apart, 'explanations.jsonl'));
  });

  test('a file that is overwritten while it is scored is two drops, each of its own bytes', async () => {
    const [whole, part] = await Promise.all([
      dropFile('finance', 'twice.csv', some),
      dropFile('finance', 'twice.csv', await payments(250)),
    ]);
    expect((await follow(whole)).summary).toMatchObject({ received: 500 });
    expect((await follow(part)).summary).toMatchObject({ received: 250 });
  });

  test('a function killed in the middle is run again, and the drop is as if nothing had been', async () => {
    const calm = await follow(await dropFile('finance', 'calm.csv', all));
    const id = await dropFile('finance', 'killed.csv', all);
    await follow(id, ({ state }) => state === 'scoring');
    expect(killFunction('whole')).toBeGreaterThan(0);
    const killed = await follow(id);
    expect(killed).toMatchObject({ state: 'done', attempt: 1 });
    expect(await resultOf(killed, 'explanations.jsonl')).toBe(await resultOf(calm, 'explanations.jsonl'));
  });

  test('a drop that can’t be finished waits among the dead letters, and is retried', async () => {
    const id = await dropFile('finance', 'poison.csv', all);
    const failed = await follow(id, ({ state }) => {
      if (state === 'scoring') killFunction('whole');
      return state === 'failed' || state === 'done';
    });
    expect(failed).toMatchObject({ state: 'failed', attempt: 1 });
    expect(failed.reason).toContain('assay drops redrive');
    expect(await runCommandLine(['drops', 'redrive', id])).toBe(0);
    expect(await follow(id, ({ state, attempt }) => attempt === 2 && state === 'done')).toMatchObject({
      summary: { received: 2001, scored: 1993 },
    });
  });
});

describe('a drop that can’t be read ends in a stated failure', () => {
  test.each([
    ['empty.csv', 'finance', Buffer.alloc(0), /empty \(0 bytes\)/],
    [
      'noise.csv',
      'finance',
      Buffer.from(Array.from({ length: 65_536 }, (_, i) => (i * 197 + (i >> 7)) & 255)),
      /binary|neither UTF-8/,
    ],
    ['shop.csv', 'nosuch', Buffer.from('a,b\n1,2\n'), /no model is shipped for the domain "nosuch"/],
  ])('%s', async (name, domain, bytes, reason) => {
    const status = await follow(await dropFile(domain, name, bytes));
    expect(status.state).toBe('failed');
    expect(status.reason).toMatch(reason);
    expect(status.reason).not.toMatch(/\bat .*:\d+:\d+/);
  });

  test('a quarter of a gigabyte of zeros in as many kilobytes costs no more memory than any other file', async () => {
    // A worker that is there, whose memory can be looked at.
    await follow(await dropFile('finance', 'before.csv', await payments(100)));
    forgetPeak('plan');
    const before = peakBytes('plan');
    expect(before).toBeGreaterThan(0);
    const zeros = gzipSync(Buffer.alloc(2 ** 28), { level: 1 });
    const status = await follow(await dropFile('finance', 'zeros.csv.gz', zeros));
    expect(status).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/looks like a binary file/),
    });
    expect(peakBytes('plan') - before).toBeLessThan(100 * 2 ** 20);
  });

  test('a file of another domain names the columns that are missing', async () => {
    const status = await follow(
      await dropFile('pharma', 'payments.csv', join(samples, 'finance', 'new.csv')),
    );
    expect(status).toMatchObject({ state: 'failed' });
    expect(status.reason).toContain('column "entry_id" is missing');
  });

  test('a single row of 20 MB is rejected with its line, and harms no other drop', async () => {
    const [header] = (await readFile(join(samples, 'finance', 'new.csv'), 'utf8')).split('\n', 1);
    const path = join(folder, 'long.csv');
    await writeFile(path, `${header}\n${'x'.repeat(20_000_000)}\n`);
    const id = await dropFile('finance', 'long.csv', path);
    const beside = await dropFile('finance', 'beside.csv', await payments(100));
    expect(await follow(id)).toMatchObject({
      state: 'failed',
      reason: expect.stringMatching(/line 2: it is longer than 1048576 bytes/),
    });
    expect(await follow(beside)).toMatchObject({ state: 'done' });
  });
});

async function countFlags(): Promise<number> {
  let count = 0;
  let before: string | undefined;
  for (;;) {
    const page = await flags.query({
      scope: ['finance'],
      limit: 1000,
      ...(before !== undefined && { before }),
    });
    count += page.items.length;
    if (page.next === null) return count;
    before = page.next;
  }
}
