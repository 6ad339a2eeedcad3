import fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeEntities } from '../../lib/evaluation/entity-codes.ts';
import { isKnown, planHoldout } from '../../lib/evaluation/holdout-plan.ts';
import { type Holdout, HoldoutTally } from '../../lib/evaluation/holdout-tally.ts';

interface Row {
  readonly entity: string;
  readonly time: number;
  readonly label: number;
}

const tallyOf = (rows: readonly Row[], order: Uint32Array): HoldoutTally =>
  new HoldoutTally(
    codeEntities(
      rows.map(({ entity }) => entity),
      String,
      rows.length,
      3,
    ),
    Uint8Array.from(rows, ({ label }) => label),
    order,
  );

/** The best of what each cut and each share of entities holds out: use, less what is outside the band, less few positives. */
function bestMerit(rows: readonly Row[], order: Uint32Array, wanted: number, labelDelay: number): number {
  let best = Number.NEGATIVE_INFINITY;
  for (const cut of new Set(rows.map(({ time }) => time))) {
    const tally = tallyOf(rows, order);
    if (!rows.some(({ time }) => time < cut)) continue;
    for (const row of order) if (rows[row]!.time < cut) tally.passCut(row);
    for (const row of order) if (isKnown(rows[row]!.time, cut, labelDelay)) tally.learnLabel(row);
    for (const one of tally.holdouts()) best = Math.max(best, meritOf(one, rows.length, wanted));
  }
  return best;
}

function meritOf(one: Holdout, total: number, wanted: number): number {
  const classes = [
    one.trainPositives,
    one.train - one.trainPositives,
    one.heldOutPositives,
    one.heldOut - one.heldOutPositives,
  ];
  if (classes.includes(0)) return Number.NEGATIVE_INFINITY;
  const used = one.train + one.heldOut;
  const share = one.heldOut / used;
  const outside = share < wanted ? wanted - share : share > wanted + 0.05 ? share - wanted - 0.05 : 0;
  const few = Math.min(one.trainPositives, one.heldOutPositives) < 10 ? 0.2 : 0;
  return used / total - 4 * outside - few - 0.01 * Math.abs(share - wanted);
}

test('the plan is the best of all cuts and all shares of entities, or there is none', () => {
  const row = fc.record({
    entity: fc.integer({ min: 0, max: 8 }).map((number) => `E${number}`),
    time: fc.integer({ min: 0, max: 6 }),
    label: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(
      fc.array(row, { minLength: 5, maxLength: 60 }),
      fc.constantFrom(0.2, 0.5),
      fc.constantFrom(0, 1, 3),
      (rows, heldOutShare, labelDelay) => {
        const times = Float64Array.from(rows, ({ time }) => time);
        const order = Uint32Array.from([...rows.keys()].sort((a, b) => times[a]! - times[b]!));
        const options = { heldOutShare, labelDelay, heldOutFrom: null, hasEntities: true };
        const plan = planHoldout(tallyOf(rows, order), order, times, options);
        const best = bestMerit(rows, order, heldOutShare, labelDelay);
        expect(plan?.merit ?? Number.NEGATIVE_INFINITY).toBeCloseTo(best, 12);
        if (plan === null) return;
        expect(meritOf(plan, rows.length, heldOutShare)).toBeCloseTo(best, 12);
        // The cut that is given makes the same plan again, and without times nothing is unused.
        const given = { ...options, heldOutFrom: plan.cut };
        expect(planHoldout(tallyOf(rows, order), order, times, given)).toEqual(plan);
        const timeless = planHoldout(tallyOf(rows, order), order, null, options);
        if (timeless !== null) expect(timeless.train + timeless.heldOut).toBe(rows.length);
      },
    ),
    { numRuns: 30 },
  );
});

test('a cut between two times divides at the first that is not before it; one before or behind all divides nothing', () => {
  const rows = Array.from({ length: 40 }, (_, at) => ({
    entity: `E${at}`,
    time: Math.floor(at / 4),
    label: at % 2,
  }));
  const times = Float64Array.from(rows, ({ time }) => time);
  const order = Uint32Array.from(rows.keys());
  const plan = (heldOutFrom: number) =>
    planHoldout(tallyOf(rows, order), order, times, {
      ...{ heldOutShare: 0.2, labelDelay: 0, heldOutFrom },
      hasEntities: false,
    });
  expect(plan(7.5)).toMatchObject({ cut: 7.5, train: 32, heldOut: 8, buckets: 1000 });
  expect(plan(8)).toMatchObject({ cut: 8, train: 32, heldOut: 8 });
  expect(plan(-1)).toBeNull();
  expect(plan(0)).toBeNull();
  expect(plan(10)).toBeNull();
});
