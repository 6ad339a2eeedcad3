import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ModelInput } from '../../lib/features/model-input.ts';
import { beeswarmPoints } from '../../lib/report/beeswarm-points.ts';

const amount: ModelInput = { name: 'amount', kind: 'feature', source: 'amount' };
const country = (value: string | null): ModelInput => ({
  name: `country=${value ?? 'other'}`,
  kind: 'category',
  source: 'country',
  value,
});

describe('beeswarmPoints', () => {
  test('a point a row and source, the inputs of a category summed back to it', () => {
    const points = beeswarmPoints(
      [amount, country('DE'), country(null)],
      Float32Array.of(10, 1, 0, 30, 0, 1),
      Float64Array.of(0.1, 0.25, -0.5, 0.2, 0.5, 0.125),
      2,
    );
    expect(points).toEqual([
      { source: 'amount', contribution: 0.1, valueRank: 0 },
      { source: 'amount', contribution: 0.2, valueRank: 1 },
      { source: 'country', contribution: -0.25, valueRank: null },
      { source: 'country', contribution: 0.625, valueRank: null },
    ]);
  });

  test('each feature is ranked by its own values, wherever it stands in the row', () => {
    const orders: ModelInput = { name: 'orders', kind: 'feature', source: 'orders' };
    const points = beeswarmPoints(
      [amount, orders],
      Float32Array.of(1, 30, 2, 20, 3, 10),
      new Float64Array(6),
      3,
    );
    expect(points.map(({ valueRank }) => valueRank)).toEqual([0, 0.5, 1, 1, 0.5, 0]);
  });

  test('equal values share the middle of their ranks; a missing one has none; one alone is in the middle', () => {
    const ranks = (...values: number[]) =>
      beeswarmPoints([amount], Float32Array.from(values), new Float64Array(values.length), values.length).map(
        ({ valueRank }) => valueRank,
      );
    expect(ranks(5, 5, 1, 9, 5)).toEqual([0.5, 0.5, 0, 1, 0.5]);
    expect(ranks(2, Number.NaN, 1)).toEqual([1, null, 0]);
    expect(ranks(7)).toEqual([0.5]);
    expect(ranks(7, Number.NaN)).toEqual([0.5, null]);
    expect(ranks(3, 3)).toEqual([0.5, 0.5]);
    expect(ranks()).toEqual([]);
  });

  test('a rank is the share of the other values below, those that are equal counted half', () =>
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 30 }), (values) => {
        const points = beeswarmPoints(
          [amount],
          Float32Array.from(values),
          new Float64Array(values.length),
          values.length,
        );
        values.forEach((value, row) => {
          const below = values.filter((other) => other < value).length;
          const equal = values.filter((other) => other === value).length - 1;
          expect(points[row]!.valueRank).toBeCloseTo((below + equal / 2) / (values.length - 1), 12);
        });
      }),
    ));
});
