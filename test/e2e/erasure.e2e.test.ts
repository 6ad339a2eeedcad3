/**
 * Two customers of an erasable domain on the deployed stack, with a drop, flags, a review, labels and an export; one is erased. What
 * can be read of them before and after is looked for in every store of the engine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { ListObjectVersionsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest';
import { s3Client } from '../../lib/aws/clients.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { dumpStores } from '../helpers/dump-stores.ts';
import { findReadings } from '../helpers/readable-texts.ts';
import { makeOrders, type Order, ordersCsv } from '../helpers/shop.ts';
import { unzip } from '../helpers/unzip.ts';
import { invoke } from './deployed-functions.ts';
import { ERASABLE as domain, openShop } from './deployed-shop.ts';
import { callApi, dropFile, follow, outputs, type Role } from './deployed-stack.ts';

const erased = { account: 'KIOSK-GONE-0815', note: 'Nora Vergangen 4711', prefix: 'KG-' };
const other = { account: 'KIOSK-STAYS-0816', note: 'Otto Bleibend 4712', prefix: 'KS-' };
/** Six orders of each among those of others, of amounts that a rule flags. */
const orders = makeOrders(300, 7).map((order, at): Order => {
  const whose = at % 50 === 3 ? erased : at % 50 === 4 ? other : null;
  if (whose === null) return order;
  return {
    ...order,
    id: `${whose.prefix}${1_000 + at}`,
    account: whose.account,
    amount: '950.00',
    note: whose.note,
  };
});
const valuesOf = ({ account, note }: typeof erased) => [
  ...[account, note],
  ...orders.filter((order) => order.account === account).map(({ id }) => id),
];
const everything = [...valuesOf(erased), ...valuesOf(other)];

interface Listed {
  readonly flag: string;
  readonly version: number;
  readonly entity: string;
  readonly record_id: string;
}

let folder: string;
let drop: DropStatus;
let flagOf: Record<'erased' | 'other', Listed>;

async function ask<Body>(role: Role, method: string, path: string, body?: unknown): Promise<Body> {
  const answer = await callApi(role, method, path, body);
  expect([method, path, answer.status < 300, answer.body]).toEqual([method, path, true, answer.body]);
  return answer.body as Body;
}

