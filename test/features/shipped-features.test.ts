/** What the shipped packs' less plain features say of records written for the purpose. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { featureColumn, ruleColumn } from '../../lib/features/feature-tables.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-shipped-'));
});
afterAll(() => rm(folder, { recursive: true }));

type Cells = Readonly<Record<string, string | number>>;
type Computed = Readonly<Record<string, number | boolean | null>>;

/** Features by name and hits of rules by id, a record each. */
async function compute(domain: string, records: readonly Cells[]): Promise<readonly Computed[]> {
  const pack = await loadPack(domain);
  const path = join(folder, `${domain}.jsonl`);
  await writeFile(path, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  const session = await Session.open({ threads: 1 });
  try {
    const { records: read, rejected } = await readRecords(session, pack, [{ path }]);
    expect(rejected).toBe(0);
    const table = await buildFeatures(read, pack);
    const features = pack.features.map(({ name }, at) => `${featureColumn(at)} AS "${name}"`);
    const rules = pack.rules.map(({ id }, at) => `${ruleColumn(at)} AS "rule ${id}"`);
    return await session.rows(`SELECT ${[...features, ...rules].join(', ')} FROM ${table} ORDER BY seq`);
  } finally {
    await session.close();
  }
}

const payment = (n: number, day: string, of: Cells): Cells => ({
  ...{
    transaction_id: `T${n}`,
    timestamp: `2025-03-${day}T10:00:00Z`,
    account_id: 'A',
    account_country: 'DE',
  },
  ...{ counterparty_id: 'SHELL', counterparty_country: 'DE', amount: 1000, currency: 'EUR' },
  ...{ transaction_type: 'outgoing_transfer', customer_segment: 'retail' },
  ...{ customer_risk: 'High', expected_turnover: 2000 },
  ...of,
});

test('money that goes back where it came from is a round trip, of any other counterparty not', async () => {
  const rows = await compute('finance', [
    payment(1, '01', { transaction_type: 'incoming_transfer', amount: 4000 }),
    payment(2, '04', { amount: 3900 }),
    payment(3, '05', { counterparty_id: 'OTHER', amount: 3900 }),
    payment(4, '06', { account_id: 'B', amount: 3900 }),
  ]);
  expect(rows.map((row) => row.round_trip)).toEqual([0, 3900, 0, 0]);
  expect(rows[1]!.round_trip_share).toBeCloseTo((2 * 3900) / 7900);
  expect(rows.map((row) => row['rule round_trip'])).toEqual([false, true, false, false]);
});

test('fan-out counts those who were sent money in a week', async () => {
  const rows = await compute(
    'finance',
    [1, 2, 3, 4, 5].map((n) => payment(n, `0${n}`, { counterparty_id: `P${Math.min(n, 4)}` })),
  );
  expect(rows.map((row) => row.payees_week)).toEqual([1, 2, 3, 4, 4]);
});

test('turnover is held against what the customer announced and against the peer group; nothing announced is missing', async () => {
  const [first, second, unknown] = await compute('finance', [
    payment(1, '01', {}),
    payment(2, '02', { amount: 7000 }),
    payment(3, '03', {
      account_id: 'B',
      customer_segment: 'other',
      customer_risk: '',
      expected_turnover: '',
    }),
  ]);
  expect(first).toMatchObject({ turnover_vs_expected: 0.5, customer_risk_level: 3 });
  expect(second).toMatchObject({ turnover_vs_expected: 4, amount_vs_expected: 3.5 });
  expect(second!.turnover_vs_peers).toBeCloseTo(8000 / 1700);
  const missing = { turnover_vs_expected: null, turnover_vs_peers: null, customer_risk_level: null };
  expect(unknown).toMatchObject(missing);
});

const entry = (n: number, begin: string, minutes: number, of: Cells): Cells => {
  const start = Date.parse(`2025-03-${begin}:00Z`);
  return {
    ...{
      entry_id: `E${n}`,
      batch_id: `B${n}`,
      product: 'P',
      site: 'S',
      step: 'dispensing',
      step_sequence: 1,
    },
    ...{ operator_id: 'ann', checked_by: 'ben', equipment_id: 'M', calibrated_on: '2025-02-20' },
    timestamp: new Date(start).toISOString(),
    recorded_at: new Date(start + (minutes + 5) * 60_000).toISOString(),
    ...{ duration_minutes: minutes, parameter: 'weight', reading: 10.2, lower_limit: 9, upper_limit: 11 },
    ...{ entry_type: 'create', reason_for_change: '', status: 'completed', audit_trail: 'yes' },
    ...of,
  };
};

test('an operator at two steps by hand at once is found; a machine step, another operator and a correction are not', async () => {
  const rows = await compute('pharma', [
    entry(1, '01T08:00', 60, {}),
    entry(2, '01T08:30', 60, { step: 'label_check' }),
    entry(3, '01T08:40', 60, { step: 'drying' }),
    entry(4, '01T08:45', 60, { operator_id: 'eve' }),
    entry(5, '01T09:20', 40, { entry_type: 'modify', reason_for_change: 'typing error' }),
  ]);
  expect(rows.map((row) => row.overlap_minutes)).toEqual([0, 30, 0, 0, 0]);
  expect(rows.map((row) => row['rule two_places'])).toEqual([false, true, false, false, false]);
});

test('who checks the own work by hand is named, and a change while the audit trail is off is critical', async () => {
  const rows = await compute('pharma', [
    entry(1, '01T08:00', 10, { checked_by: 'ann' }),
    entry(2, '02T08:00', 10, {}),
    entry(3, '02T09:00', 10, {
      batch_id: 'B2',
      entry_type: 'modify',
      reason_for_change: 'x',
      audit_trail: 'no',
    }),
  ]);
  expect(rows.map((row) => row.self_checked)).toEqual([1, 0, 0]);
  expect(rows.map((row) => row['rule checked_by_oneself'])).toEqual([true, false, false]);
  expect(rows.map((row) => row.audit_trail_off)).toEqual([0, 0, 1]);
  expect(rows.map((row) => row['rule change_without_audit_trail'])).toEqual([false, false, true]);
});

test('readings that all lie on one side of the middle for a fortnight are counted, and one on the other side ends the run', async () => {
  const days = Array.from({ length: 11 }, (_, n) => `${String(n + 1).padStart(2, '0')}T08:00`);
  const rows = await compute(
    'pharma',
    days.map((day, n) => entry(n, day, 10, { reading: n === 10 ? 9.9 : n === 9 ? 10.8 : 10.2 + n / 100 })),
  );
  expect(rows.map((row) => row.one_side_run)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0]);
  expect(rows.map((row) => row['rule drift_near_limit'])).toEqual([...Array(9).fill(false), true, false]);
});
