import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { type Dataset, type DatasetPart, prepareDataset } from '../../lib/training/dataset.ts';
import { makeOrders, type Order, shopPack, writeOrders } from '../helpers/shop.ts';

/** The shop without a clock: split by account alone, encodings in the order of the records' hashes. */
const timelessPack = parsePack(
  `domain: shop
record: { id: id, entity: account, label: bad }
columns: { id: string, account: string, amount: number, country: string, bad: boolean }
features: { amount: { is: amount, impute: median } }
categories: { country: { keep: 3 } }
encodings: { country_rate: { of: country, smoothing: 5 } }
`,
  'timeless.yaml',
);

let folder: string;
const orders = makeOrders(600, 1);
const byId = (list: readonly Order[]) => new Map(list.map((order) => [order.id, order]));

async function prepare(list: readonly Order[], pack = shopPack, name = 'orders.csv'): Promise<Dataset> {
  const session = await Session.open({ threads: 1 });
  try {
    return await prepareDataset(session, {
      pack,
      inputs: [{ path: await writeOrders(folder, name, list) }],
      seed: 1,
      progress: noProgress,
    });
  } finally {
    await session.close();
  }
}

const rowsOf = (part: DatasetPart, list: readonly Order[]): Order[] =>
  part.id.map((id) => byId(list).get(id)!);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-dataset-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the parts of a dataset', () => {
  let dataset: Dataset;
  beforeAll(async () => {
    dataset = await prepare(orders);
  });

  test('no entity and no time of the held-out part is in the training part', () => {
    const train = rowsOf(dataset.train, orders);
    const heldOut = rowsOf(dataset.heldOut, orders);
    expect(train.length).toBeGreaterThan(100);
    expect(heldOut.length).toBeGreaterThan(50);
    const trained = new Set(train.map(({ account }) => account));
    expect(heldOut.filter(({ account }) => trained.has(account))).toEqual([]);
    const latest = train.reduce((last, { at }) => (at > last ? at : last), '');
    expect(heldOut.filter(({ at }) => at <= latest)).toEqual([]);
  });

  test('each row has its own label, entity and place', () => {
    for (const part of [dataset.train, dataset.heldOut]) {
      const rows = rowsOf(part, orders);
      expect([...part.data.labels]).toEqual(rows.map(({ bad }) => Number(bad)));
      expect(part.entity).toEqual(rows.map(({ account }) => account));
      expect(part.seq).toEqual(rows.map((order) => orders.indexOf(order)));
      const width = dataset.fitted.inputs.length;
      rows.forEach((order, row) => {
        expect(part.data.values[row * width]).toBe(Math.fround(Number(order.amount)));
      });
      const times = rows.map(({ at }) => Date.parse(at));
      expect(part.days).toBeCloseTo((Math.max(...times) - Math.min(...times)) / 86_400_000, 6);
    }
  });

  test('what is fitted is what the training rows alone give', () => {
    const rows = rowsOf(dataset.train, orders);
    const count = (test: (order: Order) => boolean): number => rows.filter(test).length;
    const countries = [...new Set(rows.map(({ country }) => country))].filter((country) => country !== '');
    const frequent = countries.sort(
      (a, b) =>
        count(({ country }) => country === b) - count(({ country }) => country === a) || (a < b ? -1 : 1),
    );
    const kept = dataset.fitted.inputs.flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
    expect(kept).toEqual(frequent.slice(0, 3));
    const amounts = rows.map(({ amount }) => Number(amount)).sort((a, b) => a - b);
    const middle =
      (amounts[Math.ceil(amounts.length / 2) - 1]! + amounts[Math.floor(amounts.length / 2)]!) / 2;
    expect(dataset.fitted.inputs[0]!.impute).toBeCloseTo(middle, 4);
    const [rate] = dataset.fitted.encodings;
    expect(rate!.prior).toBeCloseTo(count(({ bad }) => bad === '1') / rows.length, 12);
    expect(rate!.counts).toEqual(
      Object.fromEntries(
        countries
          .sort()
          .map((country) => [
            country,
            [
              count((order) => order.country === country),
              count((order) => order.country === country && order.bad === '1'),
            ],
          ]),
      ),
    );
  });

  test('a training row knows the labels of earlier records, not its own nor a later one', async () => {
    const { id, data } = dataset.train;
    const middle = Math.floor(id.length / 2);
    const relabelled = orders.map((order) =>
      order.id === id[middle] ? { ...order, bad: order.bad === '1' ? '0' : '1' } : order,
    );
    const other = (await prepare(relabelled)).train;
    expect(other.id).toEqual(id);
    const upTo = (middle + 1) * data.columns;
    expect(other.data.values.subarray(0, upTo)).toEqual(data.values.subarray(0, upTo));
    expect(other.data.values.subarray(upTo)).not.toEqual(data.values.subarray(upTo));
  });

  test('the manifest counts records, and its hash is over records and labels, not over file names', async () => {
    const { manifest } = dataset;
    const positives = orders.filter(({ bad }) => bad === '1').length;
    expect(manifest).toMatchObject({ received: 600, rejected: 0, labelled: 600, positives });
    const renamed = (await prepare(orders, shopPack, 'renamed.csv')).manifest;
    expect(renamed.hash).toBe(manifest.hash);
    expect(renamed.files[0]!.name).toBe('renamed.csv');
    const relabelled = orders.with(3, { ...orders[3]!, bad: orders[3]!.bad === '1' ? '0' : '1' });
    const edited = orders.with(3, { ...orders[3]!, note: 'edited' });
    expect((await prepare(relabelled)).manifest.hash).not.toBe(manifest.hash);
    expect((await prepare(edited)).manifest.hash).not.toBe(manifest.hash);
  });

  test('the share of a part is counted over the records up to its last, or from its first if it is held out', () => {
    const { train, heldOut } = dataset;
    const timesOf = (part: DatasetPart) => rowsOf(part, orders).map(({ at }) => Date.parse(at));
    const [latest, earliest] = [Math.max(...timesOf(train)), Math.min(...timesOf(heldOut))];
    const upTo = orders.filter(({ at }) => Date.parse(at) <= latest).length;
    const from = orders.filter(({ at }) => Date.parse(at) >= earliest).length;
    expect(train.share).toBe(train.data.rows / upTo);
    expect(heldOut.share).toBe(heldOut.data.rows / from);
  });
});

