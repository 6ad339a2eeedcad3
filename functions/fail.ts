/** Where every drop that can't be finished ends: its last state calls this, and so does the rule for executions that stopped. */
import { SQSClient } from '@aws-sdk/client-sqs';
import { readEnvironment } from '../lib/aws/environment.ts';
import type { FailInput } from '../lib/drops/flow.ts';
import { readStoppedDrop, type StoppedExecution } from '../lib/drops/stopped-drop.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { DOMAIN_STOPPED } from '../lib/oversight/stop.ts';
import { failDrop, failStoppedDrop } from '../lib/services/fail-drop.ts';
import { dropStatus } from '../lib/services/stage-deps.ts';
import { outbox } from '../lib/services/stage-events.ts';

const { ASSAY_DEAD_LETTERS_URL, ASSAY_ARRIVALS_URL } = readEnvironment(
  ['ASSAY_DEAD_LETTERS_URL', 'ASSAY_ARRIVALS_URL'],
  process.env,
);
const deps = {
  drops: dropStatus(),
  queue: new SQSClient({ retryMode: 'adaptive', maxAttempts: 8 }),
  deadLettersUrl: ASSAY_DEAD_LETTERS_URL,
  arrivalsUrl: ASSAY_ARRIVALS_URL,
  publish: outbox().publish,
  now: () => new Date().toISOString(),
};

export const handler = observe(
  async (event: FailInput | StoppedExecution) => {
    const failed = 'detail' in event ? await failStoppedDrop(deps, event) : event;
    if (failed === null) return {};
    if (!('detail' in event)) await failDrop(deps, event);
    const { drop, attempt, error } = failed;
    if (error.Error === DOMAIN_STOPPED) {
      log.info('the drop waits: its domain or its model is stopped', {
        drop: drop.id,
        domain: drop.domain,
        attempt,
      });
      return {};
    }
    log.warn('the drop failed', { drop: drop.id, domain: drop.domain, attempt, error_name: error.Error });
    return {};
  },
  (event) => {
    const { drop, attempt } = 'detail' in event ? (readStoppedDrop(event) ?? {}) : event;
    return {
      stage: 'fail',
      ...(drop && { drop: drop.id, domain: drop.domain }),
      ...(attempt && { attempt }),
    };
  },
);
