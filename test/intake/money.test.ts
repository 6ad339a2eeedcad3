/** Amounts of money in the base currency: held to exact arithmetic in TypeScript, and what is said of those without a rate. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseRates } from '../../lib/intake/rates.ts';
import { currencyWarnings } from '../../lib/packs/money-columns.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { intakeBench } from './intake-session.ts';

const bench = intakeBench();
const PACK = `domain: pay
base_currency: EUR
record: { id: id, time: at, entity: who }
columns:
  id: { type: string, required: true }
  at: { type: timestamp, required: true }
  who: { type: string }
  amount: { type: money, currency: currency }
  currency: { type: currency }
windows: { week: 7 days }
features:
  amount_base: { is: amount_base }
  total: { is: sum(amount_base) over week }
`;
const pack = parsePack(PACK, 'pay.yaml');
const RATES = parseRates(
  'date,currency,rate\n2025-03-03,USD,1.05\n2025-03-04,USD,1.25\n2025-03-03,JPY,160\n',
  'r.csv',
);

const base = (records: readonly Record<string, unknown>[]) => records.map((record) => record.amount_base);

describe('an amount of money', () => {
  const file =
    'id,at,who,amount,currency\n1,2025-03-03T10:00:00Z,A,10.00,EUR\n2,2025-03-03T23:59:59Z,A,10.50,usd\n' +
    '3,2025-03-09T10:00:00Z,A,10.00,US$\n4,2025-03-20T10:00:00Z,A,10.00,USD\n5,2025-03-03T10:00:00Z,A,1000,¥\n' +
    '6,2025-03-03T10:00:00Z,A,-0.05,392\n7,2025-03-03T10:00:00Z,A,5.00,\n8,2025-03-03T10:00:00Z,A,5.00,CHF\n';

  test('is converted by the rate of its day or the last before it, and kept as delivered', async () => {
    const read = await bench.read(pack, bench.file('pay.csv', file), { rates: RATES });
    expect(read.rejects.map(({ line, column }) => [line, column])).toEqual([[6, 'currency']]);
    expect(base(read.records)).toEqual(['10.00', '10.00', '8.00', null, '0.00', null, null]);
    expect(read.records.map(({ amount }) => amount)).toEqual([
      '10.00',
      '10.50',
      '10.00',
      '10.00',
      '-0.05',
      '5.00',
      '5.00',
    ]);
    const reported = read.result.warnings.join('\n');
    expect(reported).toContain(
      '1 value of "amount" are in USD, and r.csv has no rate within 7 days before, the first on 2025-03-20',
    );
    expect(reported).toContain('1 value of "amount" are in CHF');
    expect(reported).toContain('1 value of "amount" have no currency');
  });

  test('in another currency meets no limit without rates, and that is said', async () => {
    const read = await bench.read(pack, bench.file('pay.csv', file));
    expect(base(read.records)).toEqual(['10.00', null, null, null, null, null, null]);
    expect(read.result.warnings.join('\n')).toContain(
      '3 values of "amount" are in USD, and no rates were given (--rates); they are in no sum and meet no limit in EUR',
    );
  });

  test('has the same record hash whatever the rates, and whatever the spelling of its currency', async () => {
    const hashes = async (text: string, rates: typeof RATES | null) => {
      const read = await bench.read(pack, bench.file('pay.csv', text), { rates });
      return read.records.map(({ record_hash: hash }) => hash);
    };
    const text = 'id,at,who,amount,currency\n1,2025-03-03T10:00:00Z,A,10.00,USD\n';
    const expected = await hashes(text, RATES);
    expect(await hashes(text, null)).toEqual(expected);
    expect(await hashes(text.replace('USD', 'us$'), RATES)).toEqual(expected);
  });

  test('is divided exactly, and rounded half away from zero', async () => {
    const cents = fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n });
    const rate = fc.bigInt({ min: 1n, max: 10n ** 16n });
    await fc.assert(
      fc.asyncProperty(fc.array(cents, { minLength: 40, maxLength: 40 }), rate, async (amounts, scaled) => {
        const rows = amounts.map((amount, at) => `${at},2025-03-03T10:00:00Z,A,${decimal(amount, 2)},USD`);
        const text = `id,at,who,amount,currency\n${rows.join('\n')}\n`;
        const rates = parseRates(`date,currency,rate\n2025-03-03,USD,${decimal(scaled, 12)}\n`, 'r.csv');
        const read = await bench.read(pack, bench.file('pay.csv', text), { rates });
        const expected = amounts.map((amount) => {
          const size = amount < 0n ? -amount : amount;
          const rounded = (2n * size * 10n ** 12n + scaled) / (2n * scaled);
          if (rounded >= 10n ** 18n) return null;
          return decimal(amount < 0n ? -rounded : rounded, 2);
        });
        expect(base(read.records)).toEqual(expected);
      }),
      { numRuns: 15 },
    );
  });
});

function decimal(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

describe('a table of rates', () => {
  test('is read with a column for each currency, as central banks publish it', () => {
    const text = 'Date,USD,JPY,CHF,\r\n2025-03-04,1.0487,156.6,N/A,\r\n2025-03-03,1.0465,,0.9402,\r\n';
    expect(parseRates(text, 'eurofx.csv').rates).toEqual([
      { currency: 'USD', day: '2025-03-04', rate: '1.0487' },
      { currency: 'JPY', day: '2025-03-04', rate: '156.6' },
      { currency: 'USD', day: '2025-03-03', rate: '1.0465' },
      { currency: 'CHF', day: '2025-03-03', rate: '0.9402' },
    ]);
  });

  test.each([
    [
      'date,currency,rate\n3.3.2025,USD,1.05\n',
      'r.csv:2: found the date "3.3.2025", expected a day as 2025-06-02',
    ],
    [
      'date,currency,rate\n2025-03-03,XXL,1.05\n',
      'r.csv:2: found the currency "XXL", expected an ISO 4217 code',
    ],
    ['date,currency,rate\n2025-03-03,USD,0\n', 'r.csv:2: found the rate "0"'],
    ['date,currency,rate\n2025-03-03,USD,-1\n', 'r.csv:2: found the rate "-1"'],
    [
      'date,currency,rate\n\n2025-03-03,USD,1.05\n2025-03-03,usd,1.06\n',
      'r.csv:4: found a second rate of USD for 2025-03-03: 1.06; line 3 has 1.05',
    ],
    ['day;ccy;value\n', 'r.csv:1: found the columns day, ccy, value, expected date,currency,rate'],
    ['date,USD,Dollar\n', 'r.csv:1: found the column "Dollar", expected date,currency,rate'],
    ['', 'r.csv: found no line'],
    ['date,currency,rate\n', 'r.csv: found no rates below the header'],
  ])('%j is refused', (text, message) => {
    expect(() => parseRates(text, 'r.csv')).toThrow(message);
  });
});

describe('a pack with money', () => {
  test.each([
    [
      'base_currency: EUR',
      'base_currency: Euro',
      'base_currency: found "Euro", expected an ISO 4217 currency code',
    ],
    ['base_currency: EUR\n', '', 'found columns of type money, but no base_currency'],
    ['money, currency: currency', 'money', 'found no currency, expected the column that says it'],
    ['money, currency: currency', 'money, currency: who', 'found the column "who" of another type'],
    [
      'currency: { type: currency }',
      'amount_base: { type: string }',
      'is the name of amount in the base currency',
    ],
    [
      '{ type: string }',
      '{ type: string, currency: EUR }',
      'found on a column of type string, expected on money only',
    ],
  ])('%j as %j is refused', (from, to, message) => {
    expect(() => parsePack(PACK.replace(from, to), 'pay.yaml')).toThrow(message);
  });

  test('is warned of where it sums amounts as delivered', () => {
    expect(currencyWarnings(pack)).toEqual([]);
    const mixed = parsePack(PACK.replace('sum(amount_base)', 'sum(amount)'), 'pay.yaml');
    expect(currencyWarnings(mixed)).toEqual([
      'line 13: features.total adds or compares amount of different currencies as if they were one: use amount_base',
    ]);
    const plain = PACK.replace('{ type: money, currency: currency }', '"decimal(18,2)"').replaceAll(
      'amount_base',
      'amount',
    );
    expect(currencyWarnings(parsePack(plain, 'pay.yaml'))[0]).toContain(
      'give amount the type money and its currency',
    );
  });
});

test('a comparison of a country with a name instead of its code is refused by key', () => {
  const text = PACK.replace(
    'currency: { type: currency }',
    'currency: { type: currency }\n  land: { type: country }',
  ).replace(
    'windows:',
    "parameters: { bad: [IR, Iran] }\nrules:\n  - { id: a, when: land in $bad, because: x }\n  - { id: b, when: land = 'Germany', because: x }\nwindows:",
  );
  expect(() => parsePack(text, 'pay.yaml')).toThrow(
    /parameters\.bad: found "Iran", expected an ISO 3166-1 alpha-2 country code: IR/,
  );
  expect(() => parsePack(text, 'pay.yaml')).toThrow(/rules\.1\.when: found "Germany", expected .*: DE/);
});
