/** A label in words (SAR, cleared, open) is the same label as yes and no: in windows, encodings, training, snapshots and every format. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { snapshotDataset } from '../../lib/retraining/snapshot.ts';
import { prepareDataset } from '../../lib/training/dataset.ts';
import { makeOrders, type Order, ordersCsv, scoreOrders, shopPack, trainShop } from '../helpers/shop.ts';
import { asOf, machine, writeDrop } from '../retraining/drops.ts';

const withRates = shopPack.source.replace(
  'burst: max',
  'earlier: avg(bad) over past\n  confirmed: count(*) filter (where bad) over past\n  burst: max',
);
const plain = parsePack(withRates, 'plain.yaml');
const MAPPING = '{ of: bad, positive: [SAR, "1"], negative: [cleared, no action], unlabelled: [open] }';
const mapped = parsePack(
  withRates.replace('label: bad', `label: ${MAPPING}`).replace('bad: boolean', 'bad: string'),
  'mapped.yaml',
);
const coded = parsePack(
  withRates
    .replace('label: bad', 'label: { of: bad, positive: [3], negative: [7] }')
    .replace('bad: boolean', 'bad: integer'),
  'coded.yaml',
);

const orders = makeOrders(400, 1).map((order, at) => (at % 10 === 0 ? { ...order, bad: '' } : order));
const inWords: Order[] = orders.map((order, at) => {
  const words = { '1': ['SAR', '1'], '0': ['cleared', 'no action'], '': ['open', 'escalated', ''] }[
    order.bad
  ]!;
  return { ...order, bad: words[at % words.length]! };
});
const inCodes = orders.map((order) => ({ ...order, bad: { '1': '3', '0': '7', '': '' }[order.bad]! }));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-label-'));
  await writeFile(join(folder, 'plain.csv'), ordersCsv(orders));
  await writeFile(join(folder, 'words.csv'), ordersCsv(inWords));
  await writeFile(join(folder, 'codes.csv'), ordersCsv(inCodes));
  await writeFile(join(folder, 'words.jsonl'), inWords.map((order) => JSON.stringify(order)).join('\n'));
  const session = await Session.open({ threads: 1 });
  await session.run(
    `COPY (SELECT * FROM read_csv(${quoteText(join(folder, 'words.csv'))}, all_varchar = true)) TO ${quoteText(join(folder, 'words.parquet'))} (FORMAT parquet)`,
  );
  await session.close();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function prepared(name: string, pack = mapped) {
  const session = await Session.open({ threads: 1 });
  try {
    const { train, heldOut, manifest, warnings } = await prepareDataset(session, {
      pack,
      inputs: [{ path: join(folder, name) }],
      reading: {},
      seed: 1,
      progress: noProgress,
    });
    return { train, heldOut, warnings, hash: manifest.hash };
  } finally {
    await session.close();
  }
}

describe('training sees the same rows, labels and inputs', () => {
  test.each(['words.csv', 'words.jsonl', 'words.parquet'])('%s', async (name) => {
    const expected = await prepared('plain.csv', plain);
    const found = await prepared(name);
    expect(found.train).toEqual(expected.train);
    expect(found.heldOut).toEqual(expected.heldOut);
    expect(found.hash).toBe(expected.hash);
  });

  test('codes of whole numbers', async () => {
    const expected = await prepared('plain.csv', plain);
    expect((await prepared('codes.csv', coded)).train).toEqual(expected.train);
  });

  test('a value that the mapping does not name is unlabelled, and said with its count; one under unlabelled is not', async () => {
    const { warnings } = await prepared('words.csv');
    const escalated = inWords.filter(({ bad }) => bad === 'escalated').length;
    expect(warnings).toContain(
      `${escalated} records count as unlabelled, since their "bad" is neither positive nor negative by record.label: "escalated" (${escalated})`,
    );
    const hidden = parsePack(
      // Personal data may be no input, so the features that look back at the label go.
      mapped.source
        .replace('bad: string', 'bad: { type: string, pii: true }')
        .replaceAll(/^ {2}(earlier|confirmed): .*\n/gm, ''),
      'pii.yaml',
    );
    expect((await prepared('words.csv', hidden)).warnings.join('\n')).not.toContain('escalated');
  });
});

test('a model trained on words scores a drop that has no label, and one that has', async () => {
  const model = await trainShop(join(folder, 'words.csv'), { pack: mapped });
  const unlabelled = join(folder, 'new.csv');
  await writeFile(unlabelled, ordersCsv(makeOrders(40, 2).map((order) => ({ ...order, bad: '' }))));
  const run = await scoreOrders(model, unlabelled, join(folder, 'run'));
  expect(run.summary).toMatchObject({ received: 40, rejected: 0 });
  const again = await scoreOrders(model, join(folder, 'words.csv'), join(folder, 'run-2'));
  expect(again.summary).toMatchObject({ received: 400, rejected: 0 });
});

test('a snapshot counts labels by the mapping, and writes a review as the first word of its kind', async () => {
  const drop = await writeDrop(folder, 'snapshot', inWords.slice(0, 40), { pack: mapped });
  const claim = (order: Order, label: 0 | 1) => ({
    recordId: order.id,
    label,
    source: 'review' as const,
    at: '2025-12-15T00:00:00Z',
    by: 'ann',
    from: 'f',
  });
  const open = inWords.find(({ bad }) => bad === 'open' || bad === 'escalated')!;
  const cleared = inWords.find(({ bad }) => bad === 'cleared')!;
  const version = await snapshotDataset({
    ...machine,
    folder: join(folder, 'dataset'),
    pack: mapped,
    drops: [drop],
    claims: [claim(open, 0), claim(cleared, 1)],
    asOf,
  });
  const labelled = orders.slice(0, 40).filter(({ bad }) => bad !== '');
  expect(version.counts).toMatchObject({
    records: 40,
    labelled: labelled.length + 1,
    positives: labelled.filter(({ bad }) => bad === '1').length + 1,
    conflicts: 1,
  });
  const session = await Session.open({ threads: 1 });
  const rows = await session.rows<{ record_id: string; bad: string | null }>(
    `SELECT record_id, bad FROM read_parquet(${quoteText(join(folder, 'dataset', 'records.parquet'))})`,
  );
  await session.close();
  const held = new Map(rows.map((row) => [row.record_id, row.bad]));
  expect(held.get(open.id)).toBe('cleared');
  expect(held.get(cleared.id)).toBe('SAR');
});

describe('a mapping that cannot be meant is refused', () => {
  const labelled =
    (label: string, type = 'string') =>
    () =>
      parsePack(
        withRates.replace('label: bad', `label: ${label}`).replace('bad: boolean', `bad: ${type}`),
        'p',
      );
  test.each([
    ['{ of: bad, positive: [SAR] }', 'string', 'p:2: record.label: found no negative, expected one'],
    [
      '{ of: bad, positive: [], negative: [x] }',
      'string',
      'p:2: record.label.positive: found an empty list, expected at least one value',
    ],
    [
      '{ of: bad, positive: [SAR], negative: [SAR] }',
      'string',
      'p:2: record.label.negative: found "SAR" a second time, expected it to mean one thing',
    ],
    [
      '{ of: bd, positive: [a], negative: [b] }',
      'string',
      'p:2: record.label: found "bd", which is not a column',
    ],
    [
      '{ of: bad, positive: [a], negativ: [b] }',
      'string',
      'record.label.negativ: found an unknown key, expected one of of, is, known, may_be_missing, positive, negative, unlabelled, delay (did you mean "negative"?)',
    ],
    [
      '{ of: bad, positive: [a], negative: [b] }',
      'number',
      'column bad is of type number, expected string or integer or boolean',
    ],
    [
      'bad',
      'string',
      'column bad is of type string, expected boolean or integer; texts are mapped by label: { of: …, positive: […], negative: […] }',
    ],
  ])('%s on %s', (label, type, message) => {
    expect(labelled(label, type)).toThrow(message);
  });

  test('inside a window the label is yes or no, not its word', async () => {
    const pack = parsePack(mapped.source.replace('where bad)', "where bad = 'SAR')"), 'p');
    await expect(checkPack(pack, 'p')).rejects.toThrow(
      /features\.confirmed: Could not convert string 'SAR' to BOOL/,
    );
  });
});
