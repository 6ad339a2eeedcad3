/**
 * A retraining by two approvals, on a small domain of its own: its champion has learned from labels turned round, so that the challenger,
 * which learns from the right ones, passes the gate.
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { RetrainingTable } from '../../lib/aws/retraining-table.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { hasEnded, retrainingId } from '../../lib/retraining/retraining-status.ts';
import { openStack } from '../../lib/services/deployed-stack.ts';
import { saveTrained } from '../../lib/training/save-trained.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import type { Outputs } from '../../local/deploy.ts';
import { createUsers, signIn } from '../../local/users.ts';
import { makeOrders, type Order, shopPack, trainOptions, writeOrders } from '../../test/helpers/shop.ts';
import { waitFor } from './steps.ts';

const DOMAIN = 'smoke-shop';
const PATIENCE_MS = 900_000;

export async function approveRetraining(stackName: string, outputs: Outputs): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'assay-smoke-'));
  try {
    const orders = makeOrders(600, 1);
    await openDomain(outputs, folder, orders);
    await dropOrders(stackName, await writeOrders(folder, 'labelled.csv', orders));
    return await retrain(outputs);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function openDomain(outputs: Outputs, folder: string, orders: readonly Order[]): Promise<void> {
  const turned = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
  const pack = parsePack(shopPack.source.replace('domain: shop', `domain: ${DOMAIN}`), 'smoke-shop.yaml');
  const trained = await trainModel(trainOptions(await writeOrders(folder, 'turned.csv', turned), { pack }));
  const model = trained.card.version;
  await saveTrained(join(folder, 'model'), trained);
  for (const file of ['model.onnx', 'card.json']) {
    const Body = await readFile(join(folder, 'model', file));
    const Key = `models/${DOMAIN}/${model}/${file}`;
    await s3Client().send(new PutObjectCommand({ Bucket: outputs.ArtifactsBucket, Key, Body }));
  }
  for (const Item of [
    { domain: DOMAIN, version: 'champion', model },
    { domain: 'domains', version: DOMAIN },
  ])
    await documentClient().send(new PutCommand({ TableName: outputs.ModelsTable, Item }));
}

async function dropOrders(stackName: string, path: string): Promise<void> {
  const stack = await openStack(stackName, Date.now);
  const key = `drops/${DOMAIN}/labelled.csv`;
  const version = await stack.upload(path, key, () => {});
  const status = await waitFor(async () => {
    const { items } = await stack.drops.list({ scope: [DOMAIN], limit: 5 });
    const found = items.find((one) => one.key === key && one.version === version);
    return found?.state === 'done' || found?.state === 'failed' ? found : null;
  }, PATIENCE_MS);
  if (status?.state !== 'done')
    throw new Error(`${key} is ${status?.state ?? 'not done'}: ${status?.reason}`);
}

async function retrain(outputs: Outputs): Promise<string> {
  const { password } = await createUsers(outputs);
  const call = async (user: string, path: string, body: unknown): Promise<void> => {
    const answer = await fetch(`${apiUrl(outputs)}${path}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await signIn(outputs, user, password)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`POST ${path} as ${user}: ${answer.status} ${await answer.text()}`);
  };
  const retrainings = new RetrainingTable(documentClient(), outputs.ModelsTable, Date.now);
  const id = await start(outputs);
  const waiting = await waitFor(async () => {
    const now = await retrainings.get(id);
    return now !== null && (now.state === 'awaiting_approval' || hasEnded(now)) ? now : null;
  }, PATIENCE_MS);
  if (waiting?.state !== 'awaiting_approval')
    throw new Error(`the retraining ${id} is ${waiting?.state ?? 'under way'}: ${waiting?.reason}`);
  const approvals = `/v1/models/${DOMAIN}/${waiting.challenger}/approvals`;
  for (const user of ['approver', 'admin'])
    await call(user, approvals, { decision: 'approve', reason: 'smoke test' });
  const ended = await waitFor(async () => {
    const now = await retrainings.get(id);
    return now !== null && hasEnded(now) ? now : null;
  }, PATIENCE_MS);
  if (ended?.state !== 'promoted')
    throw new Error(
      `the retraining ${id} is ${ended?.state ?? 'under way'} after two approvals: ${ended?.reason}`,
    );
  return `${waiting.challenger} was promoted by two approvals`;
}

/** As the schedule starts it: who starts a retraining may not approve it. */
async function start({ RetrainMachineArn }: Outputs): Promise<string> {
  const name = retrainingId(Date.now(), Math.random());
  const input = JSON.stringify({ domain: DOMAIN, startedBy: 'assay schedule', tune: false });
  await new SFNClient({}).send(
    new StartExecutionCommand({ stateMachineArn: RetrainMachineArn, name, input }),
  );
  return name;
}

/** An engine answers for an API under its host name, which needs a DNS, or under this path. */
function apiUrl({ ApiUrl }: Outputs): string {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (endpoint === undefined) return ApiUrl;
  return `${endpoint}/_aws/execute-api/${new URL(ApiUrl).hostname.split('.')[0]}/$default`;
}
