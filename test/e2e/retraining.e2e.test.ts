/**
 * A domain of its own learns on the deployed stack: from drops and reviews to a promoted model and back; and every other way
 * that a retraining can end. Trainings of some hundred orders take seconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateStateMachineCommand,
  DescribeStateMachineCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../lib/commands/program.ts';
import type { Pack } from '../../lib/domain/pack.ts';
import { parsePack } from '../../lib/domain/parse-pack.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { hasEnded, type RetrainingStatus, retrainingId } from '../../lib/retraining/retraining-status.ts';
import { documentClient, s3Client } from '../../lib/store/clients.ts';
import { RetrainingTable } from '../../lib/store/retraining-table.ts';
import { S3ObjectStore } from '../../lib/store/s3-object-store.ts';
import { saveTrained } from '../../lib/training/save-trained.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, type Order, ordersCsv, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';
import { callApi, dropFile, flags, follow, outputs } from './deployed-stack.ts';

const executions = new SFNClient({});
const table = new RetrainingTable(documentClient(), outputs.ModelsTable, Date.now);
const artifacts = new S3ObjectStore(s3Client(), outputs.ArtifactsBucket);
const orders = makeOrders(600, 1);
const turned = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-retraining-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The shop under another name, with a model trained on these orders; its version. */
async function openShop(
  rows: readonly Order[],
): Promise<{ readonly domain: string; readonly model: string }> {
  const domain = `shop-${randomBytes(4).toString('hex')}`;
  const pack: Pack = parsePack(shopPack.source.replace('domain: shop', `domain: ${domain}`), 'shop.yaml');
  const trained = await trainModel(trainOptions(await writeOrders(folder, `${domain}.csv`, rows), { pack }));
  const place = join(folder, domain);
  await saveTrained(place, trained);
  const model = trained.card.version;
  for (const file of ['model.onnx', 'card.json']) {
    const Body = await readFile(join(place, file));
    const Key = `models/${domain}/${model}/${file}`;
    await s3Client().send(new PutObjectCommand({ Bucket: outputs.ArtifactsBucket, Key, Body }));
  }
  for (const Item of [
    { domain, version: 'champion', model },
    { domain: 'domains', version: domain },
  ])
    await documentClient().send(new PutCommand({ TableName: outputs.ModelsTable, Item }));
  return { domain, model };
}

async function dropOrders(domain: string, name: string, rows: readonly Order[]): Promise<DropStatus> {
  const status = await follow(await dropFile(domain, `${name}.csv`, Buffer.from(ordersCsv(rows))));
  expect(status).toMatchObject({ state: 'done', reason: null });
  return status;
}

/** As the schedule starts it; its id. */
async function start(
  domain: string,
  stateMachineArn = outputs.RetrainMachineArn,
  tune = false,
): Promise<string> {
  const name = retrainingId(Date.now(), Math.random());
  const input = JSON.stringify({ domain, startedBy: 'assay schedule', tune });
  await executions.send(new StartExecutionCommand({ stateMachineArn, name, input }));
  return name;
}

async function followRetraining(
  id: string,
  until: (status: RetrainingStatus) => boolean = hasEnded,
): Promise<RetrainingStatus> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const status = await table.get(id);
    if (status !== null && until(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`retraining ${id} took too long: ${JSON.stringify(await table.get(id))}`);
}

const isWaiting = (status: RetrainingStatus) => status.state === 'awaiting_approval' || hasEnded(status);

describe('a domain learns', () => {
  test('from candidates held against each other, over folds, when it is tuned', async () => {
    const { domain } = await openShop(turned);
    await dropOrders(domain, 'labelled', orders);
    const waiting = await followRetraining(await start(domain, undefined, true), isWaiting);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', reason: null });
    const card = JSON.parse((await artifacts.readText(`models/${domain}/${waiting.challenger}/card.json`))!);
    expect(card.crossValidation.length).toBeGreaterThan(1);
    expect(card.crossValidation.filter(({ chosen }: { chosen: boolean }) => chosen)).toHaveLength(1);
  });

  test('from reviews to a new model by two approvals, and back by one call; old flags stay as they are', async () => {
    const { domain, model: first } = await openShop(turned);
    const before = await dropOrders(domain, 'labelled', orders);
    expect(before).toMatchObject({ model: first });
    const page = await flags.query({ domain, limit: 4 });
    const [one, two] = page.items;
    for (const [role, flag] of [
      ['officer', one!],
      ['admin', two!],
    ] as const) {
      const review = { verdict: 'true_positive', reason: 'seen on the account', version: 1 };
      const path = `/v1/flags/${flag.flag}/reviews`;
      expect(await callApi(role, 'POST', path, review)).toMatchObject({ status: 201 });
      expect(await callApi('admin', 'POST', path, review)).toMatchObject({ status: 409 });
    }

    const id = await start(domain);
    const waiting = await followRetraining(id, isWaiting);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', reason: null });
    const second = waiting.challenger!;
    const beside = await dropOrders(domain, 'shadowed', makeOrders(200, 2, '2025-02-01'));
    expect(beside.model).toBe(first);
    const shadow = JSON.parse((await artifacts.readText(`models/${domain}/${second}/shadow.json`))!);
    expect(shadow).toMatchObject({
      challenger: second,
      champions: [first],
      records: 200,
      drops: [beside.id],
    });
    expect(shadow.gained + shadow.lost).toBeGreaterThan(0);

    const approvals = `/v1/models/${domain}/${second}/approvals`;
    const approval = { decision: 'approve', reason: 'better where it matters' };
    expect(await callApi('officer', 'POST', approvals, approval)).toMatchObject({ status: 403 });
    expect((await callApi('approver', 'POST', approvals, approval)).status).toBeLessThan(300);
    // It takes two different people.
    expect(await callApi('approver', 'POST', approvals, approval)).toMatchObject({ status: 403 });
    expect((await callApi('admin', 'POST', approvals, approval)).status).toBeLessThan(300);
    expect(await followRetraining(id)).toMatchObject({ state: 'promoted', challenger: second });
    const record = JSON.parse((await artifacts.readText(`models/${domain}/${second}/change-record.json`))!);
    expect(record).toMatchObject({ format: 'assay-change-record/1', rollbackTo: first, retraining: id });
    expect(record.approvals).toHaveLength(2);
    expect(record.dataset.labelSources.review).toBe(2);

    expect(await dropUntil(domain, second)).toBe(second);
    expect(await flags.get(one!.flag)).toMatchObject({ model: first, score: one!.score, version: 2 });

    // What the retired model decided is decided the same again, by its own model and pack.
    const run = join(folder, 'before');
    expect(await runCommandLine(['drops', 'download', before.id, '--out', run])).toBe(0);
    expect(await runCommandLine(['replay', '--run', run, '--record', one!.record_id])).toBe(0);

    const rollback = `/v1/models/${domain}/rollback`;
    expect((await callApi('approver', 'POST', rollback, { reason: 'too many flags' })).status).toBeLessThan(
      300,
    );
    expect(await dropUntil(domain, first)).toBe(first);
  });
});

