/**
 * A drop whose execution stopped outside its own states: by hand, out of time, or by an error that no state catches. Step Functions
 * reports it as an event; a drop that came to its own end before has nothing more to say.
 */
import { z } from 'zod';
import { DropAttempt, parseJson } from './drop-attempt.ts';
import type { DropStatus } from './drop-status.ts';
import type { FailInput } from './flow.ts';

/** EventBridge, source aws.states, detail type "Step Functions Execution Status Change". */
const Stopped = z.object({
  detail: z.object({
    status: z.enum(['ABORTED', 'TIMED_OUT', 'FAILED']),
    /** JSON; null where it is too large for the event. */
    input: z.string().nullable(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

export type StoppedExecution = z.output<typeof Stopped>;

const HOW = {
  ABORTED: { Error: 'ExecutionAborted', Cause: 'the execution was stopped by hand' },
  TIMED_OUT: { Error: 'ExecutionTimedOut', Cause: 'the execution took longer than a drop may' },
  FAILED: { Error: 'ExecutionFailed', Cause: 'the execution ended in an error that no state catches' },
} as const;

/** Null: the value is no such event, or not of a drop. */
export function readStoppedDrop(value: unknown): FailInput | null {
  const stopped = Stopped.safeParse(value);
  if (!stopped.success) return null;
  const { status, input, error, cause } = stopped.data.detail;
  const begun = DropAttempt.safeParse(parseJson(input ?? ''));
  if (!begun.success) return null;
  const how = HOW[status];
  const found = [how.Cause, ...[error, cause].filter((text) => typeof text === 'string' && text !== '')];
  return { ...begun.data, error: { Error: how.Error, Cause: found.join(': ') } };
}

/** Whether that attempt is still open: not yet at its end, nor overtaken by a later one. */
export function isOpen(status: DropStatus | null, { attempt }: Pick<FailInput, 'attempt'>): boolean {
  return status?.attempt === attempt && status.state !== 'done' && status.state !== 'failed';
}
