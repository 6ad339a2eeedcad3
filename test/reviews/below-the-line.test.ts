import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  blindItemId,
  inclusionProbability,
  isDrawnBelowTheLine,
  isDrawnForSecondOpinion,
} from '../../lib/reviews/below-the-line.ts';

const plan = { key: Buffer.alloc(32, 7), belowTheLine: 0.02, secondOpinion: 0.1 };
const ids = Array.from({ length: 20_000 }, (_, i) => i.toString(16).padStart(32, '0'));

describe('records drawn below the line', () => {
  test('are about their share of all, and the same ones each time, anyone who else is asked about', () => {
    const drawn = ids.filter((id) => isDrawnBelowTheLine(plan, id));
    expect(drawn.length).toBeGreaterThan(330);
    expect(drawn.length).toBeLessThan(470);
    expect(
      ids
        .toReversed()
        .filter((id) => isDrawnBelowTheLine(plan, id))
        .toReversed(),
    ).toEqual(drawn);
  });

  test('of a larger share hold those of a smaller one', () => {
    const more = { ...plan, belowTheLine: 0.05 };
    for (const id of ids) if (isDrawnBelowTheLine(plan, id)) expect(isDrawnBelowTheLine(more, id)).toBe(true);
  });

  test('are others under another key', () => {
    const other = { ...plan, key: Buffer.alloc(32, 8) };
    const drawn = ids.filter((id) => isDrawnBelowTheLine(plan, id));
    const both = drawn.filter((id) => isDrawnBelowTheLine(other, id));
    expect(both.length).toBeLessThan(drawn.length / 5);
  });

  test('share 0 draws no one, share 1 everyone', () => {
    const none = { ...plan, belowTheLine: 0 };
    const all = { ...plan, belowTheLine: 1 };
    expect(ids.slice(0, 500).some((id) => isDrawnBelowTheLine(none, id))).toBe(false);
    expect(ids.slice(0, 500).every((id) => isDrawnBelowTheLine(all, id))).toBe(true);
  });

  test('are drawn apart from second opinions and from the names of blind items', () => {
    const half = { ...plan, belowTheLine: 0.5, secondOpinion: 0.5 };
    const both = ids.filter((id) => isDrawnBelowTheLine(half, id) && isDrawnForSecondOpinion(half, id));
    expect(both.length / ids.length).toBeGreaterThan(0.23);
    expect(both.length / ids.length).toBeLessThan(0.27);
    expect(blindItemId(plan, ids[0]!)).toMatch(/^[0-9a-f]{32}$/);
    expect(blindItemId(plan, ids[0]!)).not.toBe(blindItemId(plan, ids[1]!));
  });

  test('are drawn by HMAC-SHA256, as anyone with the key can check', () => {
    for (const key of [plan.key, Buffer.alloc(100, 3)]) {
      const drawn = ids.slice(0, 500).map((id) => {
        const digest = createHmac('sha256', key).update(`below-the-line\n${id}`).digest('hex');
        return Number.parseInt(digest.slice(0, 13), 16) / 2 ** 52 < 0.3;
      });
      const share = { ...plan, key, belowTheLine: 0.3 };
      expect(ids.slice(0, 500).map((id) => isDrawnBelowTheLine(share, id))).toEqual(drawn);
    }
    const named = createHmac('sha256', plan.key).update(`blind-item\n${ids[0]}`).digest('hex');
    expect(blindItemId(plan, ids[0]!)).toBe(named.slice(0, 32));
  });

  test('a short key is refused', () => {
    expect(() => isDrawnBelowTheLine({ ...plan, key: Buffer.alloc(8) }, 'a')).toThrow(
      'a sampling key of 8 bytes',
    );
  });

  test('the chance of review is 1 for a flag, and the share below the line', () => {
    expect([inclusionProbability(plan, true), inclusionProbability(plan, false)]).toEqual([1, 0.02]);
  });
});
