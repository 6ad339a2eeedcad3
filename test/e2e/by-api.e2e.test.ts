/** A drop from its upload to what was decided about it, and a retraining that is called off, by nothing but the API. */
import { randomUUID } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  AdminAddUserToGroupCommand,
  CognitoIdentityProviderClient,
  CreateGroupCommand,
} from '@aws-sdk/client-cognito-identity-provider';
import { beforeAll, expect, test, vi } from 'vitest';
import { verifyDossier } from '../../lib/dossier/verify-dossier.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import type { SubjectExport } from '../../lib/subjects/subject-export.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { makeOrders, ordersCsv } from '../helpers/shop.ts';
import { unzip } from '../helpers/unzip.ts';
import { openShop } from './deployed-shop.ts';
import { callApi, dropFile, follow, outputs, type Role } from './deployed-stack.ts';

const orders = makeOrders(600, 1);
let domain: string;
let model: string;

interface Listed {
  readonly flag: string;
  readonly version: number;
  readonly entity: string;
  readonly record_id: string;
}

/** The body of an answer that is a success. */
async function ask<Body>(role: Role, method: string, path: string, body?: unknown, key?: string) {
  const headers: Record<string, string> = key === undefined ? {} : { 'idempotency-key': key };
  const answer = await callApi(role, method, path, body, headers);
  expect([method, path, answer.status < 300, answer.body]).toEqual([method, path, true, answer.body]);
  return answer.body as Body;
}

/** In that domain alone, and by tokens from here on. */
async function letReadPersonalData(Username: Role, of: string): Promise<void> {
  const client = new CognitoIdentityProviderClient({});
  const group = { UserPoolId: outputs.UserPoolId, GroupName: `read_pii:${of}` };
  await client.send(new CreateGroupCommand(group));
  await client.send(new AdminAddUserToGroupCommand({ ...group, Username }));
}

async function uploadOrders(): Promise<DropStatus> {
  const key = randomUUID();
  const upload = { domain, name: 'orders.csv' };
  const { url } = await ask<{ url: string }>('officer', 'POST', '/v1/drops', upload, key);
  expect((await ask<{ url: string }>('officer', 'POST', '/v1/drops', upload, key)).url).toBe(url);
  expect((await fetch(url, { method: 'PUT', body: ordersCsv(orders) })).status).toBe(200);
  const newest = async () =>
    (await ask<{ items: DropStatus[] }>('viewer', 'GET', `/v1/drops?domain=${domain}`)).items[0];
  return vi.waitFor(
    async () => {
      const drop = await newest();
      expect(drop?.state).toBe('done');
      return drop!;
    },
    { timeout: 120_000, interval: 500 },
  );
}

let drop: DropStatus;
let flags: readonly Listed[];
beforeAll(async () => {
  ({ domain, model } = await openShop(orders));
  await letReadPersonalData('officer', domain);
  drop = await uploadOrders();
  const list = await ask<{ items: Listed[] }>('viewer', 'GET', `/v1/flags?drop=${drop.id}&limit=5`);
  flags = list.items;
  expect(flags.length).toBeGreaterThan(0);
});

test('every file of a drop is there to be fetched', async () => {
  const list = `/v1/drops/${drop.id}/files`;
  const { items } = await ask<{ items: { name: string; bytes: number }[] }>('officer', 'GET', list);
  expect(items.map(({ name }) => name)).toEqual(expect.arrayContaining(['records.parquet', 'seal.json']));
  for (const { name, bytes } of items) {
    const { url } = await ask<{ url: string }>('officer', 'GET', `${list}/${name}`);
    const file = await fetch(url);
    expect([name, file.status, (await file.arrayBuffer()).byteLength]).toEqual([name, 200, bytes]);
  }
});

test('a flag is found by its entity, reviewed once however often that is sent, and stands in the log of its record', async () => {
  const [{ flag, entity, record_id }] = flags as [Listed];
  const byEntity = `/v1/flags?domain=${domain}&entity=${encodeURIComponent(entity)}`;
  const ofEntity = await ask<{ items: Listed[] }>('viewer', 'GET', byEntity);
  expect(ofEntity.items.map((one) => one.flag)).toContain(flag);
  const { version } = await ask<Listed>('officer', 'GET', `/v1/flags/${flag}`);
  const review = { verdict: 'true_positive', reason: 'as the file says', version };
  const key = randomUUID();
  const made = await ask('officer', 'POST', `/v1/flags/${flag}/reviews`, review, key);
  expect(await ask('officer', 'POST', `/v1/flags/${flag}/reviews`, review, key)).toEqual(made);
  interface Log {
    readonly entries: readonly { readonly event: string; readonly data: { readonly verdict?: string } }[];
  }
  const log = await ask<Log>('viewer', 'GET', `/v1/audit?domain=${domain}&record=${record_id}`);
  const reviewed = log.entries.filter(({ event }) => event === 'reviewed');
  expect(reviewed.map(({ data }) => data.verdict)).toEqual(['true_positive']);
});

