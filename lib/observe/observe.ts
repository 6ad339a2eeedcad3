/**
 * Wraps a function's work as a Lambda handler that logs, counts cold starts and traces. What it throws keeps its name (the state
 * machine decides by it), and loses what its message quotes, since Lambda itself writes a thrown error to the log, and its stack,
 * since a map holds the errors of all its children in one payload.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import { sweepTemporaryFolders } from '../engine/temporary-folder.ts';
import { isOutOfSpace, OUT_OF_SPACE } from '../errors.ts';
import type { LogFields } from './log-fields.ts';
import { errorFields, log, powertoolsLogger } from './logger.ts';
import { countColdStart } from './metrics.ts';
import { safeError } from './safe-error.ts';

const tracer = new Tracer();
/** Lambda ends what runs longer. */
const MAX_CALL_MS = 15 * 60_000;

// At a cold start: what a killed process before this one left on the disk.
const now = Date.now();
sweepTemporaryFolders({ now, startedAt: now - process.uptime() * 1000, unseenAfter: MAX_CALL_MS });

/** `describe` names what the event is about, for the log of a failure. */
export function observe<Event, Result>(
  work: (event: Event, context: Context) => Promise<Result>,
  describe: (event: Event) => LogFields = () => ({}),
): (event: Event, context: Context) => Promise<Result> {
  // Answering just before Lambda's time-out would leave the work running in the next call of the same process.
  return middy<Event, Result>({ timeoutEarlyInMillis: 0 })
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(powertoolsLogger))
    .before((request) => countColdStart(request.context.functionName))
    .use(logFailure(describe))
    .handler((event: Event, context: Context) => work(event, context));
}

/** Used last, so that it sees an error first: the tracer after it keeps the safe one. */
function logFailure<Event>(describe: (event: Event) => LogFields): MiddlewareObj<Event> {
  return {
    onError: (request) => {
      log.error('the function failed', { ...describe(request.event), ...errorFields(request.error) });
      request.error = withoutQuotes(request.error);
    },
  };
}

function withoutQuotes(thrown: unknown): Error {
  const { name: own, message } = safeError(thrown);
  const name = isOutOfSpace(thrown) ? OUT_OF_SPACE : own;
  const error = new Error(message);
  error.name = name;
  // Where it was thrown stands in the log as `error_at`.
  error.stack = `${name}: ${message}`;
  return error;
}
