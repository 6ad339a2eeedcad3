/** What administrators look at: who came, which alarms are on, what waits. */

/** Who has used the API. */
export interface KnownUser {
  readonly id: string;
  readonly name: string;
  /** As they are written in a group: `officer:finance`. */
  readonly roles: readonly string[];
  /** The day of the last request. */
  readonly seen: string;
}

export interface StackAlarm {
  readonly name: string;
  readonly state: 'ok' | 'alarm' | 'not_enough_data';
  /** ISO 8601. */
  readonly since: string | null;
  /** As lib/stack/alarms.ts describes it. */
  readonly description: string;
}

/** Messages in the queues of the stack. */
export interface QueueCounts {
  readonly arrivals: number;
  readonly deadLetters: number;
}
