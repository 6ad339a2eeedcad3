import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { checkDataset, type Leak } from '../../lib/retraining/check-dataset.ts';
import { endOfError } from '../../lib/retraining/outcome.ts';
import { LeakFound, prepareTraining, readPrepared } from '../../lib/retraining/prepare-training.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import type { Dataset, DatasetPart } from '../../lib/training/dataset.ts';
import { makeOrders, shopPack } from '../helpers/shop.ts';
import { asOf, machine, plan, writeDrop } from './drops.ts';

let root: string;
let dataset: Dataset;
const orders = makeOrders(600, 1);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'assay-leak-'));
  const drops = [await writeDrop(root, 'one', orders)];
  await snapshotDataset({ ...machine, folder: root, pack: shopPack, drops, claims: [], asOf });
  await prepareTraining(root, plan, machine);
  dataset = await readPrepared(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

const check = (changes: Partial<Dataset>): Promise<Leak[]> =>
  checkDataset({
    ...machine,
    records: join(root, 'records.parquet'),
    pack: shopPack,
    dataset: { ...dataset, ...changes },
  });

/** The part with some of its inputs changed. */
function tamper(part: DatasetPart, change: (values: Float32Array, columns: number) => void): DatasetPart {
  const values = part.data.values.slice();
  change(values, part.data.columns);
  return { ...part, data: { ...part.data, values } };
}

describe('a dataset as it was prepared', () => {
  test('has no leak', async () => {
    expect(await check({})).toEqual([]);
  });
});

describe('a leak that was planted is caught', () => {
  test('a held-out record among those trained on', async () => {
    const { train, heldOut } = dataset;
    const { columns } = train.data;
    const values = Float32Array.from([...train.data.values, ...heldOut.data.values.subarray(0, columns)]);
    const spoiled: DatasetPart = {
      ...train,
      data: { ...train.data, rows: train.data.rows + 1, values },
      seq: [...train.seq, heldOut.seq[0]!],
      id: [...train.id, heldOut.id[0]!],
      entity: [...train.entity, heldOut.entity[0]!],
    };
    const leaks = await check({ train: spoiled });
    expect(leaks.map(({ kind }) => kind)).toEqual(
      expect.arrayContaining(['record_in_both', 'entity_in_both', 'not_later']),
    );
    expect(leaks[0]).toMatchObject({ kind: 'record_in_both', count: 1, examples: [heldOut.id[0]] });
  });

  test('an account in both parts', async () => {
    const entity = dataset.heldOut.entity.with(0, dataset.train.entity[0]!);
    expect(await check({ heldOut: { ...dataset.heldOut, entity } })).toMatchObject([
      { kind: 'entity_in_both', examples: [dataset.train.entity[0]] },
    ]);
  });

  test('a held-out record from before the cut', async () => {
    const early = dataset.train.seq[0]!;
    const seq = dataset.heldOut.seq.with(0, early);
    const leaks = await check({ heldOut: { ...dataset.heldOut, seq } });
    expect(leaks.map(({ kind }) => kind)).toContain('not_later');
  });

  test('an input that knows the next record of the account', async () => {
    const amountOf = new Map(orders.map(({ id, amount }) => [id, Number(amount)]));
    const { train } = dataset;
    const next = train.id.map((_, row) => {
      const later = train.entity.findIndex((entity, other) => other > row && entity === train.entity[row]);
      return later < 0 ? null : amountOf.get(train.id[later]!)!;
    });
    const place = dataset.fitted.inputs.findIndex(({ name }) => name === 'amount_vs_usual');
    const spoiled = tamper(train, (values, columns) => {
      next.forEach((amount, row) => {
        if (amount !== null) values[row * columns + place] = amount;
      });
    });
    expect(await check({ train: spoiled })).toMatchObject([
      {
        kind: 'future_seen',
        count: 1,
        examples: [expect.stringMatching(/^amount_vs_usual \(\d+ records\)$/)],
      },
    ]);
  });

  test('an input of the held-out part that was computed with what came after', async () => {
    const spoiled = tamper(dataset.heldOut, (values) => {
      values[0] = values[0]! + 1;
    });
    const leaks = await check({ heldOut: spoiled });
    expect(leaks.map(({ kind }) => kind)).toEqual(['future_seen']);
  });

  test('inputs computed while records stood at other times than they have', async () => {
    const path = join(root, 'shifted.parquet');
    const session = await Session.open({ threads: 1 });
    await session.run(
      `COPY (SELECT * REPLACE ("at" - INTERVAL 3 DAY * (seq % 7) AS "at") FROM read_parquet(${quoteText(join(root, 'records.parquet'))}))
       TO ${quoteText(path)} (FORMAT parquet)`,
    );
    await session.close();
    const leaks = await checkDataset({ ...machine, records: path, pack: shopPack, dataset });
    expect(leaks.map(({ kind }) => kind)).toContain('future_seen');
  });

  test('medians, categories or rates learned with the held-out part', async () => {
    const [encoding] = dataset.fitted.encodings;
    const fitted = { ...dataset.fitted, encodings: [{ ...encoding!, prior: encoding!.prior + 0.01 }] };
    const leaks = await check({ fitted });
    expect(leaks).toContainEqual(
      expect.objectContaining({ kind: 'learned_beyond', examples: [encoding!.name] }),
    );
  });
});

test('a leak ends a retraining, in words', () => {
  const leak: Leak = { kind: 'record_in_both', count: 1, examples: ['a'], sentence: '1 records are in both' };
  expect(endOfError(new LeakFound([leak]))).toEqual({
    outcome: 'leak_found',
    reason: 'the dataset leaks: 1 records are in both (a)',
  });
  expect(endOfError(new TypeError('x is undefined'))).toEqual({
    outcome: 'failed',
    reason: 'An error occurred that is not about the data; the log of the step says which.',
  });
});
