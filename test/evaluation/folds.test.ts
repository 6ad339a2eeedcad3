import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { makeFolds } from '../../lib/evaluation/folds.ts';
import { seededUniform } from './naive.ts';

const golden = JSON.parse(
  readFileSync(new URL('../parity/golden/metrics.json', import.meta.url), 'utf8'),
) as {
  folds: { groups: number[]; labels: number[]; positives: number[]; rows: number[] };
};

function countByFold(folds: Uint8Array, k: number, counts: (row: number) => boolean): number[] {
  return Array.from(
    { length: k },
    (_, fold) => [...folds.keys()].filter((row) => folds[row] === fold && counts(row)).length,
  );
}

const spread = (counts: number[]) => Math.max(...counts) - Math.min(...counts);

describe('makeFolds(entities, labels, k, seed)', () => {
  test('keeps every entity in one fold, and both classes in every fold, or refuses', () => {
    const record = fc.record({ entity: fc.integer({ min: 0, max: 15 }), label: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(
        fc.array(record, { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 2, max: 4 }),
        (records, k) => {
          const entities = records.map(({ entity }) => `E${entity}`);
          const labels = Uint8Array.from(records, ({ label }) => label);
          let folds: Uint8Array;
          try {
            folds = makeFolds(entities, labels, k, 1);
          } catch (error) {
            if (error instanceof InputError) return;
            throw error;
          }
          const pairs = new Set(entities.map((entity, row) => `${entity} in ${folds[row]}`));
          expect(pairs.size).toBe(new Set(entities).size);
          expect(Math.min(...countByFold(folds, k, (row) => labels[row] === 1))).toBeGreaterThan(0);
          expect(Math.min(...countByFold(folds, k, (row) => labels[row] === 0))).toBeGreaterThan(0);
        },
      ),
    );
  });

  test("is as even as scikit-learn's StratifiedGroupKFold, within one record in fifty", () => {
    const { groups, labels, positives, rows } = golden.folds;
    const folds = makeFolds(groups.map(String), Uint8Array.from(labels), 5, 1);
    expect(spread(countByFold(folds, 5, (row) => labels[row] === 1))).toBeLessThanOrEqual(
      spread(positives) + 1,
    );
    expect(spread(countByFold(folds, 5, () => true))).toBeLessThanOrEqual(spread(rows) + labels.length / 50);
  });

  test('without entities balances both classes to one record', () => {
    const uniform = seededUniform(1);
    const labels = Uint8Array.from({ length: 1003 }, () => (uniform() < 0.05 ? 1 : 0));
    const folds = makeFolds(null, labels, 4, 1);
    expect(spread(countByFold(folds, 4, (row) => labels[row] === 1))).toBeLessThanOrEqual(1);
    expect(spread(countByFold(folds, 4, (row) => labels[row] === 0))).toBeLessThanOrEqual(1);
  });

  test('takes records without an entity one by one', () => {
    const labels = Uint8Array.from({ length: 40 }, (_, row) => (row % 4 === 0 ? 1 : 0));
    const folds = makeFolds(new Array<null>(40).fill(null), labels, 2, 1);
    expect(countByFold(folds, 2, () => true)).toEqual([20, 20]);
  });

  test('depends on the seed and on nothing else', () => {
    const labels = Uint8Array.from({ length: 200 }, (_, row) => (row % 5 === 0 ? 1 : 0));
    const entities = Array.from(labels, (_, row) => `E${row}`);
    expect(makeFolds(entities, labels, 4, 1)).toEqual(makeFolds(entities, labels, 4, 1));
    expect(makeFolds(entities, labels, 4, 2)).not.toEqual(makeFolds(entities, labels, 4, 1));
  });

  test('refuses fewer entities with positives than folds, with counts', () => {
    const attempt = () => makeFolds(['a', 'a', 'b', 'c'], Uint8Array.of(1, 0, 1, 0), 3, 1);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow(
      '3 folds needs positives and negatives in each: 2 entities have positives and 2 have negatives',
    );
  });

  test('refuses one fold', () => {
    expect(() => makeFolds(null, Uint8Array.of(0, 1), 1, 1)).toThrow('1 folds; expected 2 to 255');
  });
});
