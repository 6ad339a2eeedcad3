/** Every few minutes: events that could not be told when they happened are told again. */
import { log } from '../lib/observe/logger.ts';
import { measureUntold } from '../lib/observe/metrics.ts';
import { observe } from '../lib/observe/observe.ts';
import { outbox } from '../lib/store/stage-events.ts';

/** What is younger is being told by whoever kept it. */
const OWN_TIME_MS = 60_000;
const left = outbox();

export const handler = observe(
  async () => {
    const now = Date.now();
    const { told, waitingSince } = await left.tellLeft(new Date(now - OWN_TIME_MS).toISOString());
    measureUntold(waitingSince === null ? 0 : (now - Date.parse(waitingSince)) / 1000);
    if (told > 0) log.info('events told again', { records: told });
    return { told };
  },
  () => ({ stage: 'tell' }),
);
