/** How a state machine tries a function again, and what it does not try again. */
import { Duration } from 'aws-cdk-lib';
import { Errors, JitterType, type RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { OUT_OF_SPACE } from '../errors.ts';

/** Errors that trying again cannot fix: what was sent is wrong, or gone. */
export const SENDERS_FAULTS = ['InputError', 'MissingObject'];

/**
 * Refused for being one too many, by Lambda or a store: nothing is wrong, and a turn comes. Waits grow to a minute and are
 * drawn between nothing and their full length, 30 seconds on average: 60 of them outlast half an hour in which an account
 * with few functions at a time works through a map.
 */
const WAIT_FOR_A_TURN: RetryProps = {
  errors: [
    ...['Lambda.TooManyRequestsException', 'ProvisionedThroughputExceededException', 'ThrottlingException'],
    ...['RequestLimitExceeded', 'SlowDown'],
  ],
  interval: Duration.seconds(2),
  backoffRate: 1.5,
  maxAttempts: 60,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
};

/** The process ended with the call: out of time or of memory, killed. Once may be chance; twice, the part is too large for it. */
const ENDED = ['Sandbox.Timedout', 'Lambda.Unknown', 'Runtime.ExitError', 'Runtime.OutOfMemory'];
const ENDED_WITH_THE_CALL: RetryProps = {
  errors: ENDED,
  interval: Duration.seconds(2),
  maxAttempts: 1,
  jitterStrategy: JitterType.FULL,
};

/**
 * Everything else may pass too: a store that did not answer, a network that blinked. Six tries wait up to
 * 2 + 4 + 8 + 16 + 32 = 62 seconds in all, with jitter likewise, so that children that failed together do not come back together.
 */
const TRY_AGAIN: RetryProps = {
  errors: [Errors.ALL],
  interval: Duration.seconds(2),
  backoffRate: 2,
  maxAttempts: 5,
  maxDelay: Duration.minutes(1),
  jitterStrategy: JitterType.FULL,
};

/** What a function fails by for want of time, memory or disk, when it was tried again. */
export const TOO_LARGE: readonly string[] = [...ENDED, OUT_OF_SPACE];

/** No task of ECS was to be had, or it was gone without an answer; a handler's own errors passed as in a function. */
export const TASK_RETRIES: readonly RetryProps[] = [
  { errors: SENDERS_FAULTS, maxAttempts: 0 },
  {
    errors: [Errors.ALL],
    interval: Duration.seconds(30),
    backoffRate: 2,
    maxAttempts: 2,
    jitterStrategy: JitterType.FULL,
  },
];

/** What `States.ALL` does not catch: a result larger than a payload may be. */
export const TOO_MUCH_DATA = 'States.DataLimitExceeded';

/** In this order: the first that fits an error counts. */
export const RETRIES: readonly RetryProps[] = [
  { errors: SENDERS_FAULTS, maxAttempts: 0 },
  WAIT_FOR_A_TURN,
  ENDED_WITH_THE_CALL,
  TRY_AGAIN,
];
