/** The queues: what has arrived and waits to be taken up, and what nobody could handle and a person must look at. */
import { Duration } from 'aws-cdk-lib';
import type { IKey } from 'aws-cdk-lib/aws-kms';
import { Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';

/** `receive` has a minute; Lambda asks for six times that before a message may be seen again. */
export const RECEIVE_TIMEOUT = Duration.minutes(1);
const VISIBILITY = Duration.minutes(6);
/** Deliveries before a message counts as poison. */
const MAX_RECEIVES = 5;

export class Queues extends Construct {
  readonly arrivals: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, key: IKey) {
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
      visibilityTimeout: VISIBILITY,
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: MAX_RECEIVES },
    });
  }
}
