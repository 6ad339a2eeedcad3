/**
 * What an error of the SDK means, where a service of the store says that something is wrong. Errors that go on are wrapped in words
 * that say what was being done, with the SDK's own error as their cause.
 */

import { InputError } from '../errors.ts';
import { MissingObject } from '../object-store.ts';

/**
 * The store could not do it. `cause` is the SDK's error; `throttled` says that it may be tried again later, and then the error
 * uses the SDK's name for it: the state machine waits longer for these.
 */
export class StoreError extends Error {
  override readonly name: string;
  readonly throttled: boolean;

  constructor(doing: string, cause: unknown) {
    super(`${doing}: ${cause instanceof Error ? `${cause.name}: ${cause.message}` : 'failed'}`, { cause });
    this.throttled = THROTTLES.has(errorName(cause));
    this.name = this.throttled ? errorName(cause) : 'StoreError';
  }
}

const THROTTLES: ReadonlySet<string> = new Set([
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'TooManyRequestsException',
  'SlowDown',
  'ServiceUnavailable',
]);

/** The name by which the SDK distinguishes its errors; `Error` of what is none. */
export function errorName(error: unknown): string {
  return error instanceof Error ? error.name : 'Error';
}

/** What a transaction says of a write whose condition did not hold. */
export const REFUSED = 'ConditionalCheckFailed';

function isConditionFailed(error: unknown): boolean {
  return errorName(error) === 'ConditionalCheckFailedException';
}

/** A transaction that is cancelled for one of these may be tried again: another wrote at the same moment, or too many did. */
export const PASSING: ReadonlySet<string> = new Set([
  REFUSED,
  'TransactionConflict',
  'ThrottlingError',
  'ProvisionedThroughputExceeded',
]);

/** Why each write of a transaction was cancelled ('None': it was not the cause); null for any other error. */
export function cancellations(error: unknown): readonly string[] | null {
  if (errorName(error) !== 'TransactionCanceledException') return null;
  const reasons = (error as { CancellationReasons?: readonly { Code?: string }[] }).CancellationReasons ?? [];
  return reasons.map(({ Code = 'None' }) => Code);
}

/** A conditional write, alone or in a transaction: true if it was done, false if a condition of it did not hold. */
export async function unlessRefused(what: string, write: () => Promise<unknown>): Promise<boolean> {
  return await doing(what, async () => {
    try {
      await write();
      return true;
    } catch (error) {
      if (isConditionFailed(error) || cancellations(error)?.includes(REFUSED)) return false;
      throw error;
    }
  });
}

/** The same where others write the same items: false also where one of them did at that very moment. */
export async function unlessOvertaken(what: string, write: () => Promise<unknown>): Promise<boolean> {
  return await unlessRefused(what, async () => {
    try {
      await write();
    } catch (error) {
      if (!cancellations(error)?.includes('TransactionConflict')) throw error;
      const refused = new Error('another transaction wrote at the same moment', { cause: error });
      refused.name = 'ConditionalCheckFailedException';
      throw refused;
    }
  });
}

/** The HTTP status that the service answered with; undefined where none came. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | null)?.$metadata?.httpStatusCode;
}

/** Does it, and says what was being done if it fails. What is a sender's fault already says so itself. */
export async function doing<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof StoreError || error instanceof MissingObject || error instanceof InputError)
      throw error;
    throw new StoreError(what, error);
  }
}
