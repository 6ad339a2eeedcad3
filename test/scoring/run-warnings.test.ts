import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Model } from '../../lib/models/model-folder.ts';
import { isMostlyRejected } from '../../lib/report/common-rejects.ts';
import { makeOrders, ordersCsv, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;
let past: string;
const orders = makeOrders(200, 5, '2025-01-20');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-run-warnings-'));
  past = await writeOrders(folder, 'past.csv', makeOrders(300, 1));
  model = await trainShop(past);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let runs = 0;
async function warningsOf(text: string, history = true, by = model): Promise<string> {
  const path = join(folder, `fresh-${runs}.csv`);
  await writeFile(path, text);
  const inputs = [{ path }, ...(history ? [{ path: past, history: true }] : [])];
  const { warnings } = await scoreOrders(by, path, join(folder, `run-${runs++}`), { inputs });
  return warnings.join('\n');
}

describe('a run warns', () => {
  test('of nothing where nothing is odd', async () => {
    expect(await warningsOf(ordersCsv(orders))).toBe('');
  });

  test('that most records were rejected, with the one likely cause', async () => {
    const comma = orders.map((order) => ({ ...order, amount: `"${order.amount.replace('.', ',')}"` }));
    expect(await warningsOf(ordersCsv(comma))).toMatch(
      /200 of 200 records \(100 %\) were rejected; the likely cause, in 100 %: "amount": expected decimal\(18,2\), found "[\d,]+".*looks like a decimal comma/,
    );
  });

  test('that windows see no past', async () => {
    expect(await warningsOf(ordersCsv(orders), false)).toContain('windows see no record of before this file');
  });

  test('of a column that is empty in every record, but not of the label', async () => {
    const text = await warningsOf(ordersCsv(orders.map((order) => ({ ...order, country: '', bad: '' }))));
    expect(text).toContain('column "country" is empty in every record');
    expect(text).not.toContain('"bad"');
  });

  test('of a share of flags far from the card’s', async () => {
    const evaluation = model.card.evaluation!;
    const atThreshold = { ...evaluation.atThreshold, flaggedShare: 0.0001 };
    const strict = { ...model, card: { ...model.card, evaluation: { ...evaluation, atThreshold } } };
    expect(await warningsOf(ordersCsv(orders), true, strict)).toMatch(
      /of the records reach the threshold; on the held-out part it was 0\.01 %/,
    );
  });
});

test.each([
  [{ received: 10, rejected: 5 }, 0.5, false],
  [{ received: 10, rejected: 6 }, 0.5, true],
  [{ received: 10, rejected: 1 }, 0, true],
  [{ received: 10, rejected: 10 }, 1, true],
  [{ received: 0, rejected: 0 }, 0.5, false],
])('%j with a limit of %d is mostly rejected: %s', (counts, limit, expected) => {
  expect(isMostlyRejected(counts, limit)).toBe(expected);
});
