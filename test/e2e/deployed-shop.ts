/** The small shop as a domain of its own on the deployed stack: opened with a model, given orders, trained again. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { expect, inject } from 'vitest';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { RetrainingTable } from '../../lib/aws/retraining-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { hasEnded, type RetrainingStatus, retrainingId } from '../../lib/retraining/retraining-status.ts';
import { saveTrained } from '../../lib/training/save-trained.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { type Order, ordersCsv, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';
import { callApi, dropFile, follow, outputs } from './deployed-stack.ts';

const executions = new SFNClient({});
export const retrainings = new RetrainingTable(documentClient(), outputs.ModelsTable, Date.now);
export const artifacts = new S3ObjectStore(s3Client(), outputs.ArtifactsBucket);

/** A shop whose customers can be erased: the stack's setting names it. */
export const ERASABLE = inject('stack').erasable;

/** The shop under another name, with a model trained on these orders; its version. */
export async function openShop(
  rows: readonly Order[],
  /** Of the pack; the usual margins by default, which twelve held-out positives can't meet. */
  acceptance = '',
  /** Instead of the card's. */
  threshold?: number,
  domain = `shop-${randomBytes(4).toString('hex')}`,
): Promise<{ readonly domain: string; readonly model: string }> {
  const named = shopPack.source.replace('domain: shop', `domain: ${domain}`);
  // Notes are personal where records are erasable; no feature looks at them.
  const source =
    domain === ERASABLE ? named.replace('note: string', 'note: { type: string, pii: true }') : named;
  const pack: Pack = parsePack(source + acceptance, 'shop.yaml');
  const folder = await mkdtemp(join(tmpdir(), 'assay-shop-'));
  const trained = await trainModel(trainOptions(await writeOrders(folder, 'orders.csv', rows), { pack }));
  const place = join(folder, 'model');
  await saveTrained(place, trained);
  const model = trained.card.version;
  for (const file of ['model.onnx', 'card.json']) {
    const Body = await readFile(join(place, file));
    const Key = `models/${domain}/${model}/${file}`;
    await s3Client().send(new PutObjectCommand({ Bucket: outputs.ArtifactsBucket, Key, Body }));
  }
  for (const Item of [
    { domain, version: 'champion', model, ...(threshold !== undefined && { threshold }) },
    { domain: 'domains', version: domain },
  ])
    await documentClient().send(new PutCommand({ TableName: outputs.ModelsTable, Item }));
  await rm(folder, { recursive: true, force: true });
  return { domain, model };
}

/** Lets any challenger of the right kind through. */
const lenient = 'acceptance: { max_loss: 1, max_recall_loss: 1, max_flag_growth: 1000 }\n';

/** A shop whose model learnt the opposite of these orders' labels, and flags by rule alone: any challenger is better. */
export function openTurnedShop(
  orders: readonly Order[],
): Promise<{ readonly domain: string; readonly model: string }> {
  const turned = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
  return openShop(turned, lenient, 0.999);
}

export async function dropOrders(domain: string, name: string, rows: readonly Order[]): Promise<DropStatus> {
  const status = await follow(await dropFile(domain, `${name}.csv`, Buffer.from(ordersCsv(rows))));
  expect(status).toMatchObject({ state: 'done', reason: null });
  return status;
}

/** As the schedule starts it; its id. */
export async function startRetraining(
  domain: string,
  {
    machine = outputs.RetrainMachineArn,
    tune = false,
  }: { readonly machine?: string; readonly tune?: boolean } = {},
): Promise<string> {
  const name = retrainingId(Date.now(), Math.random());
  const input = JSON.stringify({ domain, startedBy: 'assay schedule', tune });
  await executions.send(new StartExecutionCommand({ stateMachineArn: machine, name, input }));
  return name;
}

/** Its status once it has ended, or once `until` is content with it. */
export async function followRetraining(
  id: string,
  until: (status: RetrainingStatus) => boolean = hasEnded,
): Promise<RetrainingStatus> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const status = await retrainings.get(id);
    if (status !== null && until(status)) return status;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  throw new Error(`retraining ${id} took too long: ${JSON.stringify(await retrainings.get(id))}`);
}

export const isWaiting = (status: RetrainingStatus): boolean =>
  status.state === 'awaiting_approval' || hasEnded(status);

/** Two different people approve. */
export async function approveByTwo(domain: string, version: string): Promise<void> {
  const path = `/v1/models/${domain}/${version}/approvals`;
  const approval = { decision: 'approve', reason: 'better where it matters' };
  for (const role of ['approver', 'admin'] as const)
    expect((await callApi(role, 'POST', path, approval)).status).toBeLessThan(300);
}