const readings = async (texts: readonly string[]) => {
  const found = await findReadings(
    dumpStores({ endpoint: inject('stack').endpoint, region: process.env.AWS_REGION! }),
    texts,
  );
  return found.map(({ text, where, as }) => `${text} ${as}: ${where}`);
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-erased-'));
  await openShop(makeOrders(400, 3), '', undefined, domain);
  const client = new CognitoIdentityProviderClient({});
  const group = { UserPoolId: outputs.UserPoolId, GroupName: `read_pii:${domain}` };
  await client.send(new CreateGroupCommand(group));
  await client.send(new AdminAddUserToGroupCommand({ ...group, Username: 'officer' }));
  await ask('admin', 'POST', `/v1/erasure-rules/${domain}/retention`, {
    months: null,
    basis: 'no law obliges',
  });
  drop = await follow(await dropFile(domain, `${erased.account}.csv`, Buffer.from(ordersCsv(orders))));
  expect(drop).toMatchObject({ state: 'done', reason: null });
  const ofEntity = async (entity: string) => {
    const path = `/v1/flags?domain=${domain}&entity=${entity}`;
    return (await ask<{ items: Listed[] }>('officer', 'GET', path)).items[0]!;
  };
  flagOf = { erased: await ofEntity(erased.account), other: await ofEntity(other.account) };
  for (const { flag } of Object.values(flagOf)) {
    const { version } = await ask<Listed>('officer', 'GET', `/v1/flags/${flag}`);
    const review = { verdict: 'true_positive', reason: 'Paid to a company that was dissolved', version };
    await ask('officer', 'POST', `/v1/flags/${flag}/reviews`, review);
  }
  const labels = everything.filter((one) => /^K[GS]-/.test(one)).map((id) => `${id},1`);
  await s3Client().send(
    new PutObjectCommand({
      ...{ Bucket: outputs.DropsBucket, Key: `labels/${domain}/${erased.account}-labels.csv` },
      Body: ['record_id,label', ...labels, ''].join('\n'),
    }),
  );
  const newest = async () =>
    (await ask<{ items: { state: string }[] }>('viewer', 'GET', `/v1/labels?domain=${domain}`)).items[0];
  await vi.waitFor(async () => expect((await newest())?.state).toBe('done'), {
    ...{ timeout: 60_000, interval: 500 },
  });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const shown = async (which: 'erased' | 'other') =>
  JSON.stringify(await ask('officer', 'GET', `/v1/flags/${flagOf[which].flag}?pii=true`));

async function exportOf(subject: string): Promise<ReadonlyMap<string, Buffer>> {
  const { id } = await ask<{ id: string }>('officer', 'POST', '/v1/exports/subject', {
    ...{ domain, subject, basis: 'request 2026-113' },
  });
  const state = async () => (await ask<{ state: string }>('officer', 'GET', `/v1/exports/${id}`)).state;
  await expect.poll(state, { timeout: 120_000 }).toBe('done');
  const { url } = await ask<{ url: string }>('officer', 'GET', `/v1/exports/${id}/file`);
  return unzip(Buffer.from(await (await fetch(url)).arrayBuffer()));
}

const stack = ['--stack', process.env.ASSAY_STACK ?? 'Assay-dev'];
async function otherAsBefore(name: string): Promise<string> {
  const run = join(folder, name);
  const fetched = await runAssayHere('drops', 'download', drop.id, '--out', run, ...stack);
  expect(fetched).toMatchObject({ code: 0 });
  expect(await runAssayHere('verify', run)).toMatchObject({
    code: expect.toSatisfy((code) => code === 0 || code === 5),
  });
  const replayed = await runAssayHere('replay', '--run', run, '--record', flagOf.other.record_id);
  expect(replayed.code).toBe(0);
  return replayed.stdout;
}
const auditVerdict = async () => {
  const { code, stdout } = await runAssayHere('audit', 'verify', '--domain', domain, ...stack);
  return [code, /intact|unsigned|damaged|incomplete/.exec(stdout)?.[0]];
};

let replayedBefore: string;
let verdictBefore: unknown[];

test('before: the reader gets every value through the keys, and no store has one in the clear', async () => {
  expect(await shown('erased')).toContain(erased.note);
  expect(await shown('other')).toContain(other.note);
  for (const whose of [erased, other]) {
    const files = await exportOf(whose.account);
    const texts = [...files.values()].map((file) => file.toString('utf8')).join('\n');
    for (const value of valuesOf(whose)) expect(texts).toContain(value);
  }
  replayedBefore = await otherAsBefore('before');
  verdictBefore = await auditVerdict();
  const { Versions = [] } = await s3Client().send(
    new ListObjectVersionsCommand({ Bucket: outputs.DropsBucket, Prefix: `drops/${domain}/` }),
  );
  expect(Versions).toEqual([]);
  const found = await readings(everything);
  // What was put together for someone to take away holds them, and is found: the search sees what is there.
  const exported = found.filter((one) => one.includes(': exports/'));
  for (const value of everything) expect(exported.some((one) => one.startsWith(`${value} `))).toBe(true);
  expect(found.filter((one) => !exported.includes(one))).toEqual([]);
});

test('after: nothing of the one can be read anywhere, and all of the other is as it was', async () => {
  const request = { domain, subject: erased.account, basis: 'request 2026-114' };
  const { id } = await ask<{ id: string }>('officer', 'POST', '/v1/erasures', request);
  await ask('approver', 'POST', `/v1/erasures/${id}/decisions`, {
    decision: 'approve',
    reason: 'Identity checked',
  });
  const state = async () => (await ask<{ state: string }>('viewer', 'GET', `/v1/erasures/${id}`)).state;
  expect(await state()).toBe('approved');
  await vi.waitFor(
    async () => {
      await invoke('publish-events', {});
      expect(await state()).toBe('done');
    },
    { timeout: 60_000, interval: 1_000 },
  );
  expect(await readings(everything)).toEqual([]);
  const answer = await shown('erased');
  for (const value of valuesOf(erased)) expect(answer).not.toContain(value);
  expect(await shown('other')).toContain(other.note);
  const again = await callApi('officer', 'POST', '/v1/exports/subject', request);
  expect(again.status).toBe(404);
  expect(await otherAsBefore('after')).toBe(replayedBefore);
  expect(await auditVerdict()).toEqual(verdictBefore);
  const files = await exportOf(other.account);
  const texts = [...files.values()].map((file) => file.toString('utf8')).join('\n');
  for (const value of valuesOf(other)) expect(texts).toContain(value);
});
