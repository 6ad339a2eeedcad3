import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { makeFolds, makeTimeFolds } from '../../lib/evaluation/folds.ts';
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

  test('puts each entity, the largest first, where classes stay most even', () => {
    const uniform = seededUniform(5);
    // Of entity e, e negatives and up to three positives: no two are as large as one another.
    const counts = Array.from({ length: 40 }, (_, e) => [e + 1, Math.floor(uniform() * 4)] as const);
    const entities = counts.flatMap(([negatives, positives], e) =>
      new Array<string>(negatives + positives).fill(`E${e}`),
    );
    const labels = Uint8Array.from(
      counts.flatMap(([negatives, positives]) => [
        ...new Array<number>(negatives).fill(0),
        ...new Array<number>(positives).fill(1),
      ]),
    );
    const totals = [0, 1].map((at) => counts.reduce((sum, count) => sum + count[at]!, 0));
    const shares = counts.map((count) => count.map((own, at) => own / totals[at]!));
    const size = (e: number) => shares[e]![0]! ** 2 + shares[e]![1]! ** 2;
    const k = 4;
    const folds = makeFolds(entities, labels, k, 1);
    const held = Array.from({ length: k }, () => [0, 0]);
    const unevenWith = (e: number, fold: number) =>
      held
        .flatMap((own, at) => own.map((share, one) => share + (at === fold ? shares[e]![one]! : 0)))
        .reduce((sum, share) => sum + share ** 2, 0);
    for (const e of [...counts.keys()].sort((a, b) => size(b) - size(a))) {
      const fold = folds[entities.indexOf(`E${e}`)]!;
      for (let other = 0; other < k; other++)
        expect(unevenWith(e, fold)).toBeLessThanOrEqual(unevenWith(e, other) + 1e-12);
      for (const at of [0, 1]) held[fold]![at]! += shares[e]![at]!;
    }
  });

  test('refuses entities of one class, in the number that they have', () => {
    const attempt = () => makeFolds(['a', 'b', 'b', 'b'], Uint8Array.of(1, 0, 0, 0), 2, 1);
    expect(attempt).toThrow(
      'Cross-validation in 2 folds needs positives and negatives in each: 1 entity has positives and 1 has negatives ' +
        'in the training part (where the pack names no entity, each record is one).',
    );
  });

  test.each([1, 1.5, 256])('refuses %d folds', (k) => {
    expect(() => makeFolds(null, Uint8Array.of(0, 1), k, 1)).toThrow(`${k} folds; expected 2 to 255`);
  });

  test('takes up to 255 of them', () => {
    const labels = Uint8Array.from({ length: 510 }, (_, row) => row % 2);
    expect(new Set(makeFolds(null, labels, 255, 1)).size).toBe(255);
  });
});

describe('makeTimeFolds(period, labels, k)', () => {
  /** Periods of so many negatives and positives. */
  const rowsOf = (periods: readonly (readonly [number, number])[]) => ({
    period: periods.flatMap(([negatives, positives], at) =>
      new Array<number>(negatives + positives).fill(at),
    ),
    labels: Uint8Array.from(
      periods.flatMap(([negatives, positives]) => [
        ...new Array<number>(positives).fill(1),
        ...new Array<number>(negatives).fill(0),
      ]),
    ),
  });
  const foldsOf = (periods: readonly (readonly [number, number])[], k: number): number[] | null => {
    const { period, labels } = rowsOf(periods);
    const folds = makeTimeFolds(period, labels, k);
    if (folds === null) return null;
    for (const [row, one] of period.entries()) expect(folds[row]).toBe(folds[period.indexOf(one)]);
    return periods.map((_, one) => folds[period.indexOf(one)]!);
  };

  test('cuts like periods into like spans', () => {
    const like = new Array<readonly [number, number]>(4).fill([4, 1]);
    expect(foldsOf(like, 2)).toEqual([0, 0, 1, 1]);
    expect(foldsOf(like, 4)).toEqual([0, 1, 2, 3]);
  });

  test('counts positives as much as records: the middle of both shares says where a period belongs', () => {
    // Shares of records and positives: 7/12 and 1/4, 2/12 and 1/4, 3/12 and 2/4; their middles: .21, .52, .81.
    const rising = [
      [6, 1],
      [1, 1],
      [1, 2],
    ] as const;
    expect(foldsOf(rising, 2)).toEqual([0, 1, 1]);
    // 2/12 and 2/4, 3/12 and 1/4, 7/12 and 1/4; their middles: .17, .46, .79.
    const falling = [
      [0, 2],
      [2, 1],
      [6, 1],
    ] as const;
    expect(foldsOf(falling, 2)).toEqual([0, 0, 1]);
  });

  test('gives none where a class is absent, from all or from a span', () => {
    expect(
      foldsOf(
        [
          [3, 0],
          [3, 0],
        ],
        2,
      ),
    ).toBeNull();
    expect(
      foldsOf(
        [
          [0, 3],
          [0, 3],
        ],
        2,
      ),
    ).toBeNull();
    expect(
      foldsOf(
        [
          [5, 0],
          [1, 5],
        ],
        2,
      ),
    ).toBeNull();
    expect(
      foldsOf(
        [
          [0, 5],
          [5, 1],
        ],
        2,
      ),
    ).toBeNull();
    expect(
      foldsOf(
        [
          [5, 5],
          [5, 5],
        ],
        2,
      ),
    ).toEqual([0, 1]);
  });
});
