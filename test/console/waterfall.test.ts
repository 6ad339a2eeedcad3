import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { asUtc, headOf, titleOf } from '../../console/parts/facts.ts';
import { type Contribution, makeWaterfall } from '../../console/state/waterfall.ts';

const rest = (count: number): string => `${count} smaller groups`;
/** As the API gives them: nine decimals. */
const billionths = fc.integer({ min: -400_000_000, max: 400_000_000 }).map((value) => value / 1e9);
const contributions: fc.Arbitrary<Contribution[]> = fc.array(
  fc.record({
    column: fc.uuid(),
    contribution: billionths,
    value: fc.integer(),
    usual: fc.constant(null),
    words: fc.uuid(),
    group: fc.option(fc.constantFrom('Cash', 'The amount', 'The country'), { nil: undefined }),
  }),
  { maxLength: 60 },
);
const sumOf = (parts: readonly Contribution[]): number =>
  parts.reduce((sum, { contribution }) => sum + Math.round(contribution * 1e9), 0);

describe('a waterfall', () => {
  test('adds up to the score to its ninth decimal, whatever is put together', () => {
    fc.assert(
      fc.property(contributions, fc.boolean(), (all, isWhole) => {
        const base = 0.025043374;
        const made = makeWaterfall(base, all, isWhole ? null : rest);
        expect(Math.round(made.total * 1e9)).toBe(Math.round(base * 1e9) + sumOf(all));
        expect(made.bars.flatMap(({ parts }) => parts).length).toBe(
          all.filter(({ contribution }) => contribution !== 0).length,
        );
        for (const { sum, parts } of made.bars) expect(Math.round(sum * 1e9)).toBe(sumOf(parts));
      }),
    );
  });

  test('goes from one running total to the next', () => {
    fc.assert(
      fc.property(contributions, (all) => {
        const { base, bars, total } = makeWaterfall(0.1, all, rest);
        const ends = [base, ...bars.map(({ to }) => to)];
        expect(bars.map(({ from }) => from)).toEqual(ends.slice(0, -1));
        expect(ends.at(-1)).toBeCloseTo(total, 9);
      }),
    );
  });

  test('shows what belongs to one fact once, the largest first, and the small ones together', () => {
    const one = (column: string, contribution: number, group?: string): Contribution => ({
      column,
      contribution,
      value: 1,
      usual: null,
      words: `words of ${column}`,
      group,
    });
    const made = makeWaterfall(
      0.02,
      [one('a', 0.2, 'Cash'), one('b', -0.3), one('c', 0.15, 'Cash'), one('d', 0.0001), one('e', -0.0002)],
      rest,
    );
    expect(made.bars.map(({ title, sum }) => [title, sum])).toEqual([
      ['Cash', 0.35],
      ['words of b', -0.3],
      ['2 smaller groups', -0.0001],
    ]);
  });
});

describe('the head of a record', () => {
  test('is its amount with the currency, then what it is; times stand by themselves', () => {
    const facts = [
      { column: 'timestamp', value: '2025-05-06 13:26:00' },
      { column: 'amount', value: 8820 },
      { column: 'transaction_type', value: 'cash_deposit' },
      { column: 'customer_name', value: '[masked: pii]' },
      { column: 'currency', value: 'EUR' },
      { column: 'channel', value: null },
    ];
    expect(headOf(facts)).toEqual({ amount: '8,820.00 EUR', rest: ['cash deposit'] });
  });

  test('cuts a text that is longer than a line', () => {
    const [text] = headOf([{ column: 'note', value: 'x'.repeat(1000) }]).rest;
    expect(text).toHaveLength(81);
  });

  test('without an amount is what there is', () => {
    expect(headOf([{ column: 'operator', value: 'OP1' }])).toEqual({ amount: null, rest: ['OP1'] });
    expect(headOf([])).toEqual({ amount: null, rest: [] });
    expect(titleOf([], 'T1')).toBe('T1');
  });

  test('reads a time without a zone as UTC', () => {
    expect(asUtc('2025-05-06 13:26:00')).toBe('2025-05-06T13:26:00Z');
    expect(asUtc('2025-05-06T13:26:00+02:00')).toBe('2025-05-06T13:26:00+02:00');
  });
});
