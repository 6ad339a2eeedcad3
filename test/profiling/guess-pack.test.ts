import { describe, expect, test } from 'vitest';
import { checkPack } from '../../lib/features/check-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { guessPack } from '../../lib/profiling/guess-pack.ts';

async function guess(header: readonly string[], rows: readonly (readonly string[])[]) {
  const pack = parsePack(guessPack({ domain: 'My Data', file: 'f.csv', header, rows }).yaml, 'guessed.yaml');
  await checkPack(pack, 'guessed.yaml');
  return pack;
}

const many = (count: number, row: (index: number) => string[]) =>
  Array.from({ length: count }, (_, index) => row(index));

describe('guessPack', () => {
  test('payments: id, time, entity, label, money and categories are found', async () => {
    const pack = await guess(
      ['transaction_id', 'booked_at', 'account_id', 'amount', 'country', 'is_fraud'],
      many(60, (i) => [
        `T${i}`,
        `2024-03-0${1 + (i % 9)} 10:0${i % 10}:00`,
        `A${i % 7}`,
        `${i}.50`,
        i % 3 ? 'DE' : 'PA',
        i % 20 ? '0' : '1',
      ]),
    );
    expect(pack.domain).toBe('my-data');
    expect(pack.record).toMatchObject({
      id: ['transaction_id'],
      time: 'booked_at',
      entity: 'account_id',
      label: 'is_fraud',
    });
    expect(pack.columns.map(({ type }) => type.kind)).toEqual([
      'string',
      'timestamp',
      'string',
      'decimal',
      'string',
      'boolean',
    ]);
    expect(pack.windows.map(({ name }) => name)).toEqual(['recent', 'month', 'past']);
    expect(pack.features.map(({ name }) => name)).toContain('records_recent');
    expect(pack.categories.map(({ column }) => column)).toEqual(['country']);
  });

  test('odd headers: dots, brackets, braces, capitals, names that Assay itself needs, names twice, no name', async () => {
    const pack = await guess(
      ['ID', 'Amount (EUR)', 'a {b}', 'line', 'line', '', 'weird"quote', 'yes', 'default.payment.next.month'],
      many(40, (i) => [
        `${i + 1}`,
        `${i * 1.25}`,
        `${i}`,
        `L${i % 4}`,
        'x',
        'y',
        `${i / 3}`,
        'NA',
        i % 8 ? '0' : '1',
      ]),
    );
    expect(pack.record.label).toBe('default.payment.next.month');
    expect(pack.record.id).toEqual(['ID']);
    expect(pack.columns.map(({ name }) => name)).toEqual([
      'ID',
      'Amount (EUR)',
      'a {b}',
      'line_given',
      'line_given 2',
      'column 6',
      'weird"quote',
      'yes',
      'default.payment.next.month',
    ]);
    expect(pack.columns.map(({ position }) => position)).toEqual([
      null,
      null,
      null,
      4,
      5,
      6,
      null,
      null,
      null,
    ]);
    expect(pack.columns[7]!.missing).toEqual(['NA']);
    expect(pack.features.map(({ name }) => name)).toEqual(['Amount (EUR)', 'number', 'weird"quote']);
    expect(pack.categories.map(({ column }) => column)).toEqual(['line_given']);
  });

  test('German dates are read as such', async () => {
    const pack = await guess(
      ['key', 'Datum', 'wert'],
      many(30, (i) => [`k${i % 5}`, `${1 + i}.12.2023 0${i % 10}:15`, `${i}`]),
    );
    expect(pack.columns[1]!.type).toEqual({
      kind: 'timestamp',
      formats: ['%d.%m.%Y %H:%M'],
      timezone: null,
      overlap: null,
    });
  });

  test('days before months where a day above 12 says so, and the other way round', async () => {
    const european = await guess(['d'], [['13/02/2024'], ['01/12/2024']]);
    const american = await guess(['d'], [['02/13/2024'], ['12/01/2024']]);
    expect(european.columns[0]!.type).toMatchObject({ kind: 'date', formats: ['%d/%m/%Y'] });
    expect(american.columns[0]!.type).toMatchObject({ kind: 'date', formats: ['%m/%d/%Y'] });
  });

  test('steps of a simulation are its time', async () => {
    const pack = await guess(
      ['step', 'nameOrig', 'amount', 'isFraud'],
      many(50, (i) => [`${i % 10}`, `C${i % 6}`, `${i}.01`, i % 25 ? '0' : '1']),
    );
    expect(pack.record).toMatchObject({ time: 'step', entity: 'nameOrig', label: 'isFraud' });
    expect(pack.windows[0]!.over).toBe(24);
  });

  test('account numbers of more digits than floating point holds stay texts', async () => {
    const pack = await guess(
      ['id', 'when', 'account_no', 'amount'],
      many(40, (i) => [
        `T${i}`,
        '2025-10-01 09:00:00',
        `62220212345678901${String(i % 9).padStart(2, '0')}`,
        `${i}.50`,
      ]),
    );
    expect(pack.columns.find(({ name }) => name === 'account_no')!.type.kind).toBe('string');
    expect(pack.record.entity).toBe('account_no');
  });

  test('codes with leading zeros stay texts; generated names give way to columns', async () => {
    const pack = await guess(
      ['zip', 'hour', 'at', 'user', 'sum_recent'],
      many(30, (i) => [`0${1000 + i}`, `${i}`, `2024-01-01T00:${10 + i}:00Z`, `w${i % 3}`, `${i}`]),
    );
    expect(pack.columns[0]!.type.kind).toBe('string');
    expect(pack.features.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['hour', 'hour_2', 'sum_recent', 'sum_recent_2']),
    );
  });

  test('a file without rows, and one of a single empty column, still give a pack', async () => {
    expect((await guess(['a', 'b'], [])).columns).toHaveLength(2);
    expect((await guess(['a'], [[''], ['']])).features.map(({ name }) => name)).toEqual(['always']);
  });
});
