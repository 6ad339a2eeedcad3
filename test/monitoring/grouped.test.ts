/** Intervals of live figures where the records of an entity are alike. */
import { describe, expect, test } from 'vitest';
import { DriftCounter } from '../../lib/evaluation/drift-counter.ts';
import { ENTITY_GROUPS, entityGroup } from '../../lib/evaluation/entity-groups.ts';
import { profileInputs } from '../../lib/evaluation/profile-inputs.ts';
import { measureDistributionDrift } from '../../lib/monitoring/distribution-drift.ts';
import type { GroupBins } from '../../lib/monitoring/grouped-counts.ts';
import { measureGroupedShare, measureShareOfEntities } from '../../lib/monitoring/grouped-share.ts';
import { type Figure, isFigure } from '../../lib/monitoring/measured.ts';
import { measureQuality } from '../../lib/monitoring/quality.ts';
import { Random } from '../../samples/generators/random.ts';

const even = Array.from({ length: 10 }, () => 0.1);

/** Entities whose records all fall into one bin of their own. */
function drawAlike(
  entities: number,
  each: number,
  random: Random,
): { counts: number[]; groups: GroupBins[] } {
  const groups = Array.from({ length: ENTITY_GROUPS }, () => ({ rows: 0, bins: even.map(() => 0) }));
  for (let one = 0; one < entities; one++) {
    const group = groups[random.below(ENTITY_GROUPS)]!;
    group.rows += each;
    group.bins[random.below(10)]! += each;
  }
  const filled = groups.filter(({ rows }) => rows > 0);
  return {
    counts: even.map((_, bin) => filled.reduce((sum, { bins }) => sum + bins[bin]!, 0)),
    groups: filled,
  };
}

describe('drift', () => {
  test('of entities that are alike but have not moved has a lower bound of nothing, nearly always', () => {
    const random = new Random(1, 0);
    const beyond = { grouped: 0, alone: 0 };
    for (let run = 0; run < 200; run++) {
      const { counts, groups } = drawAlike(60, 20, random);
      const low = (by: GroupBins[] | null) =>
        (measureDistributionDrift(even, counts, { groups: by }).psi as Figure).low;
      if (low(groups) > 0) beyond.grouped++;
      if (low(null) > 0) beyond.alone++;
    }
    expect(beyond.grouped).toBeLessThanOrEqual(8);
    expect(beyond.alone).toBeGreaterThan(150);
  });

  test('is still seen where entities have moved', () => {
    const random = new Random(2, 0);
    const then = [0.46, ...Array.from({ length: 9 }, () => 0.06)];
    const { counts, groups } = drawAlike(300, 20, random);
    const { psi, jensenShannon } = measureDistributionDrift(then, counts, { groups });
    expect((psi as Figure).low).toBeGreaterThan(0.25);
    expect((jensenShannon as Figure).low).toBeGreaterThan(0);
  });

  test('claims nothing where all records are of a few groups', () => {
    const { psi } = measureDistributionDrift(even, [300, 0, 0, 0, 0, 0, 0, 0, 0, 0], {
      groups: [{ rows: 300, bins: [300, 0, 0, 0, 0, 0, 0, 0, 0, 0] }],
    });
    expect((psi as Figure).low).toBe(0);
  });

  test('over groups that are as good as records is what it was without them, or somewhat wider', () => {
    const counts = [140, 60, 100, 100, 100, 100, 100, 100, 100, 100];
    const groups = Array.from({ length: 10 }, () => ({ rows: 100, bins: counts.map((count) => count / 10) }));
    expect(measureDistributionDrift(even, counts, { groups })).toEqual(
      measureDistributionDrift(even, counts),
    );
  });
});

