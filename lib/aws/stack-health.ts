/** How the stack is: its alarms, by what their names begin with, and what waits in its queues. */
import {
  type CloudWatchClient,
  DescribeAlarmsCommand,
  type MetricAlarm,
  type StateValue,
} from '@aws-sdk/client-cloudwatch';
import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { QueueCounts, StackAlarm } from '../oversight/stack-state.ts';
import { doing } from './store-error.ts';

interface StackHealthDeps {
  /** CloudFormation begins the name of an alarm with the stack's and that of its construct. */
  readonly alarmPrefix: string;
  readonly arrivalsUrl: string;
  readonly deadLettersUrl: string;
}

/** A file that found no place is delayed, and one that failed is hidden for a while: both wait. */
const WAITING = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesDelayed',
  'ApproximateNumberOfMessagesNotVisible',
] as const;

const STATES: Readonly<Record<StateValue, StackAlarm['state']>> = {
  OK: 'ok',
  ALARM: 'alarm',
  INSUFFICIENT_DATA: 'not_enough_data',
};

export class StackHealth {
  readonly #watch: CloudWatchClient;
  readonly #queues: SQSClient;
  readonly #places: StackHealthDeps;

  constructor(watch: CloudWatchClient, queues: SQSClient, places: StackHealthDeps) {
    this.#watch = watch;
    this.#queues = queues;
    this.#places = places;
  }

  async alarms(): Promise<StackAlarm[]> {
    const { alarmPrefix } = this.#places;
    return await doing('reading the alarms', async () => {
      const found: MetricAlarm[] = [];
      let NextToken: string | undefined;
      do {
        const page = await this.#watch.send(
          new DescribeAlarmsCommand({ AlarmNamePrefix: alarmPrefix, AlarmTypes: ['MetricAlarm'], NextToken }),
        );
        found.push(...(page.MetricAlarms ?? []));
        NextToken = page.NextToken;
      } while (NextToken !== undefined);
      return found.map((alarm) => shown(alarm, alarmPrefix));
    });
  }

  async waiting(): Promise<QueueCounts> {
    const { arrivalsUrl, deadLettersUrl } = this.#places;
    const [arrivals, deadLetters] = await Promise.all(
      [arrivalsUrl, deadLettersUrl].map((url) => this.#count(url)),
    );
    return { arrivals: arrivals ?? 0, deadLetters: deadLetters ?? 0 };
  }

  async #count(QueueUrl: string): Promise<number> {
    return await doing('counting what waits in a queue', async () => {
      const { Attributes = {} } = await this.#queues.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: [...WAITING] }),
      );
      return WAITING.reduce((sum, name) => sum + Number(Attributes[name] ?? 0), 0);
    });
  }
}

/** What CloudFormation made unique: `Assay-dev-AlarmsDeadLetters1A2B3C4D-X1Y2Z3` is `DeadLetters`. */
function shown(alarm: MetricAlarm, prefix: string): StackAlarm {
  const { AlarmName = '', StateValue = 'INSUFFICIENT_DATA', StateUpdatedTimestamp: since } = alarm;
  return {
    name: AlarmName.slice(prefix.length).replace(/([0-9A-F]{8})?(-[A-Za-z0-9]+)?$/, ''),
    state: STATES[StateValue],
    since: since?.toISOString() ?? null,
    description: alarm.AlarmDescription ?? '',
  };
}
