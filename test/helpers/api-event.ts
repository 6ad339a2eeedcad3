/** Events as an HTTP API hands them to a function (payload version 2.0), and a context to go with them. */

import type { Context } from 'aws-lambda';
import type { ApiEvent } from '../../lib/api/api-event.ts';

export interface EventSpec {
  readonly body?: unknown;
  /** Claims of the token; null: no token was checked. Groups in the form that a gateway gives them. */
  readonly groups?: string | readonly string[] | null;
  readonly sub?: string;
  /** The display name that the token says. */
  readonly name?: string;
  /** When the person signed in, in seconds since 1970. */
  readonly authTime?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly stage?: string;
}

/** `request` is like `GET /v1/flags?limit=3`. */
export function apiEvent(request: string, spec: EventSpec = {}): ApiEvent {
  const [method = 'GET', target = '/'] = request.split(' ');
  const [path = '/', query = ''] = target.split('?');
  const {
    body,
    groups = '[officer]',
    sub = 'user-1',
    name,
    authTime,
    headers = {},
    stage = '$default',
  } = spec;
  const parameters = Object.fromEntries(new URLSearchParams(query));
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return {
    version: '2.0',
    routeKey: `${method} /v1/{proxy+}`,
    rawPath: path,
    rawQueryString: query,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...headers },
    ...(query !== '' && { queryStringParameters: parameters }),
    ...(body !== undefined && { body: text }),
    isBase64Encoded: false,
    requestContext: {
      accountId: '000000000000',
      apiId: 'api',
      domainName: 'api.execute-api.eu-central-1.amazonaws.com',
      domainPrefix: 'api',
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '203.0.113.1', userAgent: 'test' },
      requestId: 'request-1',
      routeKey: `${method} /v1/{proxy+}`,
      stage,
      time: '01/Mar/2026:00:00:00 +0000',
      timeEpoch: 1_772_323_200_000,
      ...(groups !== null && {
        authorizer: {
          jwt: {
            claims: {
              sub,
              'cognito:groups': groups,
              token_use: 'access',
              ...(name !== undefined && { name }),
              ...(authTime !== undefined && { auth_time: String(authTime) }),
            },
          },
        },
      }),
    },
  } as ApiEvent;
}

export function lambdaContext(): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'api',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:api',
    memoryLimitInMB: '1024',
    awsRequestId: 'lambda-request-1',
    logGroupName: '/aws/lambda/api',
    logStreamName: 'stream',
    getRemainingTimeInMillis: () => 29_000,
    done: () => {},
    fail: () => {},
    succeed: () => {},
  };
}
