import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Contribution } from '../../lib/decisions/explanation.ts';
import { listReasons, raisingReasons } from '../../lib/decisions/reasons.ts';

function part(column: string, contribution: number, group?: string, context?: true): Contribution {
  return {
    column,
    value: 1,
    usual: null,
    contribution,
    words: `${column} says so`,
    ...(group !== undefined && { group }),
    ...(context !== undefined && { context }),
  };
}

describe('reasons', () => {
  test('add up what speaks of one fact, in the words of the part that did most', () => {
    const [first, second] = listReasons([
      part('night', 0.11),
      part('amount', 0.1, 'The amount'),
      part('amount_vs_usual', 0.05, 'The amount'),
      part('amount_zscore', -0.02, 'The amount'),
    ]);
    expect(first).toMatchObject({ group: 'The amount', contribution: 0.13, words: 'amount says so' });
    expect(first!.parts).toHaveLength(3);
    expect(second).toMatchObject({ group: null, contribution: 0.11, words: 'night says so' });
  });

  test('are worded by a part that goes the way of the sum, though another is larger', () => {
    const [only] = listReasons([
      part('amount', -0.1, 'The amount'),
      part('ratio', 0.08, 'The amount'),
      part('zscore', 0.07, 'The amount'),
    ]);
    expect(only).toMatchObject({ contribution: 0.05, words: 'ratio says so' });
  });

  test('that cancel out are worded by the first part, and raise nothing', () => {
    const contributions = [
      part('amount', -0.1, 'The amount'),
      part('ratio', 0.1, 'The amount'),
      part('night', 0.2),
      part('age', 0.1),
    ];
    expect(listReasons(contributions).map(({ words, contribution }) => [words, contribution])).toEqual([
      ['night says so', 0.2],
      ['age says so', 0.1],
      ['amount says so', 0],
    ]);
    const raising = (most: number) => raisingReasons(contributions, most).map(({ words }) => words);
    expect([raising(3), raising(1)]).toEqual([['night says so', 'age says so'], ['night says so']]);
  });

  test('of context come after what was done, whatever their size', () => {
    const reasons = raisingReasons(
      [part('channel', 0.3, undefined, true), part('amount', 0.2), part('age', -0.4), part('fan_in', 0.1)],
      3,
    );
    expect(reasons.map(({ words }) => words)).toEqual([
      'amount says so',
      'fan_in says so',
      'channel says so',
    ]);
  });

  test('of a group are context only where all its parts are', () => {
    const [only] = listReasons([part('hour', 0.1, 'When', true), part('late', 0.1, 'When')]);
    expect(only!.context).toBe(false);
  });

  test('sum to what the contributions sum to, to the last of nine decimals, and leave none out', () => {
    const contribution = fc.integer({ min: -400_000_000, max: 400_000_000 }).map((units) => units / 1e9);
    const one = fc.tuple(contribution, fc.constantFrom(undefined, 'a', 'b', 'c'));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 40 }), (given) => {
        const contributions = given.map(([value, group], index) => part(`s${index}`, value, group));
        const reasons = listReasons(contributions);
        const units = (values: readonly { contribution: number }[]) =>
          values.reduce((sum, { contribution }) => sum + Math.round(contribution * 1e9), 0);
        expect(units(reasons)).toBe(units(contributions));
        expect(reasons.flatMap(({ parts }) => parts)).toHaveLength(contributions.length);
        const groups = reasons.map(({ group }) => group).filter((group) => group !== null);
        expect(new Set(groups).size).toBe(groups.length);
      }),
    );
  });
});
