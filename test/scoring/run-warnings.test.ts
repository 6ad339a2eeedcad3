import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import type { IntakeResult } from '../../lib/intake/read-records.ts';
import type { Records, Rejects } from '../../lib/intake/records.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { isMostlyRejected } from '../../lib/report/common-rejects.ts';
import { type RunToJudge, runWarnings } from '../../lib/scoring/run-warnings.ts';
import type { Decisions } from '../../lib/scoring/score-records.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';
import { makeOrders, ordersCsv, scoreOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

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

describe('of tables as they are', () => {
  let session: Session;
  beforeAll(async () => {
    session = await Session.open({ threads: 1 });
  });
  afterAll(() => session.close());

  const BLIND =
    'windows see no record of before this file: without a history, features of the past count these records only';
  /** So many records, of which `above` reach the threshold; the card expects the share `expected`. */
  async function judge(
    { scored = 0, above = 0, expected = 0.1 }: { scored?: number; above?: number; expected?: number },
    changes: Omit<Partial<RunToJudge>, 'intake'> & { readonly intake?: Partial<IntakeResult> } = {},
  ): Promise<string[]> {
    const { card } = fakeTrainingReport(1);
    const evaluation = {
      ...card.evaluation!,
      atThreshold: { ...card.evaluation!.atThreshold, flaggedShare: expected },
    };
    const records: Records = await createTable(
      session,
      'records',
      `SELECT * FROM (VALUES
        ('1', TIMESTAMP '2025-01-01', 'a', 1.5, 'DE', NULL, NULL, false),
        ('2', TIMESTAMP '2025-01-01', NULL, NULL, NULL, NULL, NULL, false),
        ('0', TIMESTAMP '2025-01-01', 'a', 1.5, 'DE', 'before', true, true)
      ) AS t(id, "at", account, amount, country, note, bad, history)`,
    );
    const rejects: Rejects = await createTable(
      session,
      'rejects',
      `SELECT 0 AS file, 1::BIGINT AS line, 'amount' AS "column", 'not a number' AS reason, 'x' AS text`,
    );
    const decisions: Decisions = await createTable(
      session,
      'decisions',
      `SELECT n AS seq, CASE WHEN n < ${above} THEN 0.5 ELSE 0.499 END AS score FROM range(${scored}) AS t(n)`,
    );
    const { intake, ...others } = changes;
    return await runWarnings({
      model: {
        ...{ onnx: new Uint8Array(), pack: shopPack },
        card: { ...card, evaluation, threshold: { ...card.threshold, value: 0.5 } },
      },
      threshold: 0.5,
      intake: {
        ...{ received: 10, accepted: 9, rejected: 1, warnings: [] },
        records,
        rejects,
        ...intake,
      } as IntakeResult,
      scored: { decisions },
      maxRejectedShare: 0.5,
      hasPast: true,
      ...others,
    });
  }
  const NOTE = 'column "note" is empty in every record';

  test('columns are empty by the records scored, not by those of the past; the label may be', async () => {
    expect(await judge({})).toEqual([NOTE]);
    expect(await judge({}, { intake: { accepted: 0 } })).toEqual([]);
  });

  test('a column that is sealed, or was said not to be there, is not said to be empty', async () => {
    expect(await judge({}, { erasable: { sealed: ['note'] } })).toEqual([]);
    expect(await judge({}, { erasable: { sealed: ['amount'] } })).toEqual([NOTE]);
    const warned = (name: string) => ({ intake: { warnings: ['odd', `column "${name}" is not there`] } });
    expect(await judge({}, warned('note'))).toEqual([]);
    expect(await judge({}, warned('amount'))).toEqual([NOTE]);
    const sealed = shopPack.columns.map(({ name }) => name);
    expect(await judge({}, { erasable: { sealed } })).toEqual([]);
  });

  test('that most were rejected comes first, and that there is no past only where a window could see one', async () => {
    expect(await judge({}, { hasPast: false, intake: { rejected: 6 } })).toEqual([
      '6 of 10 records (60 %) were rejected; the likely cause, in 10 %: "amount": not a number',
      NOTE,
      BLIND,
    ]);
    const { card } = fakeTrainingReport(1);
    const pack = { ...shopPack, windows: [] };
    expect(await judge({}, { hasPast: false, model: { onnx: new Uint8Array(), pack, card } })).toEqual([
      NOTE,
    ]);
  });

  test.each([
    [1000, 300, 0.1, null],
    [1000, 301, 0.1, '30.10 % of the records reach the threshold; on the held-out part it was 10.00 %'],
    [1000, 375, 0.125, null],
    [2400, 100, 0.125, null],
    // Far, but within what chance may do.
    [100, 1, 0.05, null],
    [1000, 34, 0.1, null],
    [1000, 33, 0.1, '3.30 % of the records reach the threshold; on the held-out part it was 10.00 %'],
    [240, 10, 0.125, null],
    [240, 9, 0.125, '3.75 % of the records reach the threshold; on the held-out part it was 12.50 %'],
    // Four of what chance may do: 4 above 1 expected, 3 are not.
    [100, 5, 0.01, '5.00 % of the records reach the threshold; on the held-out part it was 1.00 %'],
    [100, 4, 0.01, null],
    [0, 0, 0.1, null],
  ])('of %d records %d, where a share of %d was expected: %s', async (scored, above, expected, message) => {
    const own = (await judge({ scored, above, expected })).filter((one) => one !== NOTE);
    expect(own).toEqual(
      message === null ? [] : [`${message}: the file may be unlike what the model was trained on`],
    );
  });

  test('nothing is expected where the card has no figures, or another threshold decided', async () => {
    const { card } = fakeTrainingReport(1);
    const threshold = { ...card.threshold, value: 0.5 };
    const bare = { onnx: new Uint8Array(), pack: shopPack, card: { ...card, threshold, evaluation: null } };
    expect(await judge({ scored: 1000, above: 1000 }, { model: bare })).toEqual([NOTE]);
    expect(await judge({ scored: 1000, above: 1000 }, { threshold: 0.4 })).toEqual([NOTE]);
  });
});
