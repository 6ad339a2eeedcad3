import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceIndex, jensenShannonDistance, stabilityIndex } from '../../lib/evaluation/drift-bins.ts';
import { DriftCounter } from '../../lib/evaluation/drift-counter.ts';
import type { InputDrift } from '../../lib/evaluation/evaluation.ts';
import { profileInputs } from '../../lib/evaluation/profile-inputs.ts';
import { seededNormal, seededUniform } from './naive.ts';

const golden = JSON.parse(
  readFileSync(new URL('../parity/golden/metrics.json', import.meta.url), 'utf8'),
) as {
  distances: { then: number[]; now: number[]; jensenShannon: number; psi: number }[];
};

const profileOf = (values: number[]) => profileInputs(Float32Array.from(values), values.length, ['x'])[0]!;

function driftOf(then: number[], now: number[]): InputDrift {
  const counter = new DriftCounter([profileOf(then)]);
  counter.add(Float32Array.from(now), now.length);
  return counter.drift()[0]!;
}

const repeat = (value: number, times: number) => new Array<number>(times).fill(value);
const input = fc.array(
  fc.oneof(fc.float({ min: -(2 ** 126), max: 2 ** 126, noNaN: true }), fc.constantFrom(0, -0, 1, Number.NaN)),
  {
    minLength: 1,
    maxLength: 80,
  },
);

describe('profileInputs(values, rows, names)', () => {
  test('has shares that are those of its bins, edges ascending, at most ten bins', () => {
    fc.assert(
      fc.property(input, (values) => {
        const { edges, shares, missingShare } = profileOf(values);
        const present = [...Float32Array.from(values)].filter((value) => !Number.isNaN(value));
        expect(shares).toHaveLength(edges.length + 1);
        expect(shares.length).toBeLessThanOrEqual(10);
        expect(edges).toEqual([...new Set(edges)].sort((a, b) => a - b));
        expect(missingShare).toBeCloseTo(1 - present.length / values.length, 12);
        shares.forEach((share, bin) => {
          const below = edges[bin - 1] ?? Number.NEGATIVE_INFINITY;
          const inside = present.filter(
            (value) => value > below && value <= (edges[bin] ?? Number.POSITIVE_INFINITY),
          );
          expect(share).toBeCloseTo(present.length === 0 ? 0 : inside.length / present.length, 12);
        });
      }),
    );
  });

  test('divides distinct values into ten equal bins', () => {
    const { edges, shares, median, mean } = profileOf(Array.from({ length: 200 }, (_, at) => at));
    expect(edges).toEqual([19, 39, 59, 79, 99, 119, 139, 159, 179]);
    expect(shares).toEqual(repeat(0.1, 10));
    expect(median).toBe(99.5);
    expect(mean).toBe(99.5);
  });

  test('gives up to ten distinct values a bin each', () => {
    expect(profileOf([1, 0, 0, 0])).toMatchObject({
      edges: [0],
      shares: [0.75, 0.25],
      median: 0,
      mean: 0.25,
    });
    expect(profileOf([...repeat(3, 997), 1, 2, 4])).toMatchObject({ edges: [1, 2, 3] });
  });

  test('gives a heavy value a bin of its own and the rest the other nine', () => {
    const { edges, shares } = profileOf([
      ...repeat(0, 900),
      ...Array.from({ length: 100 }, (_, at) => at + 1),
    ]);
    expect(edges[0]).toBe(0);
    expect(shares).toHaveLength(10);
    expect(shares[0]).toBe(0.9);
  });

  test('closes a bin of light values only once it has its part, and none behind the last value', () => {
    const light = Array.from({ length: 9 }, (_, at) => at + 1);
    // Ten distinct values: a bin each, however few they are.
    expect(profileOf([...light, ...repeat(10, 91)]).edges).toEqual(light);
    // Eleven: ten of a hundred rows are the first bin's part, and the heavy value is what is left.
    expect(profileOf([...light, 10, ...repeat(11, 90)])).toMatchObject({ edges: [10], shares: [0.1, 0.9] });
  });

  test('of no rows at all has nothing missing', () => {
    expect(profileInputs(new Float32Array(0), 0, ['x'])).toEqual([
      { name: 'x', missingShare: 0, edges: [], shares: [0], median: null, mean: null },
    ]);
  });

  test('keeps room on both sides of a constant, and one empty bin where all is missing', () => {
    expect(profileOf([7, 7])).toMatchObject({ shares: [0, 1, 0], median: 7, mean: 7, missingShare: 0 });
    expect(profileOf([Number.NaN, Number.NaN])).toEqual({
      name: 'x',
      missingShare: 1,
      edges: [],
      shares: [0],
      median: null,
      mean: null,
    });
  });

  test('reads row-major rows, an input a column', () => {
    const profiles = profileInputs(Float32Array.of(1, 10, 2, 20, 3, Number.NaN), 3, ['a', 'b']);
    expect(profiles.map(({ name, median, missingShare }) => [name, median, missingShare])).toEqual([
      ['a', 2, 0],
      ['b', 15, 1 - 2 / 3],
    ]);
  });
});

