/**
 * A model with a pack of its own waits for approval: it scores what the champion decides, drops in one go and in parts and requests
 * that are kept, and those who decide about it read how the two differ.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { documentClient } from '../../lib/aws/clients.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import type { ModelEntry, ModelRegistry } from '../../lib/registry/registry-state.ts';
import { saveTrained } from '../../lib/training/save-trained.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, otherShopPack, trainOptions, writeOrders } from '../helpers/shop.ts';
import { setVariables } from './deployed-functions.ts';
import { artifacts, dropOrders, openShop } from './deployed-shop.ts';
import { callApi, data, outputs } from './deployed-stack.ts';

const orders = makeOrders(400, 1);
let domain: string;
let champion: string;
let challenger: string;
const undo: (() => Promise<void>)[] = [];

beforeAll(async () => {
  ({ domain, model: champion } = await openShop(orders));
  const folder = await mkdtemp(join(tmpdir(), 'assay-challenger-'));
  const pack = parsePack(otherShopPack.source.replace('domain: shop', `domain: ${domain}`), 'other.yaml');
  const turned = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
  const trained = await trainModel(trainOptions(await writeOrders(folder, 'turned.csv', turned), { pack }));
  await saveTrained(join(folder, 'model'), trained);
  challenger = trained.card.version;
  await propose(challenger);
  for (const file of ['model.onnx', 'card.json'])
    await artifacts.upload(join(folder, 'model', file), `models/${domain}/${challenger}/${file}`);
  await rm(folder, { recursive: true });
});
afterAll(async () => {
  for (const one of undo) await one();
});

/** Puts it before approvers, as a retraining does. */
async function propose(version: string): Promise<void> {
  const entry: ModelEntry = {
    ...{ version, state: 'candidate', dataset: 'd', metrics: null, retraining: 'r', startedBy: 'ann' },
    ...{ comparedWith: champion, expiresAt: '2099-01-01T00:00:00Z', approvals: [], history: [] },
  };
  const registry: ModelRegistry = { domain, revision: 1, models: { [version]: entry }, lineage: [champion] };
  const Item = { domain, version: 'registry', registry: JSON.stringify(registry), revision: 1 };
  await documentClient().send(new PutCommand({ TableName: outputs.ModelsTable, Item }));
}

interface Shadow {
  readonly drops: readonly string[];
  readonly records: number;
  readonly onlyChampion: number;
  readonly gained: number;
  readonly notScored: readonly { readonly drop: string; readonly reason: string }[];
}

/** As approvers read it, once it has what is awaited: a drop is done before its shadow is. */
async function shadowWith(awaited: (shadow: Shadow) => boolean): Promise<Shadow> {
  const end = Date.now() + 120_000;
  for (;;) {
    const { body } = await callApi('viewer', 'GET', `/v1/models/${domain}/${challenger}`);
    const { shadow } = body as { shadow: Shadow | null };
    if (shadow !== null && awaited(shadow)) return shadow;
    if (Date.now() > end) throw new Error(`no such shadow came: ${JSON.stringify(shadow)}`);
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

test('the challenger scores what the champion decides: in one go, in parts, online', async () => {
  const whole = await dropOrders(domain, 'whole', makeOrders(400, 2, '2025-01-10'));
  const first = await shadowWith(({ drops }) => drops.includes(whole.id));
  expect(first).toMatchObject({ challenger, champions: [champion], drops: [whole.id], notScored: [] });
  expect(first.records + first.onlyChampion).toBe(400);
  expect(first.onlyChampion).toBeGreaterThan(10);
  expect(first.gained).toBeGreaterThan(10);

  undo.push(
    await setVariables('plan', {
      ...{ ASSAY_WHOLE_BYTES: '1000', ASSAY_BYTES_PER_RANGE: '20000', ASSAY_ROWS_PER_PARTITION: '200' },
    }),
  );
  const parts = await dropOrders(domain, 'parts', makeOrders(400, 3, '2025-02-10'));
  expect(parts.progress).toEqual({ scored: 2, of: 2 });
  const second = await shadowWith(({ drops }) => drops.includes(parts.id));
  expect(second.records + second.onlyChampion).toBe(800);
  expect(second.notScored).toEqual([]);

  const records = makeOrders(20, 4, '2025-03-10').map(({ bad, ...order }) =>
    Object.fromEntries(Object.entries(order).filter(([, value]) => value !== '')),
  );
  const body = { domain, records, record: true };
  const answer = await callApi('officer', 'POST', '/v1/score', body);
  expect(answer).toMatchObject({ status: 200 });
  const kept = (answer.body as { recorded: { drop: string } }).recorded.drop;
  const third = await shadowWith(({ drops }) => drops.includes(kept));
  expect(third.records + third.onlyChampion).toBe(820);
  const measured = JSON.parse((await data.readText(`monitoring/${domain}/${kept}.json`))!);
  expect(measured).toMatchObject({ drop: kept, model: champion, scored: 20 });

  // Sent twice, it is there once.
  expect(await callApi('officer', 'POST', '/v1/score', body)).toMatchObject({
    body: { recorded: { drop: kept, flags: { new: 0 } } },
  });
  expect(await shadowWith(() => true)).toEqual(third);
});

test('a drop that it cannot be scored on is done, and reported with the reason', async () => {
  const gone = 'f'.repeat(12);
  await propose(gone);
  const drop = await dropOrders(domain, 'lost', makeOrders(20, 5, '2025-04-10'));
  const end = Date.now() + 120_000;
  const key = `models/${domain}/${gone}/shadow.json`;
  while ((await artifacts.readText(key)) === null && Date.now() < end)
    await new Promise((resolve) => setTimeout(resolve, 500));
  expect(JSON.parse((await artifacts.readText(key))!)).toMatchObject({
    ...{ challenger: gone, drops: [], records: 0 },
    notScored: [{ drop: drop.id, reason: expect.stringContaining(domain) }],
  });
});
