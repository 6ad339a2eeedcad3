import { describe, expect, test } from 'vitest';
import { DriftCounter } from '../../lib/evaluation/drift-counter.ts';
import { profileInputs } from '../../lib/evaluation/profile-inputs.ts';
import { measureDistributionDrift } from '../../lib/monitoring/distribution-drift.ts';
import { type Figure, isFigure } from '../../lib/monitoring/measured.ts';
import {
  measureExplanationDrift,
  measureInputs,
  measureScoreDrift,
} from '../../lib/monitoring/model-drift.ts';
import { Random } from '../../samples/generators/random.ts';

const draw = (shares: readonly number[], n: number, random: Random): number[] => {
  const counts = shares.map(() => 0);
  for (let i = 0; i < n; i++) {
    let left = random.uniform();
    let bin = 0;
    while (bin < shares.length - 1 && left >= shares[bin]!) left -= shares[bin++]!;
    counts[bin]!++;
  }
  return counts;
};
const even = Array.from({ length: 10 }, () => 0.1);
const moved = [0.05, 0.05, 0.05, 0.1, 0.1, 0.1, 0.1, 0.1, 0.15, 0.2];

describe('the drift of a distribution', () => {
  test('that has not moved has a lower bound of nothing, nearly always', () => {
    const random = new Random(1, 0);
    let alarmed = 0;
    for (let run = 0; run < 300; run++) {
      const { psi, jensenShannon } = measureDistributionDrift(even, draw(even, 300, random));
      expect((psi as Figure).value).toBeGreaterThan(0);
      if ((psi as Figure).low > 0 || (jensenShannon as Figure).low > 0) alarmed++;
    }
    expect(alarmed / 300).toBeLessThan(0.06);
  });

  test('that has moved lies within its bounds in about 95 of 100 samples', () => {
    const random = new Random(2, 0);
    const exact = measureDistributionDrift(
      even,
      moved.map((share) => share * 1e9),
    );
    const truth = { psi: (exact.psi as Figure).value, js: (exact.jensenShannon as Figure).value };
    const covered = { psi: 0, js: 0 };
    for (let run = 0; run < 400; run++) {
      const { psi, jensenShannon } = measureDistributionDrift(even, draw(moved, 600, random));
      const [p, j] = [psi as Figure, jensenShannon as Figure];
      if (p.low <= truth.psi && truth.psi <= p.high) covered.psi++;
      if (j.low <= truth.js && truth.js <= j.high) covered.js++;
    }
    expect(covered.psi / 400).toBeGreaterThan(0.92);
    expect(covered.js / 400).toBeGreaterThan(0.92);
  });

  test('is not given for fewer than 200 records', () => {
    expect(
      measureDistributionDrift(
        even,
        even.map(() => 19),
      ).psi,
    ).toEqual({ not_enough_data: true, n: 190, needed: 200 });
  });
});

describe('inputs', () => {
  const random = new Random(3, 0);
  const rows = 2000;
  const names = ['steady', 'moves', 'fades'];
  const trained = Float32Array.from({ length: rows * 3 }, () => random.normal());
  const profiles = profileInputs(trained, rows, names);

  test('each by itself: drift against the profile, and how much is missing', () => {
    const values = Float32Array.from({ length: rows * 3 }, (_, at) =>
      at % 3 === 2 && random.chance(0.3) ? Number.NaN : random.normal() + (at % 3 === 1 ? 1 : 0),
    );
    const counter = new DriftCounter(profiles);
    counter.add(values, rows);
    const [steady, moves, fades] = measureInputs(profiles, counter.counts());
    expect(counter.drift().map(({ psi }) => psi)).toEqual(
      [steady, moves, fades].map((input) => expect.closeTo((input!.psi as Figure).value, 10)),
    );
    expect((steady!.psi as Figure).low).toBe(0);
    expect((moves!.psi as Figure).low).toBeGreaterThan(0.25);
    expect((fades!.missing as Figure).value).toBeCloseTo(0.3, 1);
    expect((steady!.missing as Figure).high).toBeLessThan(0.01);
  });
});

describe('scores', () => {
  const histogram = (counts: Readonly<Record<number, number>>) => ({
    negatives: Array.from({ length: 50 }, (_, bin) => counts[bin] ?? 0),
    positives: new Array<number>(50).fill(0),
  });

  test('that lie as on the held-out part have not moved; some that lie elsewhere have', () => {
    const then = histogram({ 0: 9000, 1: 500, 5: 300, 30: 200 });
    const same = measureScoreDrift(then, histogram({ 0: 900, 1: 50, 5: 30, 30: 20 }));
    expect((same.psi as Figure).value).toBeCloseTo(0, 12);
    const other = measureScoreDrift(then, histogram({ 0: 500, 1: 50, 5: 30, 30: 420 }));
    expect((other.psi as Figure).low).toBeGreaterThan(0.25);
  });

  test('where training had none count, too', () => {
    const drift = measureScoreDrift(histogram({ 0: 1000 }), histogram({ 0: 500, 40: 500 }));
    expect((drift.psi as Figure).low).toBeGreaterThan(1);
  });
});

describe('reasons', () => {
  const importances = [
    { source: 'amount', gain: 0.6, permutation: null, meanContribution: 0.06 },
    { source: 'country', gain: 0.4, permutation: null, meanContribution: 0.04 },
  ];
  const flags = (amount: number, country: number, n = 100) => {
    const random = new Random(7, 0);
    return Array.from({ length: n }, () => [
      { column: 'amount', contribution: amount * (0.5 + random.uniform()) },
      { column: 'country', contribution: -country * (0.5 + random.uniform()) },
    ]);
  };

  test('that weigh as in training have hardly moved', () => {
    const { distance, sources } = measureExplanationDrift(importances, flags(0.6, 0.4), 1);
    expect((distance as Figure).value).toBeLessThan(0.05);
    expect(sources.map(({ source }) => source).sort()).toEqual(['amount', 'country']);
  });

  test('that changed places have, and say which, the largest change first', () => {
    const { distance, sources } = measureExplanationDrift(importances, flags(0.1, 0.9), 1);
    expect((distance as Figure).low).toBeGreaterThan(0.4);
    expect(sources[0]!.trained + sources[1]!.trained).toBeCloseTo(1, 12);
    expect(sources.find(({ source }) => source === 'country')!.live).toBeGreaterThan(0.8);
  });

  test('of few flags are not compared', () => {
    expect(isFigure(measureExplanationDrift(importances, flags(1, 1, 29), 1).distance)).toBe(false);
  });
});
