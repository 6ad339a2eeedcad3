import { describe, expect, it } from 'vitest';
import { followRetraining } from '../../lib/cli/follow-retraining.ts';
import type { RetrainingStatus } from '../../lib/retraining/retraining-status.ts';

const status = (changes: Partial<RetrainingStatus>): RetrainingStatus => ({
  ...{ id: 'r-1', domain: 'finance', state: 'running', step: null, started_by: 'ann' },
  ...{ started_at: '0', updated_at: '0', reason: null, challenger: null },
  ...changes,
});

function follow(statuses: readonly RetrainingStatus[], msPerLook = 1_000) {
  const stages: string[] = [];
  let looks = 0;
  const followed = followRetraining({
    look: async () => statuses[Math.min(looks++, statuses.length - 1)]!,
    progress: { stage: (name) => stages.push(name) },
    now: () => looks * msPerLook,
    wait: async () => {},
  });
  return { followed, stages };
}

describe('followRetraining', () => {
  it('names each step once, and ends with the retraining', async () => {
    const steps = [null, 'snapshot', 'snapshot', 'tune', 'tune', 'compare'];
    const on = steps.map((step, at) => status({ step, updated_at: String(at) }));
    const end = status({ state: 'gate_failed', reason: 'Recall is too low.' });
    const { followed, stages } = follow([...on, end]);
    expect(await followed).toEqual(end);
    expect(stages).toEqual([
      'starting',
      'gathering records and labels',
      'trying candidates',
      'comparing champion and challenger',
    ]);
  });

  it('ends where people must decide', async () => {
    const waiting = status({ state: 'awaiting_approval', challenger: 'a'.repeat(12) });
    expect(await follow([status({}), waiting]).followed).toEqual(waiting);
  });

  it('gives up after two hours without news, and says in which step', async () => {
    const { followed } = follow([status({ step: 'train', updated_at: '5' })], 60_000);
    await expect(followed).rejects.toThrow('r-1 is in "training", without news for two hours');
  });
});
