/** The few calls of AWS that a task makes: of Lambda for the code that it is to run, of Step Functions to answer. */
import { setTimeout } from 'node:timers/promises';
import { type AwsRequest, type Credentials, signRequest } from './sign-request.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A call that AWS refused: its own name for why. */
export class RefusedCall extends Error {
  override readonly name = 'RefusedCall';
  readonly type: string;

  constructor(type: string, message: string) {
    super(`${type}: ${message}`);
    this.type = type;
  }
}

const MAX_ATTEMPTS = 6;
const FIRST_WAIT_MS = 500;
const MAX_CALL_MS = 30_000;
/** Where ECS hands out the credentials of a task's role. */
const CREDENTIALS_HOST = 'http://169.254.170.2';

export class AwsCalls {
  readonly #environment: Environment;

  constructor(environment: Environment) {
    this.#environment = environment;
  }

  /** Of a function's version by its ARN: where its code lies, and how it is set. */
  async getFunction(arn: string): Promise<FunctionAnswer> {
    const path = `/2015-03-31/functions/${encodeURIComponent(arn)}`;
    return (await this.#call('lambda', 'GET', path)) as unknown as FunctionAnswer;
  }

  /** Of a layer's version by its ARN: where its content lies. */
  async getLayer(arn: string): Promise<LayerAnswer> {
    const query = `find=LayerVersion&Arn=${encodeURIComponent(arn)}`;
    return (await this.#call('lambda', 'GET', `/2018-10-31/layers?${query}`)) as unknown as LayerAnswer;
  }

  /** `name` is that of an action of Step Functions. */
  async states(name: string, input: Readonly<Record<string, string>>): Promise<void> {
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `AWSStepFunctions.${name}`,
    };
    await this.#call('states', 'POST', '/', { headers, body: JSON.stringify(input) });
  }

  /** An object by an address that holds its own signature. */
  async fetchBytes(address: string): Promise<Buffer> {
    return this.#often(async () => {
      const answer = await fetch(address, { signal: AbortSignal.timeout(10 * MAX_CALL_MS) });
      if (!answer.ok) throw new Error(`${new URL(address).host} answered ${answer.status}`);
      return Buffer.from(await answer.arrayBuffer());
    });
  }

  async #call(
    service: string,
    method: AwsRequest['method'],
    path: string,
    { headers = {}, body = '' }: Partial<Pick<AwsRequest, 'headers' | 'body'>> = {},
  ): Promise<Record<string, unknown>> {
    const { AWS_REGION: region = '', AWS_ENDPOINT_URL: endpoint, ASSAY_URL_SUFFIX } = this.#environment;
    const url = new URL(path, endpoint ?? `https://${service}.${region}.${ASSAY_URL_SUFFIX}`);
    return this.#often(async () => {
      const request = { method, url, headers, body };
      const signed = signRequest(request, await this.#credentials(), { region, service, at: new Date() });
      const answer = await fetch(url, {
        ...{ method, headers: signed, signal: AbortSignal.timeout(MAX_CALL_MS) },
        ...(method === 'POST' && { body }),
      });
      const text = await answer.text();
      if (answer.ok) return (text === '' ? {} : JSON.parse(text)) as Record<string, unknown>;
      const type = typeOf(text) ?? answer.headers.get('x-amzn-errortype') ?? '';
      // 4xx says that the call is wrong, and it stays so; but for too many of them.
      if (answer.status < 500 && !type.includes('Throttl') && !type.includes('TooMany'))
        throw new RefusedCall(type, text);
      throw new Error(`${service} answered ${answer.status}: ${text}`);
    });
  }

  /** Anew for each call: those of a role expire. */
  async #credentials(): Promise<Credentials> {
    const { AWS_CONTAINER_CREDENTIALS_RELATIVE_URI: relative, ...own } = this.#environment;
    if (relative === undefined)
      return {
        accessKeyId: own.AWS_ACCESS_KEY_ID ?? '',
        secretAccessKey: own.AWS_SECRET_ACCESS_KEY ?? '',
        sessionToken: own.AWS_SESSION_TOKEN ?? null,
      };
    const answer = await fetch(`${CREDENTIALS_HOST}${relative}`, {
      signal: AbortSignal.timeout(MAX_CALL_MS),
    });
    if (!answer.ok) throw new Error(`the role's credentials: answered ${answer.status}`);
    const { AccessKeyId, SecretAccessKey, Token } = (await answer.json()) as Record<string, string>;
    return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: Token! };
  }

  /** Until it works, six times at most; what was refused stays refused. */
  async #often<Result>(call: () => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await call();
      } catch (error) {
        if (error instanceof RefusedCall || attempt === MAX_ATTEMPTS) throw error;
        await setTimeout(FIRST_WAIT_MS * 2 ** (attempt - 1) * Math.random());
      }
    }
  }
}

export interface FunctionAnswer {
  readonly Code: { readonly Location: string };
  readonly Configuration: {
    readonly FunctionName: string;
    readonly Handler: string;
    readonly Version: string;
    readonly Environment?: { readonly Variables?: Readonly<Record<string, string>> };
    readonly Layers?: readonly { readonly Arn: string }[];
  };
}

export interface LayerAnswer {
  readonly Content: { readonly Location: string };
}

/** `com.amazonaws.…#TaskTimedOut` and `TaskTimedOut` are the same. */
function typeOf(text: string): string | null {
  try {
    const { __type, Type } = JSON.parse(text) as { readonly __type?: string; readonly Type?: string };
    return (__type ?? Type)?.split('#').at(-1) ?? null;
  } catch {
    return null;
  }
}
