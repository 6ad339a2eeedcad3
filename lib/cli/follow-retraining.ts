/** Watches a retraining until it has ended or waits for people, reports its steps on the way, and returns what became of it. */
import { InputError } from '../errors.ts';
import type { Progress } from '../progress.ts';
import type { RetrainingStatus } from '../retraining/retraining-status.ts';

interface Follower {
  readonly look: () => Promise<RetrainingStatus>;
  readonly progress: Pick<Progress, 'stage'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly wait: (ms: number) => Promise<void>;
}

const WAIT_MS = 1_000;
/** The longest that a step may take, with its retries. */
const NEWS_WITHIN_MS = 2 * 3_600_000;

const STEPS: Readonly<Record<string, string>> = {
  snapshot: 'gathering records and labels',
  prepare: 'computing what the model sees',
  tune: 'trying candidates',
  choose: 'choosing',
  train: 'training',
  assemble: 'putting the model together',
  compare: 'comparing champion and challenger',
  propose: 'putting it forward',
  finalize: 'finishing',
};

/** Throws an InputError where nothing happens any more. */
export async function followRetraining({ look, progress, now, wait }: Follower): Promise<RetrainingStatus> {
  let shown = '';
  let seen = '';
  let news = now();
  for (;;) {
    const status = await look();
    if (status.state !== 'running') return status;
    const stage = STEPS[status.step ?? ''] ?? status.step ?? 'starting';
    if (stage !== shown) progress.stage(stage);
    shown = stage;
    if (status.updated_at !== seen) news = now();
    seen = status.updated_at;
    if (now() - news > NEWS_WITHIN_MS) {
      throw new InputError(
        `${status.id} is in "${stage}", without news for two hours: look at its execution in Step Functions`,
      );
    }
    await wait(WAIT_MS);
  }
}
