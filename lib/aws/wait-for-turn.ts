import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_WAIT_MS = 10;

/**
 * Waits before the next attempt: up to twice as long after each, `maxMs` at the most, and by chance, so that writers who met do not meet
 * again. `attempt` counts those that failed, from 1.
 */
export async function waitForTurn(attempt: number, maxMs: number): Promise<void> {
  await sleep(Math.random() * Math.min(maxMs, FIRST_WAIT_MS * 2 ** attempt));
}
