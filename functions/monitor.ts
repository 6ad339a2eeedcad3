/** Once a day: how each domain's model does, what someone must know of it, and the day's acts sealed. */

import { ACCESS_LOG } from '../lib/aws/denial-log.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { makeWatcher, watch } from '../lib/services/watch-function.ts';

const watcher = makeWatcher();

interface MonitorInput {
  /** Absent: all. */
  readonly domain?: string;
}

export const handler = observe(
  async ({ domain }: MonitorInput) => {
    const now = new Date().toISOString();
    const failed: string[] = [];
    const watched = [];
    for (const one of domain === undefined ? await watcher.models.domains() : [domain]) {
      try {
        const { points, alarms, retraining } = await watch(watcher, one, now);
        watched.push({ domain: one, points, alarms: alarms.map(({ sentence }) => sentence), retraining });
        log.info('watched', { domain: one, records: points, ...(retraining !== null && { retraining }) });
      } catch (error) {
        // One domain's trouble is no reason to leave the others unwatched.
        log.error('a domain could not be watched', { domain: one, ...errorFields(error) });
        failed.push(one);
      }
    }
    if (domain === undefined) await watcher.seal(ACCESS_LOG, now);
    if (failed.length > 0) throw new Error(`not watched: ${failed.join(', ')}`);
    if (domain === undefined) await watcher.lastWatch.note(now);
    return { watched };
  },
  () => ({ stage: 'monitor' }),
);
