import { describe, expect, test } from 'vitest';
import { exitCodeOf, runSteps, type Step, Unseen, waitFor } from '../../operations/smoke/steps.ts';

const done = (name: string): Step => ({ name, run: async () => 'seen' });
const failing = (name: string, error: Error, isEssential = false): Step => ({
  name,
  isEssential,
  run: () => Promise.reject(error),
});
const run = (steps: readonly Step[], isEmulated: boolean) =>
  runSteps(steps, done('destroy'), { isEmulated, say: () => {} });
const inShort = (outcomes: Awaited<ReturnType<typeof run>>) =>
  outcomes.map(({ step, result }) => `${step}: ${result}`);

describe('the smoke test', () => {
  test('goes on after a step that fails, destroys, and ends in 1', async () => {
    const outcomes = await run([failing('a', new Error('broken')), done('b')], true);
    expect(inShort(outcomes)).toEqual(['a: failed', 'b: shown', 'destroy: shown']);
    expect(exitCodeOf(outcomes)).toBe(1);
  });

  test('destroys at once what could not be deployed', async () => {
    const outcomes = await run([failing('deploy', new Error('broken'), true), done('b')], false);
    expect(inShort(outcomes)).toEqual(['deploy: failed', 'destroy: shown']);
  });

  test('lets an engine not show what AWS alone does, and AWS not', async () => {
    const steps = [failing('a', new Unseen('no event came'))];
    const [onEngine, onAws] = [await run(steps, true), await run(steps, false)];
    expect([inShort(onEngine)[0], exitCodeOf(onEngine)]).toEqual(['a: not shown by this engine', 0]);
    expect([inShort(onAws)[0], exitCodeOf(onAws)]).toEqual(['a: failed', 1]);
  });

  test('waits for what is looked for, and no longer than it may', async () => {
    let looks = 0;
    expect(await waitFor(async () => (++looks === 3 ? 'there' : null), 10_000, 1)).toBe('there');
    expect(await waitFor(async () => null, 5, 1)).toBeNull();
  });
});
