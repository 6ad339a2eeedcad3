/**
 * Answers one event of the HTTP API. Path, token, role, body, idempotency, answer, in this order; each may end it with a Problem,
 * and every error leaves as a problem document.
 */

import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { NameOf } from '../actor.ts';
import { InputError } from '../errors.ts';
import { errorFields, type Log } from '../observe/logger.ts';
import type { DomainScope } from '../packs/domain-scope.ts';
import type { ApiEvent } from './api-event.ts';
import {
  type AccessRules,
  asksForPersonalData,
  authenticate,
  expectPersonalData,
  expectRole,
  scopeOf,
} from './authorize.ts';
import { checkBody, checkQuery } from './check-input.ts';
import { type EncodedResponse, encodeResponse } from './encode-response.ts';
import type { Endpoint } from './endpoint.ts';
import type { Handlers } from './endpoints.ts';
import { type IdempotencyKeys, type StoredResponse, withIdempotency } from './idempotency.ts';
import { readJsonBody } from './json-body.ts';
import { Problem, problemDocument } from './problem.ts';
import { type Caller, formatGrants, grantTexts } from './roles.ts';
import { findEndpoint, type Match } from './router.ts';
import { addNames, personIds } from './with-names.ts';

export interface Service extends AccessRules {
  readonly handlers: Handlers;
  readonly people: {
    /** The token of a person says this name. */
    meet(id: string, name: string, roles: readonly string[]): Promise<void>;
    /** The token of a person has no role. */
    loseRoles(id: string): Promise<void>;
    namesOf(ids: Iterable<string>): Promise<NameOf>;
  };
  readonly keys: IdempotencyKeys;
  /** Whether a text names a subject of the domain, whose records are erasable; absent: that is not asked. */
  readonly namesSubject?: (domain: string, text: string) => Promise<boolean>;
  /** Whether the records of a domain are erasable; absent: none's are. */
  readonly isErasable?: (domain: string) => boolean;
  /** Where a denial becomes an act. */
  readonly denials: { record(denial: RefusedAct): Promise<void> };
  readonly log: Log;
}

export interface RefusedAct {
  readonly actor: string;
  readonly domain: string | null;
  readonly action: string;
  readonly route: string;
  readonly role: string;
}

/** How far a request has come: what an error of it is reported with. */
interface Progress {
  match?: Match;
  caller?: Caller;
  scope?: DomainScope;
}

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export async function serve(service: Service, event: ApiEvent): Promise<APIGatewayProxyStructuredResultV2> {
  const { requestId, http } = event.requestContext;
  const progress: Progress = {};
  let reply: StoredResponse;
  let fitted: EncodedResponse;
  try {
    progress.match = findEndpoint(http.method, pathOf(event));
    reply = await answer(service, event, progress.match, progress);
    fitted = await encodeResponse(reply.body, event.headers['accept-encoding']);
  } catch (error) {
    const problem = asProblem(error);
    reply = problemResponse(problem, requestId);
    fitted = { body: reply.body, isBase64Encoded: false, headers: {} };
    await reportProblem(service, error, problem, { progress, requestId });
  }
  const { body, isBase64Encoded, headers } = fitted;
  return {
    statusCode: reply.status,
    headers: { ...HEADERS, ...reply.headers, ...headers },
    body,
    isBase64Encoded,
  };
}

async function answer(
  service: Service,
  event: ApiEvent,
  { endpoint, name, params: found }: Match,
  progress: Progress,
): Promise<StoredResponse> {
  const caller = authenticate(service, event, endpoint);
  progress.caller = caller;
  if (endpoint.permission !== null && caller.grants.length === 0) await loseRoles(service, caller);
  expectRole(caller, endpoint);
  const handler = service.handlers[name] as
    | ((call: {
        params: unknown;
        query: unknown;
        body: unknown;
        caller: Caller;
        scope: DomainScope;
        pii: boolean;
      }) => Promise<{ body: unknown; headers?: Record<string, string> }>)
    | undefined;
  if (handler === undefined) throw new Problem(404, 'This path is answered by another function.');
  const params = checkQuery(endpoint.params, found);
  const query = checkQuery(endpoint.query, event.queryStringParameters ?? {});
  const body = readBody(event, endpoint);
  const scope = await scopeOf(service, caller, endpoint, { params, query, body });
  progress.scope = scope;
  const pii = asksForPersonalData({ query, body });
  if (pii) expectPersonalData(caller, scope);
  await expectNoneNamed(service, endpoint, scope, body);
  await meet(service, caller);
  const work = async (): Promise<StoredResponse> => {
    const { body: answered, headers } = await handler({ params, query, body, caller, scope, pii });
    await nameActors(service, endpoint, answered);
    return {
      status: endpoint.answer.status,
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(answered),
    };
  };
  const key = event.headers['idempotency-key'];
  if (endpoint.method !== 'POST' || key === undefined) return await work();
  expectStorable(service, { scope, pii });
  const keyed = {
    key,
    sub: caller.sub,
    // With the parameters in it: a key used for one flag says nothing of another.
    endpoint: `${endpoint.method} ${pathOf(event)}`,
    body: event.body ?? '',
  };
  return await withIdempotency(service.keys, keyed, work);
}

