/**
 * Every few minutes: verdicts whose function ended before it had written all of them are finished, erasures that were approved are carried
 * out, events that could not be published at once are published, and the time since the last daily look is measured.
 */

import { documentClient } from '../lib/aws/clients.ts';
import { DeferredWrites } from '../lib/aws/deferred-writes.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { LastWatch } from '../lib/aws/last-watch.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { measureOutboxAge, measureWatchAge } from '../lib/observe/metrics.ts';
import { observe } from '../lib/observe/observe.ts';
import { erasureRunner } from '../lib/services/erasure-steps.ts';
import { outbox } from '../lib/services/stage-events.ts';

/** Younger events are being published by the function that stored them. */
const OWN_TIME_MS = 60_000;
const left = outbox();
const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
const deferred = new DeferredWrites(documentClient(), ASSAY_DROPS_TABLE);
const erasures = erasureRunner();
const lastWatch = new LastWatch(documentClient(), ASSAY_DROPS_TABLE);

export const handler = observe(
  async () => {
    const now = Date.now();
    const { done, failures } = await deferred.carryOutAll();
    const erased = await erasures.carryOutAll(new Date(now).toISOString());
    const { published, waitingSince } = await left.publishPending(new Date(now - OWN_TIME_MS).toISOString());
    const watchedAt = await lastWatch.at(new Date(now).toISOString());
    measureWatchAge((now - Date.parse(watchedAt)) / 1000);
    measureOutboxAge(waitingSince === null ? 0 : (now - Date.parse(waitingSince)) / 1000);
    if (published > 0) log.info('pending events published', { records: published });
    if (done > 0) log.info('verdicts finished', { records: done });
    for (const error of failures) log.error('verdict not finished', errorFields(error));
    if (erased.done > 0) log.info('erasures done', { records: erased.done });
    for (const error of erased.failures) log.error('erasure not carried out', errorFields(error));
    if (failures.length > 0) throw new Error(`${failures.length} parts of verdicts are not finished`);
    if (erased.failures.length > 0) throw new Error(`${erased.failures.length} erasures are not carried out`);
    return { published };
  },
  () => ({ stage: 'publish-events' }),
);
