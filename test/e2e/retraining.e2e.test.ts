/**
 * A domain of its own learns on the deployed stack: from drops and reviews to a promoted model and back; and every other way
 * that a retraining can end. Trainings of some hundred orders take seconds.
 */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateStateMachineCommand, DescribeStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../lib/cli/program.ts';
import { makeOrders } from '../helpers/shop.ts';
import {
  artifacts,
  dropOrders,
  followRetraining,
  isWaiting,
  openShop,
  openTurnedShop,
  startRetraining,
} from './deployed-shop.ts';
import { callApi, flags, outputs } from './deployed-stack.ts';

const executions = new SFNClient({});
const orders = makeOrders(600, 1);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-retraining-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a domain learns', () => {
  test('from candidates held against each other, over folds, when it is tuned', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const waiting = await followRetraining(await startRetraining(domain, { tune: true }), isWaiting);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', reason: null });
    const card = JSON.parse((await artifacts.readText(`models/${domain}/${waiting.challenger}/card.json`))!);
    expect(card.crossValidation.length).toBeGreaterThan(1);
    expect(card.crossValidation.filter(({ chosen }: { chosen: boolean }) => chosen)).toHaveLength(1);
  });

  test('from reviews to a new model by two approvals, and back by one call; old flags stay as they are', async () => {
    const { domain, model: first } = await openTurnedShop(orders);
    const before = await dropOrders(domain, 'labelled', orders);
    expect(before).toMatchObject({ model: first });
    const page = await flags.query({ scope: [domain], limit: 4 });
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

    const id = await startRetraining(domain);
    const waiting = await followRetraining(id, isWaiting);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', reason: null });
    const second = waiting.challenger!;
    const beside = await dropOrders(domain, 'shadowed', makeOrders(200, 2, '2025-02-01'));
    expect(beside.model).toBe(first);
    const readShadow = () => artifacts.readText(`models/${domain}/${second}/shadow.json`);
    // The drop is done before its shadow is.
    await expect.poll(readShadow, { timeout: 60_000, interval: 500 }).not.toBeNull();
    const shadow = JSON.parse((await readShadow())!);
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
    const status = await followRetraining(await startRetraining(domain));
    expect(status).toMatchObject({ state: 'too_few_labels', reason: expect.stringContaining('30') });
  });

  test('labels of one kind only', async () => {
    const { domain } = await openShop(orders);
    const same = orders.map((order) => ({ ...order, bad: '0' }));
    await dropOrders(domain, 'same', same);
    expect(await followRetraining(await startRetraining(domain))).toMatchObject({ state: 'one_class_only' });
  });

  test('records and labels that make the very model that is there', async () => {
    const { domain, model } = await openShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const again = await followRetraining(await startRetraining(domain));
    expect(again).toMatchObject({ state: 'same_as_champion', reason: expect.stringContaining(model) });
  });

  test('a gate that is not passed', async () => {
    const { domain } = await openShop(orders.slice(0, 550), 'acceptance: { recall_floor: 1 }\n');
    await dropOrders(domain, 'labelled', orders);
    const status = await followRetraining(await startRetraining(domain));
    expect(status).toMatchObject({
      state: 'gate_failed',
      reason: expect.stringContaining('at least 100.0% are asked for'),
    });
  });

  test('too few held-out positives to decide, and how many are needed', async () => {
    const { domain } = await openShop(orders.slice(0, 590));
    await dropOrders(domain, 'labelled', orders);
    const status = await followRetraining(await startRetraining(domain));
    expect(status).toMatchObject({
      state: 'not_enough_data',
      reason: expect.stringMatching(/from \d+ positives; about [\d,]+ held-out positives would show it/),
    });
  });

  test('one person’s rejection', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const id = await startRetraining(domain);
    const waiting = await followRetraining(id, isWaiting);
    expect(waiting.state).toBe('awaiting_approval');
    const path = `/v1/models/${domain}/${waiting.challenger}/approvals`;
    const rejection = { decision: 'reject', reason: 'not explained well' };
    expect((await callApi('approver', 'POST', path, rejection)).status).toBeLessThan(300);
    const reason = expect.stringContaining('not explained well');
    expect(await followRetraining(id)).toMatchObject({ state: 'rejected', reason });
  });

  test('no one approves in time', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const status = await followRetraining(
      await startRetraining(domain, { machine: await impatientMachine() }),
    );
    expect(status).toMatchObject({ state: 'expired', reason: expect.stringContaining('two people') });
  });

  test('an error: a domain that nothing is known of', async () => {
    expect(await followRetraining(await startRetraining('nothing-known'))).toMatchObject({ state: 'failed' });
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