describe('stabilityIndex and jensenShannonDistance', () => {
  test.each(golden.distances)(
    'equal NumPy and SciPy on $then.length bins',
    ({ then, now, psi, jensenShannon }) => {
      expect(stabilityIndex(then, now)).toBeCloseTo(psi, 12);
      expect(jensenShannonDistance(then, now)).toBeCloseTo(jensenShannon, 12);
    },
  );

  const shares = fc
    .array(fc.tuple(fc.nat(20), fc.nat(20)), { minLength: 1, maxLength: 11 })
    .filter((pairs) => [0, 1].every((side) => pairs.some((pair) => pair[side]! > 0)))
    .map((pairs) => {
      const side = (at: 0 | 1) => {
        const total = pairs.reduce((sum, pair) => sum + pair[at], 0);
        return pairs.map((pair) => pair[at] / total);
      };
      return [side(0), side(1)] as const;
    });

  test('are symmetric, 0 for the same, and the distance is within [0, 1]', () => {
    fc.assert(
      fc.property(shares, ([one, other]) => {
        const distance = jensenShannonDistance(one, other);
        expect(distance).toBeCloseTo(jensenShannonDistance(other, one), 12);
        expect(stabilityIndex(one, other)).toBeCloseTo(stabilityIndex(other, one), 12);
        expect(distance).toBeGreaterThanOrEqual(0);
        expect(distance).toBeLessThanOrEqual(1);
        expect(stabilityIndex(one, other)).toBeGreaterThanOrEqual(0);
        expect(jensenShannonDistance(one, one)).toBe(0);
        expect(stabilityIndex(one, one)).toBe(0);
      }),
    );
  });

  test('what the index may reach by chance grows with the bins that hold anything, and falls with the rows', () => {
    expect(chanceIndex([0.5, 0.5, 0], [0.4, 0.6, 0], 100)).toBeCloseTo((1 + 3.1 * Math.SQRT2) / 100, 12);
    expect(chanceIndex([0.5, 0.5, 0], [0.4, 0.5, 0.1], 100)).toBeCloseTo((2 + 3.1 * 2) / 100, 12);
    expect(chanceIndex([0.4, 0.5, 0.1], [0.5, 0.5, 0], 50)).toBeCloseTo((2 + 3.1 * 2) / 50, 12);
    expect(chanceIndex([1, 0], [1, 0], 100)).toBe(0);
  });

  test('of disjoint distributions are 1, and finite', () => {
    expect(jensenShannonDistance([1, 0], [0, 1])).toBe(1);
    expect(stabilityIndex([1, 0], [0, 1])).toBeCloseTo(2 * (1 - 1e-4) * Math.log(1e4), 9);
  });
});

describe('DriftCounter', () => {
  test('finds no drift in the rows that were profiled, nor in no rows at all', () => {
    fc.assert(
      fc.property(input, (values) => {
        const { psi, jensenShannon } = driftOf(values, values);
        expect(psi).toBeCloseTo(0, 9);
        expect(jensenShannon).toBeCloseTo(0, 6);
        expect(driftOf(values, [])).toMatchObject({
          psi: 0,
          noise: 0,
          jensenShannon: 0,
          missingShare: 0,
          median: null,
        });
      }),
    );
  });

  test('does not depend on how rows were cut into blocks', () => {
    fc.assert(
      fc.property(input, input, fc.nat(80), (then, now, cut) => {
        const names = ['a', 'b'];
        const profiles = profileInputs(Float32Array.from([...then, ...then]), then.length, names);
        const rows = Math.floor(now.length / 2);
        const at = Math.min(cut, rows);
        const values = Float32Array.from(now);
        const whole = new DriftCounter(profiles);
        whole.add(values, rows);
        const parts = new DriftCounter(profiles);
        parts.add(values.subarray(0, 2 * at), at);
        parts.add(values.subarray(2 * at), rows - at);
        expect(parts.drift()).toEqual(whole.drift());
      }),
    );
  });

  test('is small for another sample of the same and large for a shifted one', () => {
    const uniform = seededUniform(1);
    const sample = (mean: number) => Array.from({ length: 5000 }, () => mean + seededNormal(uniform));
    const then = sample(0);
    expect(driftOf(then, sample(0)).psi).toBeLessThan(0.02);
    expect(driftOf(then, sample(1)).psi).toBeGreaterThan(0.5);
  });

  test('sees a constant change, either way, and a value go missing', () => {
    expect(driftOf(repeat(0, 10), repeat(1, 10)).jensenShannon).toBe(1);
    expect(driftOf(repeat(0, 10), repeat(-1, 10)).jensenShannon).toBe(1);
    const gone = driftOf(repeat(0, 10), repeat(Number.NaN, 10));
    expect(gone).toMatchObject({ jensenShannon: 1, missingShare: 1, median: null });
    expect(driftOf(repeat(Number.NaN, 10), repeat(2, 10))).toMatchObject({ jensenShannon: 1, median: 2 });
  });

  test('takes infinite values for very large ones, and stays plain data', () => {
    const infinite = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1];
    for (const then of [infinite, repeat(Number.NEGATIVE_INFINITY, 3)]) {
      const profile = profileOf(then);
      const drift = driftOf(then, infinite);
      expect(JSON.parse(JSON.stringify([profile, drift]))).toEqual([profile, drift]);
    }
    expect(Object.is(profileOf([-0, -0]).median, 0)).toBe(true);
    expect(driftOf(infinite, infinite)).toMatchObject({ psi: 0, median: 1 });
  });

  test('has the exact median of a few values, and a near one of many', () => {
    expect(driftOf([0, 1, 0], [1, 1, 0]).median).toBe(1);
    expect(driftOf([7, 7], [7, 7]).median).toBe(7);
    const uniform = seededUniform(2);
    const draw = () => Array.from({ length: 4000 }, () => uniform() ** 2);
    expect(driftOf(draw(), draw()).median).toBeCloseTo(0.25, 1);
  });
});

