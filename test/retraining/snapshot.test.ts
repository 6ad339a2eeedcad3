import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { type DropRecords, type SnapshotOptions, snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { readWorkJson } from '../../lib/retraining/work-files.ts';
import type { LabelClaim } from '../../lib/reviews/resolve-labels.ts';
import { makeOrders, type Order, shopPack } from '../helpers/shop.ts';
import { asOf, machine, writeDrop } from './drops.ts';

let root: string;
let first: DropRecords;
let second: DropRecords;
const orders = makeOrders(60, 1);
const unlabelled = (order: Order): Order => ({ ...order, bad: '' });
const again: Order = { ...orders[3]!, amount: '77.00', bad: '1' };

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-snapshot-'));
  first = await writeDrop(root, 'first', orders.slice(0, 40), { receivedAt: '2025-10-01T00:00:00Z' });
  const later = [...orders.slice(40).map(unlabelled), again];
  const history = orders.slice(30, 40);
  second = await writeDrop(root, 'second', later, { receivedAt: '2025-11-01T00:00:00Z', history });
});
afterAll(() => rm(root, { recursive: true, force: true }));

const claim = (order: Order, changes: Partial<LabelClaim> = {}): LabelClaim => ({
  recordId: order.id,
  label: 1,
  source: 'review',
  at: '2025-11-15T00:00:00Z',
  by: 'ann',
  from: 'f1',
  ...changes,
});
let taken = 0;
async function take(changes: Partial<SnapshotOptions> = {}) {
  const folder = join(root, `dataset-${taken++}`);
  const options = {
    ...machine,
    folder,
    pack: shopPack,
    drops: [second, first],
    claims: [],
    asOf,
    ...changes,
  };
  const version = await snapshotDataset(options);
  const session = await Session.open({ threads: 1 });
  const rows = await session.rows<{
    seq: bigint;
    record_id: string;
    history: boolean;
    amount: unknown;
    bad: boolean | null;
  }>(`SELECT * FROM read_parquet('${folder}/records.parquet') ORDER BY seq`);
  await session.close();
  const weights = await readWorkJson<[number, number][]>(folder, 'weights.json');
  return {
    version,
    rows,
    weights,
    labelOf: (order: Order) => rows.find((row) => row.record_id === order.id)?.bad,
  };
}

describe('a dataset', () => {
  test('holds each record once, as it was delivered last, in the order of the drops', async () => {
    const { rows, version } = await take();
    expect(rows.map((row) => Number(row.seq))).toEqual(rows.map((_, at) => at));
    expect(rows.map((row) => row.record_id)).toEqual(
      [...orders.slice(0, 40).filter(({ id }) => id !== again.id), ...orders.slice(40), again].map(
        ({ id }) => id,
      ),
    );
    expect(Number(rows.at(-1)!.amount)).toBe(77);
    expect(rows.every((row) => !row.history)).toBe(true);
    expect(version.counts).toMatchObject({
      records: 60,
      superseded: 1,
      history: 0,
      labelled: 40,
      rejected: 0,
    });
    expect(version.objects.map(({ key }) => key)).toEqual([first.key, second.key]);
  });

  test('keeps a record that is no one’s but history as history', async () => {
    const { rows, version } = await take({ drops: [second] });
    expect(version.counts).toMatchObject({ records: 21, history: 10 });
    expect(
      rows
        .filter((row) => row.history)
        .map((row) => row.record_id)
        .sort(),
    ).toEqual(
      orders
        .slice(30, 40)
        .map(({ id }) => id)
        .sort(),
    );
  });

  test('has the labels as of its moment: of reviews and files before those of drops, none where no one knows', async () => {
    const [a, b, c, d] = [orders[0]!, orders[1]!, orders[45]!, orders[46]!];
    const label = a.bad === '1' ? 0 : 1;
    const claims = [
      claim(a, { label }),
      claim(b, { label: null }),
      claim(c, { source: 'labels_file', from: 'l.csv' }),
      claim(d, { at: '2026-02-01T00:00:00Z' }),
      claim({ ...a, id: 'no one' }),
    ];
    const { labelOf, version } = await take({ claims });
    expect([labelOf(a), labelOf(b), labelOf(c), labelOf(d)]).toEqual([label === 1, null, true, null]);
    expect(version.counts).toMatchObject({ labelled: 40, inconclusive: 1, unmatched: 1, conflicts: 2 });
    expect(version.labelSources).toEqual({ review: 1, labels_file: 1, drop: 38 });
    expect(version.conflicts.map(({ claims: [one, two] }) => [one?.label, two?.source])).toEqual(
      expect.arrayContaining([
        [label, 'drop'],
        [null, 'drop'],
      ]),
    );
  });

  test('weighs a label by the inverse of its chance, unless the record came with one anyway', async () => {
    const [a, c] = [orders[0]!, orders[45]!];
    const claims = [claim(a, { chance: 0.02 }), claim(c, { chance: 0.02 })];
    const { weights, rows, version } = await take({ claims });
    expect(weights).toEqual([[Number(rows.find((row) => row.record_id === c.id)!.seq), 50]]);
    expect(version.counts.weighted).toBe(1);
  });

  test('leaves out drops that were received later, and refuses to be made of none', async () => {
    expect((await take({ asOf: '2025-10-15T00:00:00Z' })).version.objects).toHaveLength(1);
    await expect(take({ asOf: '2025-01-01T00:00:00Z' })).rejects.toThrow(
      'domain shop: no drop was received by 2025-01-01',
    );
  });

  test('has a version made of its content: another moment keeps it, another label, object or pack does not', async () => {
    const { version } = await take();
    expect((await take({ asOf: '2026-05-05T00:00:00Z', drops: [first, second] })).version.version).toBe(
      version.version,
    );
    const label = orders[0]!.bad === '1' ? 0 : 1;
    const other = parsePack(`${shopPack.source}title: Shop\n`, 'shop.yaml');
    const versions = [
      await take({ claims: [claim(orders[0]!, { label })] }),
      await take({ drops: [first, { ...second, versionId: 'v2' }] }),
      await take({ pack: other }),
      await take({ claims: [claim(orders[45]!, { chance: 0.5 })] }),
      await take({ claims: [claim(orders[45]!, { chance: 0.25 })] }),
    ].map((one) => one.version.version);
    expect(new Set([version.version, ...versions]).size).toBe(6);
    expect(version.version).toMatch(/^[0-9a-f]{16}$/);
  });

  test('gives a column that an earlier drop did not have as missing', async () => {
    const pack = parsePack(
      shopPack.source.replace('columns:\n', 'columns:\n  shop_branch: string\n'),
      'shop.yaml',
    );
    const { rows } = await take({ pack });
    expect(rows.every((row) => (row as Record<string, unknown>).shop_branch === null)).toBe(true);
  });
});
