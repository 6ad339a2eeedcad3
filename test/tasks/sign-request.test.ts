import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SendTaskHeartbeatCommand, SFNClient } from '@aws-sdk/client-sfn';
import { describe, expect, test } from 'vitest';
import { signRequest } from '../../lib/tasks/sign-request.ts';

const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

describe('AWS’s own examples of signatures', () => {
  const at = new Date('2015-08-30T12:36:00Z');

  test.each([
    ['GET', '/', '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31'],
    ['POST', '/', '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b'],
    [
      'GET',
      '/?Param2=value2&Param1=value1',
      'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
    ],
  ] as const)('%s %s', (method, path, signature) => {
    const url = new URL(path, 'https://example.amazonaws.com');
    const scope = { region: 'us-east-1', service: 'service', at };
    const request = { method, url, headers: {}, body: '' };
    const { authorization } = signRequest(request, { ...KEYS, sessionToken: null }, scope);
    expect(authorization).toBe(
      `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    );
  });
});

interface Sent {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** What the SDK sends, which goes nowhere. */
async function sentBy(send: (settings: object) => Promise<unknown>): Promise<Sent> {
  let sent: Sent | undefined;
  const requestHandler = {
    handle: async (request: Sent) => {
      sent = request;
      throw new Error('it is only looked at');
    },
  };
  const settings = {
    ...{ region: 'eu-central-1', maxAttempts: 1, requestHandler },
    credentials: { ...KEYS, sessionToken: 'a-session' },
  };
  await send(settings).catch(() => undefined);
  return sent!;
}

const ARN = 'arn:aws:lambda:eu-central-1:000000000000:function:assemble:7';

test.each([
  [
    'states',
    (settings: object) =>
      new SFNClient(settings).send(new SendTaskHeartbeatCommand({ taskToken: 'a token/+=' })),
  ],
  [
    'lambda',
    (settings: object) => new LambdaClient(settings).send(new GetFunctionCommand({ FunctionName: ARN })),
  ],
] as const)('a call of %s is signed as the SDK signs it, in a session too', async (service, send) => {
  const { method, path, headers, body = '' } = await sentBy(send);
  const [, names, signature] = /SignedHeaders=([^,]+), Signature=(\w+)/.exec(headers.authorization!)!;
  const time = headers['x-amz-date']!;
  const at = new Date(time.replace(/(....)(..)(..T..)(..)(..Z)/, '$1-$2-$3:$4:$5'));
  const own = ['host', 'x-amz-date', 'x-amz-security-token'];
  const others = names!.split(';').filter((name) => !own.includes(name));
  const signed = signRequest(
    {
      method: method as 'GET' | 'POST',
      url: new URL(path, `https://${headers.host}`),
      headers: Object.fromEntries(others.map((name) => [name, headers[name]!])),
      body: typeof body === 'string' ? body : new TextDecoder().decode(body),
    },
    { ...KEYS, sessionToken: 'a-session' },
    { region: 'eu-central-1', service, at },
  );
  expect(signed.authorization).toContain(`SignedHeaders=${names}, Signature=${signature}`);
});
