/** The files of a drop by the API: which there are, who may fetch one, and that it is logged who did. */
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect, it } from 'vitest';
import { parseEntry } from '../../lib/audit/audit-entry.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { localDocuments, localS3 } from '../helpers/local-aws.ts';
import { api, call, useLocalApi } from './local-api.ts';

const id = `d-${'1'.repeat(20)}`;
const results = `results/finance/${id}`;
const summary = { received: 2, scored: 0, rejected: 2, flagged: 0, unexplained: 0 };

useLocalApi();
beforeAll(async () => {
  const drops = new DropTable(localDocuments(), api.tables.drops, Date.now);
  const facts = { bucket: api.bucket, key: 'drops/finance/a.csv', version: 'v', bytes: 1 };
  await drops.receive({ id, domain: 'finance', ...facts, receivedAt: '2026-03-01T00:00:00.000Z' }, 1);
  await drops.state(id, 'finishing');
  // As the last state of a drop does of which every record was rejected.
  await drops.left(id, summary, results, ['an odd header']);
  await drops.failed(id, { reason: 'all of its 2 records were rejected; rejects.csv has them all' }, 1);
  await put(`${results}/rejects.csv`, 'line,column,reason,text\n2,amount,no number,x\n');
  await put(`${results}/summary.json`, '{}');
  await put(`finance/${id}/audit.jsonl`, 'genuine');
});

async function put(Key: string, Body: string): Promise<void> {
  await localS3().send(new PutObjectCommand({ Bucket: api.bucket, Key, Body }));
}

const get = (file: string, groups: string, sub = 'ann') =>
  call(`GET /v1/drops/${id}/files${file}`, { groups, sub });

async function fetched(): Promise<unknown[]> {
  const lines = await api.audit.lines('finance');
  return lines.map(({ line }) => {
    const { event, actor, subject, data } = parseEntry(line).entry!;
    return [event, actor, subject, data];
  });
}

describe('a drop of which every record was rejected', () => {
  it('says where its results are', async () => {
    const { json } = await call(`GET /v1/drops/${id}`, { groups: '[viewer]' });
    expect(json).toMatchObject({ state: 'failed', results, summary, warnings: ['an odd header'] });
  });

  it('lists the files that are there, with those that hold personal data', async () => {
    const { status, json } = await get('', '[viewer:finance]');
    expect([status, json]).toEqual([
      200,
      {
        items: [
          { name: 'summary.json', bytes: 2, personal: false },
          { name: 'rejects.csv', bytes: 45, personal: true },
          { name: 'audit.jsonl', bytes: 7, personal: false },
        ],
      },
    ]);
  });

  it('gives its rejects to a person who may read personal data, and logs who was given them', async () => {
    const refused = await get('/rejects.csv', '[officer:finance]');
    expect([refused.status, refused.json.detail]).toEqual([403, expect.stringContaining('personal data')]);
    const elsewhere = await get('/rejects.csv', '[officer:finance read_pii:pharma]');
    expect(elsewhere.status).toBe(403);
    expect(await fetched()).toEqual([
      ['denied', 'ann', 'GET /v1/drops/{id}/files/{name}', { action: 'read', role: 'officer:finance' }],
      [
        ...['denied', 'ann', 'GET /v1/drops/{id}/files/{name}'],
        { action: 'read', role: 'officer:finance read_pii:pharma' },
      ],
    ]);
    const { status, json } = await get('/rejects.csv', '[officer:finance read_pii:finance]');
    expect([status, json]).toMatchObject([200, { name: 'rejects.csv', method: 'GET', personal: true }]);
    expect(await (await fetch(json.url)).text()).toContain('amount,no number');
    const data = { file: 'rejects.csv', personal: true };
    expect((await fetched()).slice(2)).toEqual([['file_fetched', 'ann', id, data]]);
  });

  it('gives what was written first of its log, whatever was put over it', async () => {
    await put(`finance/${id}/audit.jsonl`, 'forged');
    const { json } = await get('/audit.jsonl', '[viewer]');
    expect(await (await fetch(json.url)).text()).toBe('genuine');
  });

  it('is not there for a person of another domain, nor is a file that was not left or has no such name', async () => {
    expect((await get('', '[officer:pharma]')).status).toBe(404);
    expect((await get('/summary.json', '[officer:pharma]')).status).toBe(404);
    const missing = await get('/report.html', '[viewer]');
    expect([missing.status, missing.json.detail]).toEqual([404, expect.stringContaining('no report.html')]);
    expect((await get('/..%2Fplan.json', '[viewer]')).status).toBe(422);
  });
});
