import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';

const small = { records: 3000, seed: 3, start: '2025-01-06', days: 60 };
const names = financeHeader.split(',');

function rowsOf(options: Parameters<typeof generateFinance>[0]): Record<string, string>[] {
  return [...generateFinance(options)].map(({ cells, label }) => {
    const texts = [...cells.split(','), label];
    return Object.fromEntries(names.map((name, index) => [name, texts[index]!]));
  });
}

describe('generateFinance', () => {
  const lines = [...generateFinance(small)];
  const rows = rowsOf(small);

  it('yields exactly as many records as asked, each with a cell for every column', () => {
    expect(lines).toHaveLength(3000);
    for (const { cells } of lines) expect(cells.split(',')).toHaveLength(names.length - 1);
  });

  it('gives the same bytes for the same seed', () => {
    const hash = createHash('sha256');
    for (const { cells, label } of lines) hash.update(`${cells},${label}\n`);
    expect(hash.digest('hex')).toBe('82c89cd18bf27490f6b7095fd8fbb7f18115d35d4688877b041e8e9ef2c3b250');
  });

  it('gives other records for another seed', () => {
    expect([...generateFinance({ ...small, seed: 4 })][0]).not.toEqual(lines[0]);
  });

  it('yields records in order of time, accounts interleaved, ids without repeats', () => {
    const times = rows.map((row) => row.timestamp!);
    expect(times).toEqual([...times].sort());
    expect(new Set(rows.map((row) => row.transaction_id)).size).toBe(rows.length);
    const sameAsPrevious = rows.filter((row, index) => row.account_id === rows[index - 1]?.account_id);
    expect(sameAsPrevious.length).toBeLessThan(rows.length * 0.15);
  });

  it('writes amounts above zero with two decimals', () => {
    for (const { amount } of rows) expect(amount).toMatch(/^(?!0\.00)\d+\.\d\d$/);
  });

  it('flags about two records in a hundred', () => {
    const flagged = rowsOf({ ...small, records: 20_000 }).filter((row) => row.flagged_manual === '1');
    expect(flagged.length / 20_000).toBeGreaterThan(0.012);
    expect(flagged.length / 20_000).toBeLessThan(0.035);
  });

  it('spreads about the days asked for', () => {
    const days = (Date.parse(rows.at(-1)!.timestamp!) - Date.parse(rows[0]!.timestamp!)) / 86_400_000;
    expect(days).toBeGreaterThan(40);
    expect(days).toBeLessThan(90);
  });

  it('holds structuring below the threshold beside innocent cash of the same size', () => {
    const near = rowsOf({ ...small, records: 20_000 }).filter(
      (row) =>
        row.transaction_type === 'cash_deposit' && Number(row.amount) >= 8500 && Number(row.amount) < 10_000,
    );
    const flagged = near.filter((row) => row.flagged_manual === '1').length;
    expect(flagged).toBeGreaterThan(5);
    expect(near.length - flagged).toBeGreaterThan(5);
  });

  it('does not give a transfer away by its channel: none is flagged twice as often as the average', () => {
    const transfers = rowsOf({ ...small, records: 40_000 }).filter(
      ({ transaction_type, customer_segment, channel }) =>
        transaction_type!.endsWith('transfer') &&
        channel !== 'batch' &&
        (customer_segment === 'retail' || customer_segment === 'salaried'),
    );
    const shareOf = (rows: readonly Record<string, string>[]) =>
      rows.filter((row) => row.flagged_manual === '1').length / rows.length;
    for (const channel of ['online', 'mobile', 'instant']) {
      const own = transfers.filter((row) => row.channel === channel);
      expect(own.length, channel).toBeGreaterThan(500);
      expect(shareOf(own), channel).toBeLessThan(2 * shareOf(transfers));
    }
  });

  it('rates the risk of launderers higher on average, and most of those rated high are none', () => {
    const all = rowsOf({ ...small, records: 40_000 });
    const flagged = new Set(all.filter((row) => row.flagged_manual === '1').map((row) => row.account_id));
    const accounts = new Map(all.map((row) => [row.account_id!, row]));
    const highOf = (isFlagged: boolean) => {
      const own = [...accounts.values()].filter((row) => flagged.has(row.account_id!) === isFlagged);
      return own.filter((row) => row.customer_risk === 'high').length / own.length;
    };
    expect(highOf(true)).toBeGreaterThan(highOf(false));
    expect(highOf(true)).toBeLessThan(0.5);
  });

  it('with a new typology: nothing changes before its date, then flagged payments reach a new e-money house', () => {
    const options = { ...small, records: 10_000 };
    const usual = rowsOf(options);
    const changed = rowsOf({ ...options, newTypologyFrom: '2025-02-10' });
    const before = (row: Record<string, string>) => row.timestamp! < '2025-02-10';
    expect(usual.filter(before).length).toBeGreaterThan(4000);
    expect(changed.filter(before)).toEqual(usual.filter(before));
    const wallets = (all: typeof rows) => all.filter((row) => row.counterparty_id!.startsWith('EM'));
    expect(wallets(usual)).toEqual([]);
    const flagged = wallets(changed).filter((row) => row.flagged_manual === '1');
    expect(flagged.length).toBeGreaterThan(10);
    expect(flagged.length).toBeGreaterThan(wallets(changed).length / 2);
  });
});
