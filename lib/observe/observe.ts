/**
 * A function as it is seen from outside: work in, a Lambda handler out that logs, counts cold starts and traces. What it
 * throws keeps its name (the state machine decides by it), and loses what its message quotes: Lambda itself writes a thrown
 * error to the log.
 */
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import middy, { type MiddlewareObj } from '@middy/core';
import type { Context } from 'aws-lambda';
import type { LogFields } from './log-fields.ts';
import { errorFields, log, powertoolsLogger } from './logger.ts';
import { countColdStart } from './metrics.ts';
import { safeError } from './safe-error.ts';

const tracer = new Tracer();

/** `describe` names what the event is about, for the log of a failure. */
export function observe<Event, Result>(
  work: (event: Event, context: Context) => Promise<Result>,
  describe: (event: Event) => LogFields = () => ({}),
): (event: Event, context: Context) => Promise<Result> {
  return middy<Event, Result>()
    .use(captureLambdaHandler(tracer, { captureResponse: false }))
    .use(injectLambdaContext(powertoolsLogger))
    .before((request) => countColdStart(request.context.functionName))
    .use(tellFailure(describe))
    .handler((event: Event, context: Context) => work(event, context));
}

/** Used last, so that it sees an error first: the tracer after it keeps the safe one. */
function tellFailure<Event>(describe: (event: Event) => LogFields): MiddlewareObj<Event> {
  return {
    onError: (request) => {
      log.error('the function failed', { ...describe(request.event), ...errorFields(request.error) });
      request.error = withoutQuotes(request.error);
    },
  };
}

function withoutQuotes(thrown: unknown): Error {
  const { name, message } = safeError(thrown);
  const error = new Error(message);
  error.name = name;
  // A stack begins with the message as it was.
  const frames =
    thrown instanceof Error ? (thrown.stack ?? '').split('\n').filter((line) => /^\s+at /u.test(line)) : [];
  error.stack = [`${name}: ${message}`, ...frames].join('\n');
  return error;
}