describe('counts of a DriftCounter', () => {
  const profiles = () => profileInputs(Float32Array.of(0, 10, 1, 20, 2, 30, 3, Number.NaN), 4, ['a', 'b']);
  const values = Float32Array.of(0, 30, 5, Number.NaN, 1, 10, 1, 10);
  const groups = Uint8Array.of(3, 1, 3, 15);

  test('are by bin, with the least and greatest of each, and by group of entities', () => {
    const counter = new DriftCounter(profiles());
    counter.add(values, 4, groups);
    expect(counter.counts()).toEqual({
      rows: 4,
      // 0, 1, 2, above; then 10, 20, above.
      counts: [1, 2, 0, 1, 2, 0, 1],
      low: [0, 1, null, 5, 10, null, 30],
      high: [0, 1, null, 5, 10, null, 30],
      groups: [
        { group: 1, rows: 1, counts: [0, 0, 0, 1, 0, 0, 0] },
        { group: 3, rows: 2, counts: [1, 1, 0, 0, 1, 0, 1] },
        { group: 15, rows: 1, counts: [0, 1, 0, 0, 1, 0, 0] },
      ],
    });
  });

  test('merged are those of all rows, whichever way these were counted', () => {
    const whole = new DriftCounter(profiles());
    whole.add(values, 4, groups);
    const merged = new DriftCounter(profiles());
    for (const [from, to] of [
      [2, 4],
      [0, 2],
    ] as const) {
      const part = new DriftCounter(profiles());
      part.add(values.subarray(2 * from, 2 * to), to - from, groups.subarray(from, to));
      merged.merge(JSON.parse(JSON.stringify(part.counts())));
    }
    expect(merged.counts()).toEqual(whole.counts());
    expect(merged.drift()).toEqual(whole.drift());
    // A drop without rows changes nothing, and says nothing of groups.
    const { groups: _, ...none } = new DriftCounter(profiles()).counts();
    merged.merge(none);
    expect(merged.counts()).toEqual(whole.counts());
  });

  test('have no groups where some rows came without', () => {
    const counter = new DriftCounter(profiles());
    counter.add(values, 4, groups);
    counter.add(values, 4);
    expect(counter.counts().groups).toBeUndefined();
    const merged = new DriftCounter(profiles());
    merged.merge(counter.counts());
    expect(merged.counts()).toEqual(counter.counts());
    expect(counter.counts()).toMatchObject({ rows: 8, counts: [2, 4, 0, 2, 4, 0, 2] });
  });

  test('of more rows than are counted at once are those of each', () => {
    const counter = new DriftCounter(profiles());
    const rows = 130;
    counter.add(
      // The first 100 rows hold 0, the others 3; of the second input all are 20.
      Float32Array.from({ length: 2 * rows }, (_, at) => (at % 2 === 1 ? 20 : at < 200 ? 0 : 3)),
      rows,
      Uint8Array.from({ length: rows }, (_, row) => row % 16),
    );
    const { counts, groups: byGroup } = counter.counts();
    expect(counts).toEqual([100, 0, 0, 30, 0, 130, 0]);
    for (const { group, rows: own } of byGroup!) expect(own).toBe(group < 2 ? 9 : 8);
    const [first, second] = counter.drift();
    expect(first!.noise).toBeCloseTo((3 + 3.1 * Math.sqrt(6)) / rows, 12);
    expect([first!.missingShare, first!.median]).toEqual([0, 0]);
    expect([second!.missingShare, second!.median]).toEqual([0, 20]);
  });

  test('give a share that is missing, and a median on a straight line through its bin', () => {
    const counter = new DriftCounter([profileOf(Array.from({ length: 200 }, (_, at) => at))]);
    counter.add(Float32Array.of(20, 39, 24, 30, Number.NaN), 5);
    // All four lie in the bin above 19: its half is halfway between its least and its greatest.
    expect(counter.drift()[0]).toMatchObject({ median: 29.5, missingShare: 0.2 });
  });
});
