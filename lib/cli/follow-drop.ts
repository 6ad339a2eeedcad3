/** Watches a drop until it has come to its end, reports its stages and parts on the way, and returns what became of it. */
import type { DropState, DropStatus } from '../drops/drop-status.ts';
import { InputError } from '../errors.ts';
import type { Progress } from '../progress.ts';

export interface Follower {
  /** What is known of the drop; null: nothing yet. */
  readonly look: () => Promise<DropStatus | null>;
  readonly progress: Progress;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

const MIN_WAIT_MS = 300;
const MAX_WAIT_MS = 3_000;
/** A file that waits longer sounds the alarm for stuck drops. */
const TAKEN_UP_WITHIN_MS = 15 * 60_000;
/** The longest that a function of a stage may run, with its retries. */
const NEWS_WITHIN_MS = 2 * 3_600_000;

const STAGES: Readonly<Record<DropState, string>> = {
  received: 'planning',
  planned: 'starting',
  reading: 'reading',
  scoring: 'scoring',
  finishing: 'finishing',
  done: 'done',
  failed: 'failed',
};

/** Throws an InputError where nothing happens any more. */
export async function followDrop(id: string, follower: Follower): Promise<DropStatus> {
  const { look, progress, now, wait } = follower;
  let shown = '';
  let seen = '';
  let news = now();
  let pause = MIN_WAIT_MS;
  for (;;) {
    const status = await look();
    if (status?.state === 'done' || status?.state === 'failed') return status;
    const stage = stageOf(status);
    if (stage !== shown) progress.stage(stage);
    shown = stage;
    if (status?.state === 'scoring' && status.progress !== null)
      progress.share(status.progress.scored / status.progress.of);
    const current = JSON.stringify(status);
    if (current !== seen) {
      news = now();
      pause = MIN_WAIT_MS;
    }
    seen = current;
    refuseToWait(id, status, now() - news);
    await wait(pause);
    pause = Math.min(MAX_WAIT_MS, pause * 1.2);
  }
}

function stageOf(status: DropStatus | null): string {
  if (status === null) return 'waiting to be started';
  const { state, progress, waiting } = status;
  if (waiting === 'stopped') return 'waiting: the domain or its model is stopped';
  const parts = state === 'scoring' && progress !== null && progress.of > 1 ? ` in ${progress.of} parts` : '';
  return `${STAGES[state]}${parts}`;
}

function refuseToWait(id: string, status: DropStatus | null, silentMs: number): void {
  if (status === null && silentMs > TAKEN_UP_WITHIN_MS) {
    throw new InputError(
      `${id} was uploaded, but its processing has not begun in 15 minutes; it is not lost (docs/runbook.md, "Stuck drops"); go on later with: assay drops show ${id} --follow`,
    );
  }
  // A stop lasts as long as people leave it.
  if (status?.waiting === 'stopped') return;
  if (status !== null && silentMs > NEWS_WITHIN_MS) {
    throw new InputError(
      `${id} is ${status.state}, without news for two hours (docs/runbook.md, "Stuck drops"); go on later with: assay drops show ${id} --follow`,
    );
  }
}
