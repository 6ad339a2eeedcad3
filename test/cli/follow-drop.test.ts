import { describe, expect, test } from 'vitest';
import { followDrop } from '../../lib/cli/follow-drop.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';

const status = (changes: Partial<DropStatus>): DropStatus => ({
  ...{ id: 'd-1', domain: 'shop', state: 'received', key: 'drops/shop/a.csv', version: 'v', bytes: 1 },
  ...{ receivedAt: '', updatedAt: '', by: null, attempt: 1, model: null, progress: null, summary: null },
  ...{ warnings: [], reason: null, results: null, waiting: null, ...changes },
});

/** What was shown, with a clock that only waiting moves. */
async function follow(looks: readonly (DropStatus | null)[]) {
  let at = 0;
  let now = 0;
  const shown: string[] = [];
  const followed = followDrop('d-1', {
    look: async () => looks[Math.min(at++, looks.length - 1)]!,
    progress: { stage: (name) => shown.push(name), share: (done) => shown.push(String(done)) },
    now: () => now,
    wait: async (ms) => {
      now += ms;
    },
  });
  return { followed: followed.catch((error: Error) => error.message), shown, minutes: () => now / 60_000 };
}

describe('followDrop', () => {
  test('shows each stage once, and of scoring the share of parts', async () => {
    const scoring = (scored: number) => status({ state: 'scoring', progress: { scored, of: 4 } });
    const done = status({ state: 'done' });
    const looks = [
      null,
      null,
      status({}),
      scoring(0),
      scoring(1),
      scoring(4),
      status({ state: 'finishing' }),
      done,
    ];
    const { followed, shown } = await follow(looks);
    expect(await followed).toBe(done);
    expect(shown).toEqual([
      'waiting to be started',
      'planning',
      'scoring in 4 parts',
      '0',
      '0.25',
      '1',
      'finishing',
    ]);
  });

  test('gives a drop that failed as it is', async () => {
    const failed = status({ state: 'failed', reason: 'it is empty' });
    expect(await (await follow([failed])).followed).toBe(failed);
  });

  test('says after 15 minutes that nothing has taken the drop up', async () => {
    const { followed, minutes } = await follow([null]);
    expect(await followed).toContain('d-1 was uploaded, but its processing has not begun in 15 minutes');
    expect(minutes()).toBeLessThan(16);
  });

  test('gives up on a drop only without news for two hours, however long it has taken before', async () => {
    const parts = Array.from({ length: 9000 }, (_, scored) =>
      status({ state: 'scoring', progress: { scored, of: 9001 } }),
    );
    const { followed, minutes } = await follow(parts);
    expect(await followed).toContain('d-1 is scoring, without news for two hours');
    expect(minutes()).toBeGreaterThan(120 + (9000 * 0.3) / 60);
  });
});