/** Another country, and the other label, in the held-out part only. */
function spoil(list: readonly Order[], heldOut: ReadonlySet<string>): Order[] {
  return list.map((order) =>
    heldOut.has(order.id) ? { ...order, country: 'XX', bad: order.bad === '1' ? '0' : '1' } : order,
  );
}

describe('a held-out part that says something else', () => {
  test('changes nothing that is trained on, where records have times', async () => {
    const dataset = await prepare(orders);
    const heldOut = new Set(dataset.heldOut.id);
    const other = await prepare(spoil(orders, heldOut));
    expect(new Set(other.heldOut.id)).toEqual(heldOut);
    expect(other.fitted).toEqual(dataset.fitted);
    expect(other.train).toEqual(dataset.train);
    expect(other.heldOut.data.labels).not.toEqual(dataset.heldOut.data.labels);
    expect(other.heldOut.data.values).not.toEqual(dataset.heldOut.data.values);
  });

  test('changes nothing that is trained on, where they have none', async () => {
    const dataset = await prepare(orders, timelessPack);
    const heldOut = new Set(dataset.heldOut.id);
    const relabelled = orders.map((order) =>
      heldOut.has(order.id) ? { ...order, bad: order.bad === '1' ? '0' : '1' } : order,
    );
    const other = await prepare(relabelled, timelessPack);
    expect(new Set(other.heldOut.id)).toEqual(heldOut);
    expect(other.fitted).toEqual(dataset.fitted);
    expect(other.train).toEqual(dataset.train);
    expect(other.heldOut.data.labels).not.toEqual(dataset.heldOut.data.labels);
  });
});

describe('a dataset that cannot be trained on is reported', () => {
  test.each([
    ['without a label in any record', { bad: '' }, /no record has a label: the column "bad" is empty/],
    [
      'with one label only',
      { bad: '0' },
      /all 600 labels in "bad" are 0; training needs records of both kinds/,
    ],
    [
      'without a record that can be read',
      { amount: 'x' },
      /no record could be read: 600 received, 600 rejected/,
    ],
  ])('%s', async (_, changes, message) => {
    await expect(prepare(orders.map((order) => ({ ...order, ...changes })))).rejects.toThrow(message);
  });

  test('by a pack that names no label', async () => {
    const pack = parsePack(
      shopPack.source.replace(', label: bad', '').replace(/encodings:.*\n/, ''),
      'shop.yaml',
    );
    await expect(prepare(orders, pack)).rejects.toThrow(/record\.label is not set/);
  });

  test('with a label that is neither 0 nor 1', async () => {
    const pack = parsePack(shopPack.source.replace('bad: boolean', 'bad: integer'), 'shop.yaml');
    const odd = orders.with(7, { ...orders[7]!, bad: '2' });
    await expect(prepare(odd, pack)).rejects.toThrow(/the label column "bad" holds 2; expected 0 or 1/);
  });
});