test('a view of the queue is shared, and seen by who reads there', async () => {
  const path = `/v1/views/${domain}`;
  await ask('officer', 'POST', path, { name: 'High', filter: { severity: 'high' }, shared: true });
  const { items } = await ask<{ items: { name: string }[] }>('viewer', 'GET', path);
  expect(items.map(({ name }) => name)).toContain('High');
});

test('a colleague who is spoken to finds the case, until it is done with', async () => {
  const { sub } = await ask<{ sub: string }>('viewer', 'GET', '/v1/me');
  const lists = `/v1/cases?domain=${domain}`;
  const [one] = (await ask<{ items: { id: string }[] }>('officer', 'GET', `${lists}&view=all`)).items;
  await ask('officer', 'POST', `/v1/cases/${one!.id}/escalate`, { reason: 'Please look', mentions: [sub] });
  const { items } = await ask<{ items: { id: string }[] }>('viewer', 'GET', `${lists}&view=mentioned`);
  expect(items.map(({ id }) => id)).toEqual([one!.id]);
  const { mention } = await ask<{ mention: { at: string } }>('viewer', 'GET', `/v1/cases/${one!.id}`);
  await ask('viewer', 'POST', `/v1/cases/${one!.id}/mention/done`, { at: mention.at });
  expect((await ask<{ items: object[] }>('viewer', 'GET', `${lists}&view=mentioned`)).items).toEqual([]);
});

test('a file is attached to a case once it has arrived, and downloaded', async () => {
  const cases = `/v1/cases?domain=${domain}&view=all`;
  const [one] = (await ask<{ items: { id: string }[] }>('officer', 'GET', cases)).items;
  const path = `/v1/cases/${one!.id}/attachments`;
  const upload = { name: 'note.txt', bytes: 5 };
  const asked = await ask<{ url: string; attachment: string }>('officer', 'POST', path, upload);
  const early = await callApi('officer', 'POST', `${path}/${asked.attachment}`, { name: upload.name });
  expect(early.status).toBe(409);
  expect((await fetch(asked.url, { method: 'PUT', body: 'hello' })).status).toBe(200);
  await ask('officer', 'POST', `${path}/${asked.attachment}`, { name: upload.name });
  expect((await callApi('viewer', 'GET', `${path}/${asked.attachment}`)).status).toBe(403);
  const { url } = await ask<{ url: string }>('officer', 'GET', `${path}/${asked.attachment}`);
  expect(await (await fetch(url)).text()).toBe('hello');
});

test('a labels file is taken, in the name of who sent it', async () => {
  const upload = { domain, name: 'labels.csv' };
  const { url } = await ask<{ url: string }>('officer', 'POST', '/v1/labels', upload);
  const lines = orders.slice(0, 20).map(({ id, bad }) => `${id},${bad}`);
  const body = ['record_id,label', ...lines, ''].join('\n');
  expect((await fetch(url, { method: 'PUT', body })).status).toBe(200);
  const list = `/v1/labels?domain=${domain}`;
  const newest = async () =>
    (await ask<{ items: { state: string; by: string }[] }>('viewer', 'GET', list)).items[0];
  await expect.poll(async () => (await newest())?.state, { timeout: 60_000 }).toBe('done');
});

test('blind reviews and figures are lists, if empty ones', async () => {
  const blind = await ask<{ items: unknown[] }>('officer', 'GET', `/v1/blind-reviews?domain=${domain}`);
  expect(blind.items).toEqual(expect.any(Array));
  const metrics = await ask<object>('viewer', 'GET', `/v1/metrics?domain=${domain}`);
  expect(metrics).toBeTypeOf('object');
});

test('a request that is refused can be sent again with its key, one that was answered is not done twice', async () => {
  const key = randomUUID();
  const scored = (records: unknown) =>
    callApi('officer', 'POST', '/v1/score', { domain, records, record: true }, { 'idempotency-key': key });
  expect((await scored([])).status).toBe(422);
  const order = [{ ...orders.find(({ country }) => country !== '')!, id: `again-${key}` }];
  const [first, second] = [await scored(order), await scored(order)];
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.body).toEqual(first.body);
  expect(second.headers.get('idempotency-replayed')).toBe('true');
});

/** The files of what is asked for, once it is there. */
async function exported(role: Role, kind: 'dossier' | 'subject', body: object) {
  interface Asked {
    readonly id: string;
    readonly state: string;
    readonly reason: string | null;
  }
  const { id } = await ask<Asked>(role, 'POST', `/v1/exports/${kind}`, body);
  const read = () => ask<Asked>(role, 'GET', `/v1/exports/${id}`);
  await expect
    .poll(async () => [(await read()).state, (await read()).reason], { timeout: 90_000, interval: 1_000 })
    .toEqual(['done', null]);
  const { url } = await ask<{ url: string }>(role, 'GET', `/v1/exports/${id}/file`);
  return unzip(Buffer.from(await (await fetch(url)).arrayBuffer()));
}

test('a dossier is put together for who asks, and proves its flag offline', async () => {
  const [{ flag }] = flags as [Listed];
  const files = await exported('viewer', 'dossier', { domain, flag });
  const folder = await mkdtemp(join(tmpdir(), 'assay-dossier-'));
  for (const [name, bytes] of files) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  expect(await verifyDossier(folder)).toMatchObject({ problems: [], proven: 1 });
  expect(files.get('dossier.pdf')!.toString('latin1')).toMatch(/^%PDF-1\.7/);
  await rm(folder, { recursive: true });
});

