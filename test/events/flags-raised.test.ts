/** One event for many flags: how few, how large, and that none is left out. */
import { describe, expect, test } from 'vitest';
import type { EventDetail } from '../../lib/events/event-schemas.ts';
import { flagsRaised, type MinSeverity } from '../../lib/events/flags-raised.ts';
import type { Severity } from '../../lib/packs/pack.ts';
import { flagOf } from '../helpers/flags.ts';

const LEVELS: readonly (Severity | null)[] = [null, 'low', 'medium', 'high', 'critical'];
const items = Array.from({ length: 2_000 }, (_, n) => flagOf(n, { severity: LEVELS[n % 5]! }));

const detailsOf = (...args: Parameters<typeof flagsRaised>) =>
  flagsRaised(...args).map(({ detail }) => detail as EventDetail<'FlagsRaised'>);

test('a piece of a drop, 2,000 flags, is reported in two events that each fit into 256 KB with what SNS and SQS add', () => {
  const details = detailsOf(items, 'none');
  expect(details).toHaveLength(2);
  for (const detail of details) expect(Buffer.byteLength(JSON.stringify(detail))).toBeLessThan(200_000);
});

test('all flags are listed, the most urgent first, and counted by severity', () => {
  const details = detailsOf(items, 'none');
  const listed = details.flatMap(({ flags }) => flags);
  expect(new Set(listed.map(({ flag }) => flag))).toEqual(new Set(items.map(({ flag }) => flag)));
  const ranks = listed.map(({ severity, score }) => LEVELS.indexOf(severity) + score);
  expect(ranks).toEqual(ranks.toSorted((a, b) => b - a));
  for (const name of ['critical', 'high', 'medium', 'low', 'none'] as const)
    expect(details.reduce((sum, { by_severity }) => sum + by_severity[name], 0)).toBe(400);
  for (const { count, flags } of details) expect(count).toBe(flags.length);
});

test('the same flags in another order are the same events', () => {
  expect(flagsRaised(items.toReversed(), 'none')).toEqual(flagsRaised(items, 'none'));
  const ids = flagsRaised(items, 'none').map(({ detail }) => detail.id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('the setting for the least severity', () => {
  test.each<[MinSeverity, number]>([
    ['none', 2_000],
    ['low', 1_600],
    ['high', 800],
    ['critical', 400],
  ])('%s lets %d of 2,000 through', (least, count) => {
    expect(detailsOf(items, least).flatMap(({ flags }) => flags)).toHaveLength(count);
  });

  test('says nothing where nothing is left to publish', () => {
    expect(
      flagsRaised(
        items.filter(({ severity }) => severity === 'low'),
        'high',
      ),
    ).toEqual([]);
    expect(flagsRaised([], 'none')).toEqual([]);
  });
});
