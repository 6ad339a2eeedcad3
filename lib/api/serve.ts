/**
 * A request on its way through the API: an event of the HTTP API in, a response out. Path, token, role, body, idempotency,
 * answer, in this order; each may end it with a Problem, and every error leaves as a problem document.
 */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { InputError } from '../errors.ts';
import { errorFields, type Log } from '../observe/logger.ts';
import { checkBody, checkQuery } from './check-input.ts';
import type { Answerers, Endpoint } from './endpoints.ts';
import { type FittedAnswer, fitAnswer } from './fit-answer.ts';
import { answerOnce, type IdempotencyKeys, type KeptReply } from './idempotency.ts';
import { readJsonBody } from './json-body.ts';
import { Problem, problemDocument } from './problem.ts';
import { type Caller, callerOf, isAllowed, rolesThatMay } from './roles.ts';
import { findEndpoint, type Match } from './router.ts';

/** With or without an authorizer before it. */
export type ApiEvent = Omit<APIGatewayProxyEventV2, 'requestContext'> & {
  readonly requestContext: APIGatewayProxyEventV2['requestContext'] & {
    readonly authorizer?: { readonly jwt?: { readonly claims?: Readonly<Record<string, unknown>> } };
  };
};

export interface Service {
  readonly answerers: Answerers;
  readonly keys: IdempotencyKeys;
  readonly log: Log;
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;
const noOne: Caller = { sub: '', roles: [] };

export async function serve(service: Service, event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId, http } = event.requestContext;
  let match: Match | undefined;
  let reply: KeptReply;
  let fitted: FittedAnswer;
  try {
    match = findEndpoint(http.method, pathOf(event));
    reply = await answer(service, event, match);
    fitted = await fitAnswer(reply.body, event.headers['accept-encoding']);
  } catch (error) {
    reply = problemReply(asProblem(error), requestId);
    fitted = { body: reply.body, isBase64Encoded: false, headers: {} };
    tellProblem(service.log, error, reply.status, { match, requestId });
  }
  const { body, isBase64Encoded, headers } = fitted;
  return {
    statusCode: reply.status,
    headers: { ...HEADERS, ...reply.headers, ...headers },
    body,
    isBase64Encoded,
  };
}

async function answer(service: Service, event: ApiEvent, match: Match): Promise<KeptReply> {
  const { endpoint, name } = match;
  const caller = authorize(service.log, event, endpoint);
  const answerer = service.answerers[name] as
    | ((call: {
        params: unknown;
        query: unknown;
        body: unknown;
        caller: Caller;
      }) => Promise<{ body: unknown; headers?: Record<string, string> }>)
    | undefined;
  if (answerer === undefined) throw new Problem(404, 'This path is answered by another function.');
  const params = checkQuery(endpoint.params, match.params);
  const query = checkQuery(endpoint.query, event.queryStringParameters ?? {});
  const body = readBody(event, endpoint);
  const work = async (): Promise<KeptReply> => {
    const { body: answered, headers } = await answerer({ params, query, body, caller });
    return {
      status: endpoint.answer.status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(answered),
    };
  };
  const key = event.headers['idempotency-key'];
  if (endpoint.method !== 'POST' || key === undefined) return await work();
  const keyed = {
    key,
    sub: caller.sub,
    // With the parameters in it: a key used for one flag says nothing of another.
    endpoint: `${endpoint.method} ${pathOf(event)}`,
    body: event.body ?? '',
  };
  return await answerOnce(service.keys, keyed, work);
}

/** The gateway checks tokens; whoever comes here without a checked one, is let into what is open and no further. */
function authorize(log: Log, event: ApiEvent, { permission, path, method }: Endpoint): Caller {
  if (permission === null) return noOne;
  const caller = callerOf(event.requestContext.authorizer?.jwt?.claims);
  if (caller === null) {
    throw new Problem(401, 'Send a token: Authorization: Bearer …', {
      headers: { 'www-authenticate': 'Bearer' },
    });
  }
  if (!isAllowed(caller, permission)) {
    const role = caller.roles.join(' ') || 'none';
    log.warn('denied', {
      sub: caller.sub,
      route: path,
      method,
      role,
      request: event.requestContext.requestId,
    });
    throw new Problem(403, `This is for: ${rolesThatMay(permission).join(', ')}. Your roles: ${role}.`);
  }
  return caller;
}

function readBody(event: ApiEvent, { body, mostBytes }: Endpoint): unknown {
  if (body === null) return undefined;
  const raw = {
    contentType: event.headers['content-type'],
    text: event.body,
    isBase64: event.isBase64Encoded,
  };
  return checkBody(body, readJsonBody(raw, mostBytes));
}

/** A named stage of the gateway stands before the path; the default one does not. */
function pathOf({ rawPath, requestContext }: ApiEvent): string {
  const prefix = `/${requestContext.stage}/`;
  return rawPath.startsWith(prefix) ? rawPath.slice(prefix.length - 1) : rawPath;
}

function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof InputError) return new Problem(422, error.message);
  if (error instanceof Error && 'throttled' in error && error.throttled === true) {
    return new Problem(429, 'The store takes no more just now. Try again.', {
      headers: { 'retry-after': '2' },
    });
  }
  return new Problem(500, 'Something went wrong here. It is logged under the id of this request.');
}

function problemReply(problem: Problem, requestId: string): KeptReply {
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: JSON.stringify(problemDocument(problem, requestId)),
  };
}

/** What the caller did wrong is for the caller to read; what we did, for us. */
function tellProblem(
  log: Log,
  error: unknown,
  status: number,
  { match, requestId }: { match: Match | undefined; requestId: string },
): void {
  const fields = {
    status,
    request: requestId,
    ...(match !== undefined && { route: match.endpoint.path, method: match.endpoint.method }),
  };
  if (status === 500 || status === 429) log.error('not answered', { ...fields, ...errorFields(error) });
  else log.info('refused', { ...fields });
}
