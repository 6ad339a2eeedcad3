import { afterAll, beforeAll, expect, it } from 'vitest';
import { BlindBudget } from '../../lib/aws/blind-budget.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const shares = { belowTheLine: 0.01, secondOpinion: 0.05 };
const eligible = { unflagged: 1_000, flagged: 20 };
let table: string;
let budget: BlindBudget;

beforeAll(async () => {
  table = await makeTable('Drops');
  budget = new BlindBudget(localDocuments(), table);
});
afterAll(() => dropTable(table));

const drop = { domain: 'finance', drop: 'd-1', day: '2026-03-01', eligible };

it('gives a drop its shares once: a stage that runs again draws the same, and uses up nothing', async () => {
  const first = await budget.reserve(drop, 30, shares);
  expect(first).toEqual(shares);
  for (const changed of [
    { limit: 30, eligible },
    { limit: 1, eligible: { unflagged: 9e6, flagged: 9e6 } },
  ])
    expect(await budget.reserve({ ...drop, eligible: changed.eligible }, changed.limit, shares)).toEqual(
      first,
    );
  // 11 are expected of each: the second drop would be more than half of what is left.
  const second = await budget.reserve({ ...drop, drop: 'd-2' }, 30, shares);
  expect(second).toEqual({ belowTheLine: 0.005, secondOpinion: 0.025 });
});

it('holds for a domain and a day, whatever drops reserve at once', async () => {
  const taken = await Promise.all(
    Array.from({ length: 12 }, async (_, at) => {
      const one = { ...drop, domain: 'pharma', drop: `d-${at}` };
      const { belowTheLine, secondOpinion } = await budget.reserve(one, 30, shares);
      return belowTheLine * eligible.unflagged + secondOpinion * eligible.flagged;
    }),
  );
  const expected = taken.reduce((sum, one) => sum + one, 0);
  expect(expected).toBeLessThanOrEqual(30);
  expect(expected).toBeGreaterThan(15);
  expect(await budget.reserve({ ...drop, domain: 'other' }, 30, shares)).toEqual(shares);
});

it('uses the busiest of the days before: each drop of such a day has the same share', async () => {
  const later = { ...drop, domain: 'pharma', day: '2026-03-04' };
  const taken = [];
  for (let at = 0; at < 4; at++) taken.push(await budget.reserve({ ...later, drop: `d-${at}` }, 30, shares));
  // 132 of the twelve drops would be drawn: an eighth is the first half that keeps to 30.
  expect(taken).toEqual(Array(4).fill({ belowTheLine: 0.00125, secondOpinion: 0.00625 }));
  const forgotten = { ...later, day: '2026-03-20' };
  expect(await budget.reserve(forgotten, 30, shares)).toEqual(shares);
});
