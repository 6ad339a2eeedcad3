/**
 * What goes on around a model on the deployed stack: labels that come as files, events published to a webhook, the daily look, and a
 * retraining that an alarm starts, that is overtaken, or that someone stops.
 */
import { createHmac } from 'node:crypto';
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import {
  GetSecretValueCommand,
  ListSecretsCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { lastCheckpoint, tileReader } from '../../lib/audit/stored-log.ts';
import { KmsSigner } from '../../lib/aws/kms-signer.ts';
import { RetainedReader } from '../../lib/aws/retained-reader.ts';
import type { LabelsStatus } from '../../lib/reviews/labels-status.ts';
import { verifyNote } from '../../lib/tlog/note-key.ts';
import { parseNote } from '../../lib/tlog/signed-note.ts';
import { readEntry } from '../../lib/tlog/tile-reader.ts';
import { makeOrders, type Order } from '../helpers/shop.ts';
import { switchWebhook } from '../helpers/webhook-rule.ts';
import { invoke } from './deployed-functions.ts';
import {
  approveByTwo,
  artifacts,
  dropOrders,
  followRetraining,
  isWaiting,
  openShop,
  openTurnedShop,
  retrainings,
  startRetraining,
} from './deployed-shop.ts';
import { callApi, flags, outputs, posted } from './deployed-stack.ts';

const executions = new SFNClient({});
const orders = makeOrders(600, 1);
const unlabelled = (rows: readonly Order[]) => rows.map((order) => ({ ...order, bad: '' }));

beforeAll(() => switchWebhook(true));
afterAll(() => switchWebhook(false));

describe('labels that come as a file', () => {
  const fileOf = (rows: readonly Order[]) =>
    Buffer.from(['record_id,label', ...rows.map(({ id, bad }) => `${id},${bad}`), ''].join('\n'));

  /** As an officer does it: an address asked for, the file put there, its fate looked up. */
  async function sendLabels(domain: string, bytes: Buffer): Promise<LabelsStatus> {
    const { status, body } = await callApi('officer', 'POST', '/v1/labels', { domain, name: 'verdicts.csv' });
    expect(status).toBe(201);
    const { url } = body as { url: string };
    expect((await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) })).status).toBe(200);
    const look = async () => {
      const answer = await callApi('viewer', 'GET', `/v1/labels?domain=${domain}`);
      return (answer.body as { items: LabelsStatus[] }).items[0];
    };
    await expect.poll(async () => (await look())?.state, { timeout: 60_000 }).toMatch(/done|failed/);
    const { id } = (await look())!;
    return (await callApi('viewer', 'GET', `/v1/labels/${id}`)).body as LabelsStatus;
  }

  test('are what a retraining learns from', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'orders', unlabelled(orders));
    const file = await sendLabels(domain, fileOf(orders));
    expect(file).toMatchObject({ state: 'done', counts: { labels: orders.length }, faults: [] });
    const waiting = await followRetraining(await startRetraining(domain), isWaiting);
    expect(waiting).toMatchObject({ state: 'awaiting_approval', reason: null });
    const dataset = await artifacts.readText(`models/${domain}/${waiting.challenger}/dataset.json`);
    expect(JSON.parse(dataset!)).toMatchObject({
      counts: { labelled: orders.length },
      labelSources: { labels_file: orders.length },
    });
  });

  test('are refused as a whole where one is wrong, each fault by its line', async () => {
    const { domain } = await openShop(orders);
    const wrong = Buffer.from('record_id,label\n1-0,1\n1-1,perhaps\n,0\n');
    const file = await sendLabels(domain, wrong);
    expect(file).toMatchObject({
      ...{ state: 'failed', counts: null, fault_count: 2 },
      faults: [
        { line: 3, column: 'label', detail: expect.stringContaining('found "perhaps"') },
        { line: 4, column: 'record_id', detail: expect.stringContaining('expected the id of a record') },
      ],
    });
    expect(file.reason).toContain('verdicts.csv:3: label: expected');
  });
});