/** Drops until one is scored by the model, for a minute: by then every process has heard of it. */
async function dropUntil(domain: string, model: string): Promise<string | null> {
  const end = Date.now() + 60_000;
  for (let seed = 10; ; seed++) {
    const rows = makeOrders(5, seed, '2025-03-01').map((order) => ({ ...order, bad: '' }));
    const status = await dropOrders(domain, `next-${model}-${seed}`, rows);
    if (status.model === model || Date.now() > end) return status.model;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}

describe('a retraining that leaves the model in place says why', () => {
  test('too few labels', async () => {
    const { domain } = await openShop(orders);
    await dropOrders(domain, 'few', orders.slice(0, 30));
    const status = await followRetraining(await start(domain));
    expect(status).toMatchObject({ state: 'too_few_labels', reason: expect.stringContaining('30') });
  });

  test('labels of one kind only', async () => {
    const { domain } = await openShop(orders);
    const same = orders.map((order) => ({ ...order, bad: '0' }));
    await dropOrders(domain, 'same', same);
    expect(await followRetraining(await start(domain))).toMatchObject({ state: 'one_class_only' });
  });

  test('records and labels that make the very model that is there', async () => {
    const { domain, model } = await openShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const again = await followRetraining(await start(domain));
    expect(again).toMatchObject({ state: 'same_as_champion', reason: expect.stringContaining(model) });
  });

  test('a gate that is not passed', async () => {
    // This champion has learned from most of what it is now measured on.
    const { domain } = await openShop(orders.slice(0, 550));
    await dropOrders(domain, 'labelled', orders);
    const status = await followRetraining(await start(domain));
    expect(status).toMatchObject({
      state: 'gate_failed',
      reason: expect.stringMatching(/below|worse|lower/),
    });
  });

  test('one person’s rejection', async () => {
    const { domain } = await openShop(turned);
    await dropOrders(domain, 'labelled', orders);
    const id = await start(domain);
    const waiting = await followRetraining(id, isWaiting);
    expect(waiting.state).toBe('awaiting_approval');
    const path = `/v1/models/${domain}/${waiting.challenger}/approvals`;
    const rejection = { decision: 'reject', reason: 'not explained well' };
    expect((await callApi('approver', 'POST', path, rejection)).status).toBeLessThan(300);
    const reason = expect.stringContaining('not explained well');
    expect(await followRetraining(id)).toMatchObject({ state: 'rejected', reason });
  });

  test('nobody approves in time', async () => {
    const { domain } = await openShop(turned);
    await dropOrders(domain, 'labelled', orders);
    const status = await followRetraining(await start(domain, await impatientMachine()));
    expect(status).toMatchObject({ state: 'expired', reason: expect.stringContaining('two people') });
  });

  test('an error: a domain that nothing is known of', async () => {
    expect(await followRetraining(await start('nothing-known'))).toMatchObject({ state: 'failed' });
  });
});

/** The same state machine, but that it waits for approval for two seconds. */
async function impatientMachine(): Promise<string> {
  const stateMachineArn = outputs.RetrainMachineArn;
  const { definition, roleArn } = await executions.send(new DescribeStateMachineCommand({ stateMachineArn }));
  const states = JSON.parse(definition!).States;
  states.Await.TimeoutSeconds = 2;
  states.Propose.Parameters.approvalSeconds = 1;
  const made = await executions.send(
    new CreateStateMachineCommand({
      name: `impatient-${randomBytes(4).toString('hex')}`,
      definition: JSON.stringify({ ...JSON.parse(definition!), States: states }),
      roleArn,
    }),
  );
  return made.stateMachineArn!;
}
