/** The log of acts of a domain: sealed day by day, read back as a whole, and found out where someone changed it. */

import { readFile } from 'node:fs/promises';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditAct } from '../../lib/audit/audit-entry.ts';
import { verifyActs } from '../../lib/audit/verify-acts.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { type RetainedFinding, RetainedReader } from '../../lib/aws/retained-reader.ts';
import { RetainedStore } from '../../lib/aws/retained-store.ts';
import { readActs } from '../../lib/services/read-acts.ts';
import { sealActs } from '../../lib/services/seal-acts.ts';
import { dropTable, localDocuments, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
const client = localS3();
let table: string;
let bucket: string;
let chain: AuditChain;
beforeAll(async () => {
  table = await makeTable('Drops');
  bucket = await makeBucket({ lock: true });
  chain = new AuditChain(documents, table);
});
afterAll(() => dropTable(table));

async function act(domain: string, n: number): Promise<void> {
  const at = `2026-03-01T00:00:${String(n).padStart(2, '0')}.000Z`;
  const done: AuditAct = { event: 'approved', actor: 'ana', subject: `m${n}`, at, data: { model: `m${n}` } };
  await chain.append(domain, done);
}

function seal(domain: string, day: number): Promise<void> {
  const retention = { mode: 'GOVERNANCE', days: 1 } as const;
  const store = new RetainedStore(client, bucket, retention, { now: Date.now, onFinding: () => {} });
  const kept = new RetainedReader(client, bucket, () => {});
  const keep = async (key: string, path: string) => void (await store.putRetained(key, await readFile(path)));
  return sealActs({ documents, table, retain: keep, stored: kept }, domain, `2026-03-0${day}T00:00:00.000Z`);
}

async function read(domain: string) {
  const findings: RetainedFinding[] = [];
  const audit = new RetainedReader(client, bucket, (found) => findings.push(found));
  return verifyActs(await readActs({ documents, table, audit, findings }, domain));
}

it('is whole, day after day, with what was done since the last seal', async () => {
  expect(await read('finance')).toMatchObject({ entries: 0, sealed: 0, sealedAt: null, problems: [] });
  for (let day = 1; day <= 3; day++) {
    await act('finance', 2 * day);
    await act('finance', 2 * day + 1);
    await seal('finance', day);
  }
  await act('finance', 9);
  expect(await read('finance')).toEqual({
    ...{ entries: 7, sealed: 6, sealedAt: '2026-03-03T00:00:00.000Z', problems: [] },
    head: (await chain.head('finance')).hash,
  });
});

it('is read as it was sealed where a forged part was put over a locked one, and says so', async () => {
  await act('forged', 1);
  await seal('forged', 1);
  for (const name of ['000000000000.jsonl', '000000000000.seal.json'])
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: `forged/acts/${name}`, Body: 'forged' }));
  const { entries, sealed, problems } = await read('forged');
  expect([entries, sealed]).toEqual([1, 1]);
  expect(problems.map(({ kind }) => kind)).toEqual(['second version', 'second version']);
  // What was sealed counts for the next part too.
  await act('forged', 2);
  await seal('forged', 2);
  expect(await read('forged')).toMatchObject({ entries: 2, sealed: 2 });
});

it('does not fit where an entry of the table was changed', async () => {
  await act('changed', 1);
  await seal('changed', 1);
  const [first] = await chain.lines('changed');
  const line = first!.line.replace('ana', 'eve');
  await documents.send(
    new PutCommand({ TableName: table, Item: { pk: 'audit#changed', sk: '000000000000', line, at: '' } }),
  );
  const { problems } = await read('changed');
  expect(problems.map(({ where }) => where)).toContain('live log, line 1');
});
