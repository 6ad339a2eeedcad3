/** The queues: what has arrived and waits to be handled, what waits for the webhook, and what nothing could handle and a person must look at. */
import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

export const RECEIVE_TIMEOUT = Duration.minutes(1);
export const WEBHOOK_TIMEOUT = Duration.seconds(30);
/** Lambda asks for so many times a function's time-out before a message may be seen again. */
const VISIBILITY_FACTOR = 6;
/** Deliveries before a message counts as poison. */
const MAX_RECEIVES = 5;
/** What the webhook does not take is tried again after so long, for about a day. */
const WEBHOOK_RETRY = Duration.minutes(5);
const WEBHOOK_RECEIVES = Duration.days(1).toMinutes() / WEBHOOK_RETRY.toMinutes();

export interface QueuesProps {
  readonly key: IKey;
  readonly hasWebhook: boolean;
}

export class Queues extends Construct {
  readonly arrivals: Queue;
  readonly deadLetters: Queue;
  /** Null: no webhook is asked for. */
  readonly webhook: { readonly waiting: Queue; readonly undelivered: Queue } | null;

  constructor(scope: Construct, id: string, { key, hasWebhook }: QueuesProps) {
    super(scope, id);
    const common: QueueProps = {
      encryption: QueueEncryption.KMS,
      encryptionMasterKey: key,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
    };
    this.deadLetters = new Queue(this, 'DeadLetters', common);
    this.arrivals = new Queue(this, 'Arrivals', {
      ...common,
      visibilityTimeout: Duration.seconds(VISIBILITY_FACTOR * RECEIVE_TIMEOUT.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
    this.webhook = hasWebhook ? this.#webhook(common) : null;
  }

  /** Its dead letters have a queue of their own, from which SQS itself can move them back. */
  #webhook(common: QueueProps): { readonly waiting: Queue; readonly undelivered: Queue } {
    const undelivered = new Queue(this, 'Undelivered', common);
    const waiting = new Queue(this, 'Webhook', {
      ...common,
      visibilityTimeout: WEBHOOK_RETRY,
      deadLetterQueue: { queue: undelivered, maxReceiveCount: WEBHOOK_RECEIVES },
    });
    return { waiting, undelivered };
  }
}
