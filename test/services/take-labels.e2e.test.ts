import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { LabelsTable } from '../../lib/aws/labels-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { UploadLog } from '../../lib/aws/upload-log.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { labelsId } from '../../lib/reviews/labels-status.ts';
import { takeLabels } from '../../lib/services/take-labels.ts';
import { dropTable, localDocuments, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let table: string;
let bucket: string;
let audit: AuditChain;
let labels: LabelsTable;
let uploads: UploadLog;
let clock = Date.parse('2026-03-01T00:00:00Z');
let made = 0;
beforeAll(async () => {
  table = await makeTable('Drops');
  bucket = await makeBucket();
  audit = new AuditChain(documents, table);
  labels = new LabelsTable(documents, table, audit, () => clock);
  uploads = new UploadLog(documents, table, () => clock);
});
afterAll(() => dropTable(table));

/** A file in the bucket, and what its arrival says of it. */
async function put(key: string, text: string): Promise<DropRef> {
  const put = new PutObjectCommand({ Bucket: bucket, Key: key, Body: text });
  const { VersionId } = await localS3().send(put);
  const place = { bucket, key, version: VersionId! };
  const receivedAt = new Date(clock + made++ * 1_000).toISOString();
  return { id: dropId(place), domain: key.split('/')[1]!, ...place, bytes: text.length, receivedAt };
}

const take = (file: DropRef) =>
  takeLabels(
    {
      labels,
      uploads,
      domains: async () => ['finance', 'pharma'],
      store: new S3ObjectStore(localS3(), bucket),
    },
    file,
  );
const statusOf = (file: DropRef) => labels.get(labelsId(file.id));

describe('takeLabels', () => {
  it('counts what a file says, and leaves an entry in the audit log of who sent it', async () => {
    const key = await uploads.expect('labels/finance', 'may.csv', 'ann');
    // A colleague asks for an address for a file of the same name before it arrives.
    await uploads.expect('labels/finance', 'may.csv', 'bob');
    const file = await put(key, 'record_id,label\nT1,1\nT2,0\nT3,0\nT4,\n');
    expect(await take(file)).toBe('done');
    const counts = { labels: 3, positive: 1, negative: 2 };
    expect(await statusOf(file)).toMatchObject({
      ...{ id: labelsId(file.id), domain: 'finance', state: 'done', by: 'ann', counts },
      ...{ faults: [], fault_count: 0, reason: null, received_at: file.receivedAt },
    });
    const entries = await audit.about(labelsId(file.id));
    expect(entries.map(({ entry: { event, actor, data } }) => ({ event, actor, data }))).toEqual([
      { event: 'labels_taken', actor: 'ann', data: { file: file.key, ...counts } },
    ]);
  });

  it('takes a file once, however often it is announced', async () => {
    const file = await put('labels/pharma/once.csv', 'record_id,label\nB1,1\n');
    expect([await take(file), await take(file)]).toEqual(['done', 'done']);
    expect(await audit.lines('pharma')).toHaveLength(1);
    expect((await statusOf(file))?.by).toBeNull();
  });

  it('forgets after an hour who asked for an address', async () => {
    const key = await uploads.expect('labels/finance', 'late.csv', 'ann');
    clock += 3_600_001;
    const file = await put(key, 'record_id,label\nT1,1\n');
    await take(file);
    expect((await statusOf(file))?.by).toBeNull();
  });

  it('refuses a file as a whole, with each fault by line and column, and says so once', async () => {
    const file = await put('labels/finance/wrong.csv', 'record_id,label\nT1,perhaps\n,1\nT2\n');
    expect([await take(file), await take(file)]).toEqual(['failed', 'failed']);
    const status = await statusOf(file);
    expect(status).toMatchObject({ state: 'failed', counts: null, fault_count: 3 });
    expect(status?.faults).toEqual([
      { line: 2, column: 'label', detail: expect.stringContaining('found "perhaps"') },
      { line: 3, column: 'record_id', detail: expect.stringContaining('found none') },
      { line: 4, column: null, detail: expect.any(String) },
    ]);
    expect(status?.reason).toContain('labels/finance/wrong.csv:2: label: expected 1, 0');
    expect(await audit.about(labelsId(file.id))).toEqual([]);
  });

  it('keeps a thousand of more faults, and counts all', async () => {
    const lines = Array.from({ length: 1_200 }, (_, n) => `T${n},perhaps`);
    const file = await put('labels/finance/many.csv', ['record_id,label', ...lines, ''].join('\n'));
    await take(file);
    const status = await statusOf(file);
    expect([status?.faults.length, status?.fault_count]).toEqual([1_000, 1_200]);
    expect(status?.reason).toMatch(/and 1180 more$/);
  });

  it('refuses a domain without a model, and a key without a domain, before it reads the file', async () => {
    const strange = await put('labels/financ/a.csv', 'record_id,label\nT1,1\n');
    expect(await take(strange)).toBe('failed');
    expect((await statusOf(strange))?.reason).toBe(
      'there is no model for "financ"; there is one for finance, pharma',
    );
    const bare = { ...(await put('labels/a.csv', '')), domain: 'none' };
    expect(await take(bare)).toBe('failed');
    expect((await statusOf(bare))?.reason).toMatch(/names no domain/);
  });

  it('lists them by domain or all, the newest first, page by page', async () => {
    const names = async (query: { scope?: readonly string[]; before?: string }) => {
      const { items, next } = await labels.list({ scope: 'all', limit: 2, ...query });
      return { keys: items.map(({ key }) => key), next };
    };
    const first = await names({ scope: ['finance'] });
    expect(first.keys).toEqual(['labels/finance/many.csv', 'labels/finance/wrong.csv']);
    const second = await names({ scope: ['finance'], before: first.next! });
    expect({ ...second, keys: second.keys.map((key) => key.replace(/\/[0-9a-f]{24}\//, '/')) }).toEqual({
      keys: ['labels/finance/late.csv', 'labels/finance/may.csv'],
      next: null,
    });
    expect((await names({})).keys).toEqual(['labels/a.csv', 'labels/financ/a.csv']);
  });

  it('refuses a file that is larger than one may be, whatever its event says', async () => {
    const file = await put('labels/finance/large.csv', `record_id,label\n${'T1,1\n'.repeat(3_400_000)}`);
    expect(await take({ ...file, bytes: 10 })).toBe('failed');
    expect(await statusOf(file)).toMatchObject({
      reason: expect.stringContaining('larger than 16 MiB'),
      fault_count: 0,
    });
  });
});
