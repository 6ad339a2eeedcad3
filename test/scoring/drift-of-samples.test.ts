/** Drift compares what a drop's records are with what the held-out ones were, which the model met in the same way. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DriftCounter } from '../../lib/evaluation/drift-counter.ts';
import type { InputDrift } from '../../lib/evaluation/evaluation.ts';
import { driftProfiles } from '../../lib/models/card.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { countDrifted } from '../../lib/report/drift.ts';
import { makeOrders, type Order, scoreOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;
let past: string;
/** Without what looks at a whole country's week, which is another every week. */
const pack = parsePack(shopPack.source.replace(/ {2}burst: .*\n/, ''), 'steady.yaml');
const orders = makeOrders(2_400, 1);
const [before, after] = [orders.slice(0, 1_800), orders.slice(1_800)];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-drift-'));
  past = await writeOrders(folder, 'past.csv', before);
  model = await trainShop(past, { pack });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function driftOf(name: string, rows: readonly Order[], by: Model = model): Promise<InputDrift[]> {
  const run = join(folder, name);
  const inputs = [{ path: await writeOrders(folder, `${name}.csv`, rows) }, { path: past, history: true }];
  await scoreOrders(by, inputs[0]!.path, run, { inputs });
  return JSON.parse(await readFile(join(run, 'report.json'), 'utf8')).scoring.drift;
}

test('records like those before have not drifted, though training began without a past and with no rates', async () => {
  expect(countDrifted(await driftOf('alike', after))).toBe(0);
  const { reference: _, sha256: _hash, ...old } = model.card;
  // As cards of earlier versions are measured.
  expect(countDrifted(await driftOf('by-training', after, { ...model, card: old }))).toBeGreaterThan(0);
});

test('amounts ten times as large have', async () => {
  const larger = after.map((order) => ({ ...order, amount: (Number(order.amount) * 10).toFixed(2) }));
  const drift = await driftOf('larger', larger);
  expect(drift.filter((one) => countDrifted([one]) === 1).map(({ name }) => name)).toContain('amount');
});

test('a few records are not called drift for being few', async () => {
  for (const at of [0, 200, 400]) {
    const drift = await driftOf(`few-${at}`, after.slice(at, at + 200));
    expect(countDrifted(drift)).toBe(0);
  }
  expect(new DriftCounter(driftProfiles(model.card)).drift().every(({ noise }) => noise === 0)).toBe(true);
});