test('a retraining that is called off ends so', async () => {
  const { id } = await ask<{ id: string }>('admin', 'POST', '/v1/retrainings', { domain });
  await ask('admin', 'POST', `/v1/retrainings/${id}/cancel`, { reason: 'the wrong domain' });
  const read = async () => (await ask<{ state: string }>('viewer', 'GET', `/v1/retrainings/${id}`)).state;
  await expect.poll(read, { timeout: 60_000 }).toBe('cancelled');
  const list = `/v1/retrainings?domain=${domain}`;
  const { items } = await ask<{ items: { id: string }[] }>('viewer', 'GET', list);
  expect(items.map((one) => one.id)).toContain(id);
});

test('files that arrive while their domain is stopped wait, and so does one under way; resumed, all are done once', async () => {
  const under = { domain, reason: 'Odd scores' };
  const ofModel = { ...under, model };
  const part = (at: number) => Buffer.from(ordersCsv(orders.slice(at * 100, (at + 1) * 100)));
  // The first is somewhere on its way when the stop comes.
  const first = await dropFile(domain, 'first.csv', part(0));
  await ask('admin', 'POST', '/v1/stops', under);
  await ask('admin', 'POST', '/v1/stops', ofModel);
  const rest = [await dropFile(domain, 'second.csv', part(1)), await dropFile(domain, 'third.csv', part(2))];
  for (const id of rest)
    expect(await follow(id, ({ waiting }) => waiting !== null)).toMatchObject({ state: 'received' });
  const isAtRest = ({ state, waiting }: DropStatus) => state === 'done' || waiting !== null;
  expect(await follow(first, isAtRest)).toMatchObject({ reason: null });
  const refused = await callApi('officer', 'POST', '/v1/score', { domain, records: [orders[0]] });
  expect([refused.status, refused.body]).toEqual([
    503,
    expect.objectContaining({ title: 'Stopped', detail: expect.stringContaining('Odd scores') }),
  ]);
  const { items } = await ask<{ items: object[] }>('viewer', 'GET', `/v1/stops?domain=${domain}`);
  expect(items).toMatchObject([{ ...under, model: null }, ofModel]);
  await ask('admin', 'POST', '/v1/stops/resume', under);
  expect(await follow(rest[0]!, isAtRest)).toMatchObject({ state: 'received' });
  await ask('admin', 'POST', '/v1/stops/resume', ofModel);
  const done = [];
  for (const id of [first, ...rest]) done.push(await follow(id));
  expect(done).toMatchObject(
    done.map(() => ({ state: 'done', waiting: null, summary: { received: 100 }, reason: null })),
  );
  expect((await callApi('officer', 'POST', '/v1/score', { domain, records: [orders[0]] })).status).toBe(200);
});

test('a subject’s export has every record, decision, flag, review, label and act that the stack stores on it', async () => {
  const subject = flags[0]!.entity;
  const asked = { domain, subject, basis: 'request 7' };
  const byApi = await exported('officer', 'subject', asked);
  const { found } = JSON.parse(String(byApi.get('subject.json'))) as SubjectExport;
  const own = orders.filter(({ account }) => account === subject).map(({ id }) => id);
  const ofDrop = found.records!.filter(({ source }) => source === drop.id);
  expect(ofDrop.map(({ record_id }) => record_id).toSorted()).toEqual(own.toSorted());
  expect(found.decisions).toHaveLength(found.records!.length);
  const listed = await ask<{ items: Listed[] }>(
    ...(['viewer', 'GET', `/v1/flags?domain=${domain}&entity=${subject}&limit=500`] as const),
  );
  expect(found.flags!.map(({ flag }) => flag).toSorted()).toEqual(
    listed.items.map(({ flag }) => flag).toSorted(),
  );
  expect(found.cases).toHaveLength(1);
  const reviewed = found.acts!.filter(({ event }) => event === 'reviewed');
  expect(found.reviews!.length).toBe(reviewed.length);
  // The command line finds the same, and the act.
  const folder = await mkdtemp(join(tmpdir(), 'assay-subject-'));
  const argv = ['subject', subject, '--domain', domain, '--basis', 'request 8', '--as', 'ann', '--quiet'];
  expect((await runAssayHere(...argv, '--out', folder)).code).toBe(0);
  const second = JSON.parse(await readFile(join(folder, 'subject.json'), 'utf8')) as SubjectExport;
  const { acts: _, ...rest } = second.found;
  expect(rest).toEqual(Object.fromEntries(Object.entries(found).filter(([kind]) => kind !== 'acts')));
  const act = second.found.acts!.find(({ event }) => event === 'subject_exported');
  expect(act).toMatchObject({ subject: found.cases![0]!.id, data: { basis: 'request 7' } });
  expect(JSON.stringify(act)).not.toContain(`"${subject}"`);
  await rm(folder, { recursive: true });
});
