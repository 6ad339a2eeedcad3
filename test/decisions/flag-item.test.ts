import { describe, expect, test } from 'vitest';
import type { Contribution, Explanation } from '../../lib/decisions/explanation.ts';
import { explanationLine } from '../../lib/decisions/explanation-line.ts';
import { cutReasons, fitItem, fitsBeside, flagItem } from '../../lib/decisions/flag-item.ts';

const part = (column: string, contribution: number, more: Partial<Contribution> = {}): Contribution => ({
  ...{ column, value: 2, usual: null, contribution, words: `${column} is 2`, ...more },
});

const explanation: Explanation = {
  ...{ record_id: 'T1', score: 0.75, threshold: 0.5, base: 0.1 },
  contributions: [
    part('channel', 0.4, { context: true }),
    part('amount', 0.2, { group: 'The amount' }),
    part('ratio', 0.1005, { group: 'The amount' }),
    part('age', -0.1505),
    part('fan_in', 0.06),
    part('fan_out', 0.04),
  ],
  rules: [
    { id: 'structuring', severity: 'high', words: 'a rule' },
    { id: 'night', severity: 'low', words: 'another' },
  ],
  ...{ model: 'b042', pack: 'finance@1', decision_id: 'd1' },
};
const source = {
  explanation,
  ...{ domain: 'finance', drop: 'drop-1', entity: 'A1', time: '2026-01-01T00:00:00Z' },
  record: { id: 'T1', amount: 9850 },
  flaggedAt: '2026-02-01T00:00:00Z',
};
const item = {
  ...{ flag: 'd1', domain: 'finance', status: 'open', drop: 'drop-1', record_id: 'T1', entity: 'A1' },
  ...{ time: '2026-01-01T00:00:00Z', score: 0.75, threshold: 0.5, base: 0.1 },
  ...{ severity: 'high', severityRank: 3, rules: ['structuring', 'night'] },
  // What was done before what it was done with; the fourth source is left out.
  reasons: ['amount is 2 (+0.300)', 'fan_in is 2 (+0.060)', 'channel is 2 (+0.400)'],
  ...{ model: 'b042', pack: 'finance@1', version: 1, flagged_at: '2026-02-01T00:00:00Z' },
  ...{ explanation: explanationLine(explanation), record: '{"id":"T1","amount":9850}' },
};

describe('a flag as it is stored', () => {
  test('has what its explanation says, open and in its first version', () => {
    expect(flagItem(source)).toStrictEqual(item);
  });

  test('names what links it to others, and no severity where no rule was met', () => {
    const links = [{ column: 'counterparty_id', value: 'C9' }];
    const plain = { ...explanation, rules: [] };
    expect(flagItem({ ...source, explanation: plain, links })).toStrictEqual({
      ...item,
      ...{ severity: null, severityRank: 0, rules: [], links },
      explanation: explanationLine(plain),
    });
  });
});

describe('an item', () => {
  // Two bytes each: what counts is what the table counts.
  const half = 'é'.repeat(90_000);

  test('holds 360,000 bytes of explanation and record together, and not one more', () => {
    expect(fitsBeside(half, half)).toBe(true);
    expect(fitsBeside(half, `${half}.`)).toBe(false);
    expect(fitsBeside(half + half, null)).toBe(true);
    expect(fitsBeside(`${half}${half}.`, null)).toBe(false);
  });

  test.each([
    ['both', half, half, half, half],
    ['the explanation before the record', `${half}.`, half, `${half}.`, null],
    ['the record where the explanation is too large by itself', `${half}${half}.`, half, null, half],
    ['neither', `${half}${half}.`, `${half}${half}.`, null, null],
    ['what is not there any more as it is', null, null, null, null],
  ] as const)('keeps %s', (_, given, record, kept, keptRecord) => {
    const flag = flagItem(source);
    expect(fitItem({ ...flag, explanation: given, record })).toStrictEqual({
      ...flag,
      explanation: kept,
      record: keptRecord,
    });
  });

  test('has its reasons cut after 1,000 characters', () => {
    const [whole, long] = ['a'.repeat(1_000), 'b'.repeat(1_001)];
    expect(cutReasons([whole, long])).toEqual([whole, 'b'.repeat(1_000)]);
    expect(fitItem({ ...flagItem(source), reasons: [long] }).reasons).toEqual(['b'.repeat(1_000)]);
  });
});
