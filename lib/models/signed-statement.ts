/**
 * An in-toto statement, signed: a DSSE envelope in a Sigstore bundle of version 0.3 with a public key in place of a certificate. The
 * bundle names no log: it says who signed, and a key says that one trusts them.
 */
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { isSignedBy, type ModelKey, type ModelSigner } from './model-key.ts';

const BUNDLE = 'application/vnd.dev.sigstore.bundle.v0.3+json';
const IN_TOTO = 'application/vnd.in-toto+json';
export const STATEMENT = 'https://in-toto.io/Statement/v1';

const base64 = z
  .string()
  .refine((text) => Buffer.from(text, 'base64').toString('base64') === text, 'expected base64');

const bundleSchema = z.looseObject({
  mediaType: z.literal(BUNDLE),
  verificationMaterial: z.looseObject({
    publicKey: z.looseObject({ hint: z.string().nullish() }, 'expected the public key of its signer'),
  }),
  dsseEnvelope: z.looseObject({
    payload: base64,
    payloadType: z.literal(IN_TOTO),
    signatures: z.array(z.looseObject({ sig: base64 })).length(1),
  }),
});

const statementSchema = z.looseObject({
  _type: z.literal(STATEMENT),
  predicateType: z.string(),
  subject: z.array(z.looseObject({ name: z.string(), digest: z.record(z.string(), z.string()) })).min(1),
  predicate: z.unknown(),
});

export type Statement = z.output<typeof statementSchema>;

export interface SignedStatement {
  readonly statement: Statement;
  readonly key: ModelKey;
}

/** The bundle as text. */
export function signStatement(statement: object, { key, sign }: ModelSigner): string {
  const payload = Buffer.from(JSON.stringify(statement));
  return `${JSON.stringify({
    mediaType: BUNDLE,
    verificationMaterial: { publicKey: { hint: key.hint }, tlogEntries: [] },
    dsseEnvelope: {
      payload: payload.toString('base64'),
      payloadType: IN_TOTO,
      signatures: [{ sig: sign(encode(payload)).toString('base64'), keyid: '' }],
    },
  })}\n`;
}

/** Throws an InputError that names `file` where it is no bundle, or none of the keys signed it. */
export function openStatement(text: string, keys: readonly ModelKey[], file: string): SignedStatement {
  const bundle = parse(text, bundleSchema, file, 'a signature bundle of Sigstore with a key');
  const { payload, signatures } = bundle.dsseEnvelope;
  const bytes = Buffer.from(payload, 'base64');
  const signature = Buffer.from(signatures[0]!.sig, 'base64');
  const { hint } = bundle.verificationMaterial.publicKey;
  // Earlier bundles name no key.
  const named = hint ? keys.filter((key) => key.hint === hint) : keys;
  if (named.length === 0)
    throw new InputError(
      `${file}: signed by another key than expected: it names ${hint}, the keys given are ${keys.map((key) => key.hint).join(', ')}`,
    );
  const key = named.find((one) => isSignedBy(one, encode(bytes), signature));
  if (key === undefined)
    throw new InputError(
      `${file}: the signature does not fit: it is not by ${hint ? 'the key that it names' : 'a key given'}, or what it signs was changed`,
    );
  return { statement: parse(bytes.toString('utf8'), statementSchema, file, 'a statement of in-toto'), key };
}

/** What is signed: the "pre-authentication encoding" of DSSE, which says type and length with the content. */
function encode(payload: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`DSSEv1 ${IN_TOTO.length} ${IN_TOTO} ${payload.length} `), payload]);
}

/** `file` as JSON of a schema; throws an InputError that names the key and what was expected there. */
function parse<Schema extends z.ZodType>(
  text: string,
  schema: Schema,
  file: string,
  what: string,
): z.output<Schema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError(`${file}: not JSON: ${(cause as Error).message}`, { cause });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0]!;
  throw new InputError(`${file}: not ${what}: ${path.join('.') || 'the whole'}: ${message}`);
}
