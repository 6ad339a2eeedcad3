import { describe, expect, test } from 'vitest';
import { placeMarks } from '../../console/state/timeline.ts';

const at = (time: string | null, flagged_at = '2026-02-01T00:00:00Z') => ({ time, flagged_at });
const span = { left: 0, right: 100 };

describe('the timeline of an entity', () => {
  test('stands marks by their time, whichever way a time is written', () => {
    const { marks, first, last } = placeMarks(
      [at('2026-01-01 00:00:00'), at('2026-01-02T00:00:00Z'), at('2026-01-05T00:00:00.000Z')],
      span,
    );
    expect(marks.map(({ x }) => x)).toEqual([0, 25, 100]);
    expect([first, last]).toEqual(['2026-01-01 00:00:00', '2026-01-05T00:00:00.000Z']);
  });

  test('takes steps as numbers, and the time of the flag where a record has none', () => {
    expect(placeMarks([at('5'), at('7'), at('15')], span).marks.map(({ x }) => x)).toEqual([0, 20, 100]);
    expect(placeMarks([at(null), at(null)], span).marks.map(({ x }) => x)).toEqual([50, 50]);
  });
});