describe('a webhook', () => {
  test('hears of a drop, its flags and their reviews, signed, each under an id of its own', async () => {
    const { domain } = await openShop(orders);
    const drop = await dropOrders(domain, 'published', unlabelled(makeOrders(80, 5, '2025-03-01')));
    const flagged = drop.summary!.flagged;
    expect(flagged).toBeGreaterThan(0);
    const [one] = (await flags.query({ scope: [domain], limit: 1 })).items;
    const review = { verdict: 'false_positive', reason: 'known customer', version: 1 };
    expect(await callApi('officer', 'POST', `/v1/flags/${one!.flag}/reviews`, review)).toMatchObject({
      status: 201,
    });

    const published = await eventsOf(domain, 3);
    const types = Map.groupBy(published, ({ type }) => type);
    expect([...types.keys()].toSorted()).toEqual(['DropDone', 'FlagsRaised', 'ReviewMade']);
    const listed = types.get('FlagsRaised')!.flatMap(({ detail }) => detail.flags as { flag: string }[]);
    expect([types.get('FlagsRaised')!.length, new Set(listed.map(({ flag }) => flag)).size]).toEqual([
      1,
      flagged,
    ]);
    expect(types.get('DropDone')![0]!.detail).toMatchObject({ drop: drop.id, flagged });
    expect(new Set(published.map(({ detail }) => detail.id)).size).toBe(published.length);
    const secret = await webhookSecret();
    for (const { headers, body, detail } of published) {
      const signed = `${headers['x-assay-timestamp']}.${body}`;
      const signature = createHmac('sha256', secret).update(signed).digest('hex');
      expect(headers).toMatchObject({ 'x-assay-event': detail.id, 'x-assay-signature': `v1=${signature}` });
    }
    // Nothing personal: neither whom nor which record it is about.
    for (const { body } of published) expect(body).not.toMatch(/"(account|entity|record|record_id)"/);
  });
});

interface Told {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
  readonly type: string;
  readonly detail: Readonly<Record<string, unknown>> & { readonly id: string };
}

