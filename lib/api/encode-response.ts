/**
 * The body of a response as Lambda can pass it on, gzipped where it is large and the caller takes that. A thousand flags with all
 * their reasons are some 7 MB; Lambda passes on 6, and gzip makes 0.5 of them.
 */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Problem } from './problem.ts';

/** Below, compressing costs more than it saves. */
const worthBytes = 100_000;
/** Lambda's limit is 6 MB, with headers and the escapes of a JSON text. */
const MAX_BYTES = 5_000_000;

export interface EncodedResponse {
  readonly body: string;
  readonly isBase64Encoded: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** Throws a Problem where the answer is too large as it is, and the caller takes it no other way. */
export async function encodeResponse(
  body: string,
  acceptEncoding: string | undefined,
): Promise<EncodedResponse> {
  const bytes = Buffer.byteLength(body);
  if (bytes >= worthBytes && takesGzip(acceptEncoding)) {
    const zipped = await promisify(gzip)(body);
    const headers = { 'content-encoding': 'gzip', vary: 'accept-encoding' };
    return { body: zipped.toString('base64'), isBase64Encoded: true, headers };
  }
  // Quotation marks are escaped on the way: what counts is the text in a JSON string.
  if (bytes < MAX_BYTES / 2 || Buffer.byteLength(JSON.stringify(body)) <= MAX_BYTES) {
    return { body, isBase64Encoded: false, headers: {} };
  }
  const how = 'Send accept-encoding: gzip (curl --compressed), or fewer records in one request.';
  throw new Problem(413, `The answer has ${bytes} bytes, more than can be passed on. ${how}`);
}

function takesGzip(acceptEncoding = ''): boolean {
  return acceptEncoding
    .toLowerCase()
    .split(',')
    .some((one) => /^\s*(gzip|\*)\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/.test(one));
}