describe('a share', () => {
  test.each([4, 8])(
    'of %i entities that are all or nothing covers the truth, which records alone do not',
    (each) => {
      const random = new Random(each, 0);
      const covered = { grouped: 0, alone: 0 };
      for (let run = 0; run < 200; run++) {
        const groups = Array.from({ length: ENTITY_GROUPS }, () => ({ part: 0, whole: 0 }));
        for (let entity = 0; entity < 80; entity++) {
          const group = groups[random.below(ENTITY_GROUPS)]!;
          group.whole += each;
          if (random.chance(0.3)) group.part += each;
        }
        const part = groups.reduce((sum, one) => sum + one.part, 0);
        const covers = (by: typeof groups | null) => {
          const { low, high } = measureGroupedShare({ part, whole: 80 * each }, by, 30) as Figure;
          return low <= 0.3 && 0.3 <= high;
        };
        if (covers(groups)) covered.grouped++;
        if (covers(null)) covered.alone++;
      }
      expect(covered.grouped).toBeGreaterThanOrEqual(180);
      expect(covered.alone).toBeLessThan(165);
    },
  );

  test('of three entities is not claimed; of records of their own it is what Wilson says', () => {
    const three = measureShareOfEntities(
      [
        { part: 10, whole: 10 },
        { part: 0, whole: 10 },
        { part: 5, whole: 5 },
      ],
      20,
    );
    expect(three).toEqual({ not_enough_data: true, n: 3, needed: 4 });
    const own = Array.from({ length: 100 }, (_, at) => ({ part: at < 70 ? 1 : 0, whole: 1 }));
    const { low, high } = measureShareOfEntities(own, 20) as Figure;
    expect(low).toBeCloseTo(0.604, 2);
    expect(high).toBeCloseTo(0.781, 2);
  });
});

test('precision of flags of a few accounts is as uncertain as these accounts', () => {
  const flags = { flagged: 60, truePositives: 45, falsePositives: 15 };
  const entities = [9, 9, 9, 9, 9, 0, 0, 0].map((part) => ({ part, whole: part === 0 ? 5 : 9 }));
  const below = [{ unflagged: 1000, reviewed: 100, positives: 1 }];
  const [alone, grouped] = [flags, { ...flags, entities }].map((one) =>
    measureQuality({ ...one, flagged: 80 }, below),
  );
  const width = (one: unknown) => (one as Figure).high - (one as Figure).low;
  expect(isFigure(grouped!.precision)).toBe(true);
  expect(width(grouped!.precision)).toBeGreaterThan(2 * width(alone!.precision));
  expect(width(grouped!.recall)).toBeGreaterThan(width(alone!.recall));
  const few = { ...flags, entities: [{ part: 45, whole: 60 }] };
  expect(measureQuality(few, below).precision).toEqual({ not_enough_data: true, n: 1, needed: 4 });
});

test('counts by group add up to the counts, in whatever pieces they come; one piece without groups leaves none', () => {
  const random = new Random(3, 0);
  const values = Float32Array.from({ length: 400 }, () => random.normal());
  const groups = Uint8Array.from({ length: 200 }, () => random.below(ENTITY_GROUPS));
  const profiles = profileInputs(values, 200, ['a', 'b']);
  const counterOf = (from: number, to: number, by: Uint8Array | undefined = groups.subarray(from, to)) => {
    const counter = new DriftCounter(profiles);
    counter.add(values.subarray(2 * from, 2 * to), to - from, by);
    return counter.counts();
  };
  const whole = counterOf(0, 200);
  const merged = new DriftCounter(profiles);
  for (const piece of [counterOf(0, 70), counterOf(70, 71), counterOf(71, 200)]) merged.merge(piece);
  expect(merged.counts()).toEqual(whole);
  const sums = whole.counts.map((_, bin) => whole.groups!.reduce((sum, { counts }) => sum + counts[bin]!, 0));
  expect(sums).toEqual(whole.counts);
  const without = new DriftCounter(profiles);
  const { groups: _, ...earlier } = counterOf(0, 70);
  for (const piece of [earlier, counterOf(70, 200)]) without.merge(piece);
  expect(without.counts().groups).toBeUndefined();
});

test('a group is the same for an entity at any time, and no group is left empty by many', () => {
  expect(entityGroup('ACC-17')).toBe(entityGroup('ACC-17'));
  const met = new Set(Array.from({ length: 300 }, (_, n) => entityGroup(`ACC-${n}`)));
  expect([...met].sort((a, b) => a - b)).toEqual(Array.from({ length: ENTITY_GROUPS }, (_, n) => n));
});
