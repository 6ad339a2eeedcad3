import { expect, test } from 'vitest';
import type { DropOutcome } from '../../lib/drops/assemble.ts';
import { refusal } from '../../lib/drops/read-outcome.ts';

const outcome = (received: number, scored: number, warnings: string[] = []): DropOutcome => ({
  summary: { received, scored } as DropOutcome['summary'],
  entry: {} as DropOutcome['entry'],
  ...{ warnings, firstReject: 'line 2: amount is not a number' },
});

test('a drop of which every record was rejected is refused, with what was odd about its file', () => {
  expect(refusal(outcome(0, 0))).toBeNull();
  expect(refusal(outcome(1_200, 1))).toBeNull();
  expect(refusal(outcome(1, 0))).toBe(
    'its only record was rejected (line 2: amount is not a number); rejects.csv has them all',
  );
  expect(refusal(outcome(1_200, 0, ['a.csv is not UTF-8; it is read as Windows-1252']))).toBe(
    'all of its 1,200 records were rejected (line 2: amount is not a number); rejects.csv has them all. a.csv is not UTF-8; it is read as Windows-1252',
  );
});