/** What people write, under these members of a body. Names of files that arrive are not stored as they are. */
const FREE_TEXTS = ['reason', 'note', 'basis', 'name'] as const;

/** A text stays when the subject that it names is erased: it is refused, where its domain has erasable records. */
async function expectNoneNamed(
  { namesSubject }: Service,
  { permission }: Endpoint,
  scope: DomainScope,
  body: unknown,
): Promise<void> {
  const [domain] = scope === 'all' ? [] : scope;
  if (namesSubject === undefined || domain === undefined || permission === 'upload') return;
  if (typeof body !== 'object' || body === null) return;
  const texts = body as Readonly<Record<string, unknown>>;
  const faults = [];
  for (const name of FREE_TEXTS) {
    const text = texts[name];
    if (typeof text !== 'string' || !(await namesSubject(domain, text))) continue;
    faults.push({
      at: `/${name}`,
      detail: 'it names a subject, and stays when that one is erased: name none',
    });
  }
  if (faults.length > 0) throw new Problem(422, 'A text names a subject.', { faults });
}

/** What answers a request with a key is stored: where records are erasable, true values may not be. */
function expectStorable(
  { isErasable }: Service,
  { scope, pii }: { readonly scope: DomainScope; readonly pii: boolean },
): void {
  if (!pii || isErasable === undefined || scope === 'all' || !scope.some((domain) => isErasable(domain)))
    return;
  const detail =
    'with it the answer would be stored, and records of the domain are erasable: leave out the key, or pii';
  throw new Problem(422, 'The answer to this request cannot be stored.', {
    faults: [{ at: 'idempotency-key', detail }],
  });
}

async function loseRoles({ people, log }: Service, { sub }: Caller): Promise<void> {
  await people
    .loseRoles(sub)
    .catch((error: unknown) => log.error('that a person has no role was not stored', errorFields(error)));
}

/** A person is served whether or not the name can be stored. */
async function meet({ people, log }: Service, caller: Caller): Promise<void> {
  const { sub, name } = caller;
  if (name === null) return;
  await people
    .meet(sub, name, grantTexts(caller))
    .catch((error: unknown) => log.error('a name was not stored', errorFields(error)));
}

async function nameActors({ people }: Service, { answer }: Endpoint, answered: unknown): Promise<void> {
  const ids = personIds(answer.schema, answered);
  if (ids.length > 0) addNames(answer.schema, answered, await people.namesOf(ids));
}

function readBody(event: ApiEvent, { body, maxBytes, holdsRecords }: Endpoint): unknown {
  if (body === null) return undefined;
  const raw = {
    contentType: event.headers['content-type'],
    text: event.body,
    isBase64: event.isBase64Encoded,
  };
  return checkBody(body, readJsonBody(raw, maxBytes, { holdsRecords: holdsRecords === true }));
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

function problemResponse(problem: Problem, requestId: string): StoredResponse {
  return {
    status: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.headers },
    body: JSON.stringify(problemDocument(problem, requestId)),
  };
}

/** What was refused is for the caller to read; what was not foreseen, or a store that throttles, for us. */
async function reportProblem(
  { log, denials }: Service,
  error: unknown,
  { status, denial }: Problem,
  { progress, requestId }: { progress: Progress; requestId: string },
): Promise<void> {
  const { match, caller, scope } = progress;
  const fields = {
    status,
    request: requestId,
    ...(match !== undefined && { route: match.endpoint.path, method: match.endpoint.method }),
  };
  if (error instanceof Problem || error instanceof InputError) log.info('refused', fields);
  else log.error('not answered', { ...fields, ...errorFields(error) });
  if (denial === null || caller === undefined || match === undefined) return;
  const role = formatGrants(caller);
  log.warn('denied', { ...fields, sub: caller.sub, role });
  const domain = denial.domain ?? (Array.isArray(scope) && scope.length === 1 ? String(scope[0]) : null);
  const { method, path, permission } = match.endpoint;
  const act = { actor: caller.sub, domain, action: permission ?? '', route: `${method} ${path}`, role };
  // The person is refused whether or not it can be recorded.
  await denials
    .record(act)
    .catch((cause: unknown) => log.error('a denial was not recorded', { ...fields, ...errorFields(cause) }));
}
