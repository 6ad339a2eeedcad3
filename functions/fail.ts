/** Where every drop that can't be finished ends: its sender is told why, and what is our fault waits to be taken up again. */
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { isSendersFault, reasonInWords } from '../lib/drops/fault.ts';
import type { FailInput } from '../lib/drops/flow.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { readEnvironment } from '../lib/store/environment.ts';
import { dropFailed, outbox } from '../lib/store/stage-events.ts';
import { dropStatus } from '../lib/store/stage-tools.ts';

const { ASSAY_DEAD_LETTERS_URL } = readEnvironment(['ASSAY_DEAD_LETTERS_URL'], process.env);
const queue = new SQSClient({ retryMode: 'adaptive', maxAttempts: 8 });
const status = dropStatus();
const { announce } = outbox();

export const handler = observe(
  async ({ drop, attempt, error }: FailInput) => {
    if (!isSendersFault(error)) {
      const MessageBody = JSON.stringify({ drop, attempt, error });
      await queue.send(new SendMessageCommand({ QueueUrl: ASSAY_DEAD_LETTERS_URL, MessageBody }));
    }
    await status.failed(drop.id, reasonInWords(error));
    await announce(dropFailed({ drop, attempt, error }, new Date().toISOString()));
    log.warn('the drop failed', { drop: drop.id, domain: drop.domain, attempt, error_name: error.Error });
    return {};
  },
  ({ drop, attempt }) => ({ drop: drop.id, domain: drop.domain, stage: 'fail', attempt }),
);
