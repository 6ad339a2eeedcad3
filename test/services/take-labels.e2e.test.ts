import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { LabelsTable } from '../../lib/aws/labels-table.ts';
import { deleteVersion } from '../../lib/aws/object-versions.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { SubjectTable } from '../../lib/aws/subject-table.ts';
import { UploadLog } from '../../lib/aws/upload-log.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { keyedLabels, labelsId } from '../../lib/reviews/labels-status.ts';
import { takeLabels } from '../../lib/services/take-labels.ts';
import { dumpStores } from '../helpers/dump-stores.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localKms,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { findReadings } from '../helpers/readable-texts.ts';

const documents = localDocuments();
let table: string;
let bucket: string;
let dataBucket: string;
let subjects: SubjectTable;
let subjectsName: string;
let audit: AuditChain;
let labels: LabelsTable;
let uploads: UploadLog;
let clock = Date.parse('2026-03-01T00:00:00Z');
let made = 0;
beforeAll(async () => {
  table = await makeTable('Drops');
  [bucket, dataBucket, subjectsName] = [await makeBucket(), await makeBucket(), await makeTable('Subjects')];
  const keyId = (await localKms().send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!;
  subjects = new SubjectTable(documents, { table: subjectsName, keyId, kms: localKms() });
  audit = new AuditChain(documents, table);
  labels = new LabelsTable(documents, table, audit, () => clock);
  uploads = new UploadLog(documents, table, () => clock);
});
afterAll(() => Promise.all([table, subjectsName].map(dropTable)));

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
      domains: async () => ['finance', 'pharma', 'trade'],
      store: new S3ObjectStore(localS3(), bucket),
      data: new S3ObjectStore(localS3(), dataBucket),
      keysOf: async (domain) => (domain === 'trade' ? subjects.of(domain) : null),
      deleteVersion: (object) => deleteVersion(localS3(), object.bucket, object),
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
      'there is no model for "financ"; there is one for finance, pharma, trade',
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

describe('of an erasable domain', () => {
  const versionsOf = async (key: string) =>
    (await localS3().send(new ListObjectVersionsCommand({ Bucket: bucket, Prefix: key }))).Versions ?? [];
  const readings = (texts: string[]) =>
    findReadings(
      dumpStores({ endpoint: localEndpoint(), region: 'eu-central-1', named: [table, bucket, dataBucket] }),
      texts,
    );

  it('a file is written anew with keyed ids, and no version of what was delivered is left', async () => {
    const key = 'labels/trade/AC000381-may.csv';
    const text = 'record_id,label,by\nT-7001,1,AC000381\nT-7002,0,bob\n';
    const earlier = await put(key, text);
    const later = await put(key, text);
    expect((await readings(['T-7001'])).length).toBeGreaterThan(0);
    expect([await take(earlier), await take(later), await take(later)]).toEqual(['done', 'done', 'done']);
    expect(await versionsOf(key)).toEqual([]);
    const keys = await subjects.of('trade');
    const status = (await statusOf(later))!;
    expect(status).toMatchObject({ keyed: true, key: `labels/trade/${keys.hashName(key)}` });
    const stored = await new S3ObjectStore(localS3(), dataBucket).readText(keyedLabels(status));
    expect(stored?.split('\n').slice(0, 3)).toEqual([
      'record_id,label,labelled_at',
      `r_${keys.hashRecordId('T-7001')},1,${later.receivedAt}`,
      `r_${keys.hashRecordId('T-7002')},0,${later.receivedAt}`,
    ]);
    expect((await audit.about(status.id)).map(({ entry }) => entry.data.file)).toEqual([status.key]);
    expect(await readings(['T-7001', 'T-7002', 'AC000381'])).toEqual([]);
  });

  it('a file that is refused is deleted too, and nothing of it is quoted', async () => {
    const key = 'labels/trade/wrong.csv';
    const file = await put(key, 'record_id,label\nT-7003,maybe T-7004\nT-7005,1\nT-7005,0\n');
    expect(await take(file)).toBe('failed');
    expect(await versionsOf(key)).toEqual([]);
    expect((await statusOf(file))?.faults.map(({ line, column }) => [line, column])).toEqual([
      [2, 'label'],
      [4, 'record_id'],
    ]);
    expect(await readings(['T-7003', 'T-7004', 'T-7005'])).toEqual([]);
  });

  it('a file that is gone, or that cannot be read now, is not named', async () => {
    const key = 'labels/trade/AC000381-june.csv';
    const file = await put(key, 'record_id,label\nT-7007,1\n');
    const failing = {
      ...{ labels, uploads, domains: async () => ['trade'] },
      store: Object.assign(new S3ObjectStore(localS3(), bucket), {
        read: async () => {
          throw new RangeError(`reading s3://${bucket}/${key}: SlowDown`);
        },
      }),
      data: new S3ObjectStore(localS3(), dataBucket),
      keysOf: (domain: string) => subjects.of(domain),
      deleteVersion: async () => {},
    };
    // The function that takes it logs what it throws.
    await expect(takeLabels(failing, file)).rejects.toMatchObject({
      name: 'RangeError',
      message: expect.not.stringContaining('AC000381'),
    });
    await deleteVersion(localS3(), bucket, file);
    expect(await take(file)).toBe('failed');
    expect((await statusOf(file))?.reason).toMatch(/is not there any more/);
    expect(await readings(['AC000381'])).toEqual([]);
  });

  it('a file is deleted where the function was ended right before', async () => {
    const key = 'labels/trade/cut.csv';
    const file = await put(key, 'record_id,label\nT-7006,1\n');
    const cut = {
      ...{ labels, uploads, domains: async () => ['trade'] },
      store: new S3ObjectStore(localS3(), bucket),
      data: new S3ObjectStore(localS3(), dataBucket),
      keysOf: (domain: string) => subjects.of(domain),
      deleteVersion: async () => {
        throw new Error('cut');
      },
    };
    await expect(takeLabels(cut, file)).rejects.toThrow('cut');
    expect(await versionsOf(key)).toHaveLength(1);
    expect(await take(file)).toBe('done');
    expect(await versionsOf(key)).toEqual([]);
    expect(await audit.about(labelsId(file.id))).toHaveLength(1);
  });
});
