/**
 * Requests to AWS, signed (Signature Version 4, docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html). What runs in a task
 * before its code is there has no SDK: this is all that it needs of one. The SDK's own signer alone has 140 kB bundled, and a task
 * definition, which holds the script, 64 kB.
 */
import { createHash, createHmac } from 'node:crypto';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of a role; null: the keys are a user's. */
  readonly sessionToken: string | null;
}

export interface AwsRequest {
  readonly method: 'GET' | 'POST';
  /** Its path is encoded as it is to be sent. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SigningScope {
  readonly region: string;
  readonly service: string;
  readonly at: Date;
}

/** The headers of the request, with those that sign it. */
export function signRequest(
  { method, url, headers, body }: AwsRequest,
  { accessKeyId, secretAccessKey, sessionToken }: Credentials,
  { region, service, at }: SigningScope,
): Record<string, string> {
  const time = at.toISOString().replaceAll(/[-:]|\.\d{3}/g, '');
  const day = time.slice(0, 8);
  const sent: Record<string, string> = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    ...{ host: url.host, 'x-amz-date': time },
    ...(sessionToken !== null && { 'x-amz-security-token': sessionToken }),
  };
  const names = Object.keys(sent).sort();
  const canonical = [
    method,
    // Every service but S3 has each segment encoded once more than it is sent.
    url.pathname.split('/').map(encodeStrictly).join('/'),
    [...url.searchParams]
      .map((pair) => pair.map(encodeStrictly).join('='))
      .sort()
      .join('&'),
    ...names.map((name) => `${name}:${sent[name]!.trim()}`),
    '',
    names.join(';'),
    sha256(body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const key = [day, region, service, 'aws4_request'].reduce<Buffer | string>(hmac, `AWS4${secretAccessKey}`);
  const signature = hmac(key, ['AWS4-HMAC-SHA256', time, scope, sha256(canonical)].join('\n')).toString(
    'hex',
  );
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  return { ...sent, authorization };
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const hmac = (key: Buffer | string, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** As RFC 3986 has it: encodeURIComponent leaves five characters more. */
function encodeStrictly(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