/** The events of a domain (of those types), once there are so many; one that came again counts once. */
async function eventsOf(domain: string, least: number, types?: readonly string[]): Promise<Told[]> {
  for (let attempt = 0; ; attempt++) {
    const all = (await posted()).map((one): Told => ({ ...one, ...JSON.parse(one.body) }));
    const own = all.filter(({ type, detail }) => detail.domain === domain && (types?.includes(type) ?? true));
    const once = [...new Map(own.map((one) => [one.detail.id, one])).values()];
    if (once.length >= least) return once;
    if (attempt === 120) throw new Error(`${once.length} of ${least} came: ${once.map(({ type }) => type)}`);
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function webhookSecret(): Promise<string> {
  const secrets = new SecretsManagerClient({});
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand({}));
  const [its] = SecretList.filter(({ Description }) => Description?.includes('webhook')).toSorted(
    (a, b) => b.CreatedDate!.getTime() - a.CreatedDate!.getTime(),
  );
  const { SecretString } = await secrets.send(new GetSecretValueCommand({ SecretId: its!.ARN! }));
  return SecretString!;
}

interface Watched {
  readonly watched: readonly { readonly alarms: readonly string[]; readonly retraining: string | null }[];
}

interface Points {
  readonly items: readonly {
    readonly model: string;
    readonly figures: Readonly<Record<string, unknown>>;
    readonly inputs: readonly { readonly name: string; readonly psi: unknown }[];
  }[];
}

describe('the daily look', () => {
  test('finds drift, publishes it, and starts one retraining, once', async () => {
    const { domain, model } = await openShop(orders);
    const dearer = makeOrders(300, 7, '2025-03-01').map((order) => ({
      ...order,
      amount: (Number(order.amount) * 20).toFixed(2),
    }));
    await dropOrders(domain, 'dearer', unlabelled(dearer));
    const first = (await invoke('monitor', { domain })) as Watched;
    const { alarms, retraining } = first.watched[0]!;
    expect(alarms).toContainEqual(expect.stringMatching(/^The drift \(PSI\) of amount is \d/));
    expect(retraining).not.toBeNull();
    expect(await followRetraining(retraining!)).toMatchObject({
      state: 'too_few_labels',
      started_by: 'assay monitor',
    });
    const again = (await invoke('monitor', { domain })) as Watched;
    expect(again.watched[0]).toMatchObject({ alarms, retraining: null });
    expect((await retrainings.list({ domain, limit: 10 })).items).toHaveLength(1);

    const { body } = await callApi('viewer', 'GET', `/v1/metrics?domain=${domain}`);
    const [point] = (body as Points).items;
    expect((body as Points).items).toHaveLength(1);
    expect(point).toMatchObject({ model });
    // No one reviewed anything: that is said, and no number is given.
    expect(point!.figures.precision).toEqual({ not_enough_data: true, n: 0, needed: expect.any(Number) });
    const { psi } = point!.inputs.find(({ name }) => name === 'amount')!;
    expect(psi).toEqual({
      ...{ value: expect.any(Number), low: expect.any(Number), high: expect.any(Number) },
      n: dearer.length,
    });
    const drifts = await eventsOf(domain, alarms.length, ['Drift']);
    expect(drifts.map(({ detail }) => detail.sentence).toSorted()).toEqual(alarms.toSorted());
  });
});

describe('the log of a domain', () => {
  test('has the acts and drops of the domain under a checkpoint that the stack’s key signed', async () => {
    const { domain } = await openShop(orders);
    await dropOrders(domain, 'first', makeOrders(50, 8, '2025-03-01'));
    await invoke('extend-log', {});
    const audit = new RetainedReader(new S3Client({ forcePathStyle: true }), outputs.AuditBucket, () => {});
    const { note, size } = (await lastCheckpoint(audit, domain))!;
    const signer = new KmsSigner(new KMSClient({}), outputs.SigningKey);
    const key = await signer.publicKey(`${outputs.LogName}/${domain}`);
    expect(verifyNote(parseNote(note, 'checkpoint'), [key]).valid).toHaveLength(1);
    const read = tileReader(audit, domain);
    const last = JSON.parse(Buffer.from(await readEntry(read, size - 1, size)).toString());
    expect(last).toMatchObject({ event: 'drop_sealed', seq: size - 1 });
    const log = (await audit.readText(`${domain}/${last.subject}/audit.jsonl`))!.trimEnd().split('\n');
    expect(last.data).toMatchObject({ entries: log.length, head: JSON.parse(log.at(-1)!).hash });
  });
});

describe('a retraining', () => {
  test('that another overtook promotes nothing', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const slow = await followRetraining(await startRetraining(domain), isWaiting);
    await dropOrders(domain, 'more', makeOrders(200, 3, '2025-02-01'));
    const fast = await followRetraining(await startRetraining(domain), isWaiting);
    expect([slow.state, fast.state]).toEqual(['awaiting_approval', 'awaiting_approval']);
    await approveByTwo(domain, fast.challenger!);
    expect(await followRetraining(fast.id)).toMatchObject({ state: 'promoted' });
    await approveByTwo(domain, slow.challenger!);
    const reason = expect.stringContaining(fast.challenger!);
    expect(await followRetraining(slow.id)).toMatchObject({ state: 'champion_changed', reason });
    const { body } = await callApi('viewer', 'GET', `/v1/models/${domain}`);
    expect(body).toMatchObject({ champion: fast.challenger });
  });

  test('that someone stops ends on record, its model in no one’s way', async () => {
    const { domain } = await openTurnedShop(orders);
    await dropOrders(domain, 'labelled', orders);
    const id = await startRetraining(domain);
    await followRetraining(id, isWaiting);
    const executionArn = `${outputs.RetrainMachineArn.replace(':stateMachine:', ':execution:')}:${id}`;
    await executions.send(new StopExecutionCommand({ executionArn }));
    await announceStopped(executionArn, { domain, startedBy: 'assay schedule' });
    const reason = expect.stringContaining('stopped by hand');
    expect(await followRetraining(id)).toMatchObject({ state: 'failed', reason });
  });
});

/** As Step Functions says it in AWS; the local engine does not. */
async function announceStopped(executionArn: string, input: unknown): Promise<void> {
  const detail = {
    ...{ executionArn, stateMachineArn: outputs.RetrainMachineArn, name: executionArn.split(':').at(-1) },
    ...{ status: 'ABORTED', startDate: Date.now(), input: JSON.stringify(input) },
  };
  const Entry = {
    ...{ Source: 'aws.states', DetailType: 'Step Functions Execution Status Change' },
    Detail: JSON.stringify(detail),
  };
  const { FailedEntryCount } = await new EventBridgeClient({}).send(
    new PutEventsCommand({ Entries: [Entry] }),
  );
  expect(FailedEntryCount).toBe(0);
}
