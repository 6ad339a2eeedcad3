/** Keys that sign models: elliptic curves in PEM, the kind that OpenSSF Model Signing takes besides certificates. */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
} from 'node:crypto';
import { InputError } from '../errors.ts';

/** The hash that each curve signs by. */
const HASHES: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
};
export const MODEL_KEY_CURVE = 'prime256v1';

const BEGIN = '-----BEGIN PUBLIC KEY-----';
const END = '-----END PUBLIC KEY-----';

export interface ModelKey {
  readonly publicKey: KeyObject;
  /** What a bundle names it by: sha256 of its PEM, in hex. */
  readonly hint: string;
}

export interface ModelSigner {
  readonly key: ModelKey;
  readonly sign: (bytes: Uint8Array) => Buffer;
}

/** `where` says where the text is from. */
export function parseModelKey(pem: string, where: string): ModelKey {
  if (pem.includes('PRIVATE KEY'))
    throw new InputError(`${where} is a secret key; the public one was expected (<file>.pub)`);
  return modelKey(readPem(pem, where, createPublicKey), where);
}

/** Whether a PEM is a public key that signatures of models can be checked by. */
export function isModelKey(pem: string): boolean {
  try {
    parseModelKey(pem, 'the key');
    return true;
  } catch {
    return false;
  }
}

/** A secret key from its PEM (ECDSA P-256, P-384 or P-521); `where` says in errors which file it is from. */
export function parseModelSigner(pem: string, where: string): ModelSigner {
  const secret = readPem(pem, where, createPrivateKey);
  const key = modelKey(createPublicKey(secret), where);
  const hash = hashOf(secret, where);
  return { key, sign: (bytes) => signBytes(hash, bytes, secret) };
}

export function isSignedBy({ publicKey }: ModelKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verifyBytes(hashOf(publicKey, 'the key'), bytes, publicKey, signature);
}

/** Keys as an environment variable holds them: base64 of DER, with spaces between. */
export function parseModelKeys(text: string, where: string): ModelKey[] {
  return text
    .split(' ')
    .filter((part) => part !== '')
    .map((part) => parseModelKey(`${BEGIN}\n${part}\n${END}\n`, where));
}

/** Public keys as `parseModelKeys` takes them from an environment variable. */
export function formatModelKeys(pems: readonly string[]): string {
  return pems
    .map((pem) =>
      parseModelKey(pem, 'a key of models')
        .publicKey.export({ type: 'spki', format: 'der' })
        .toString('base64'),
    )
    .join(' ');
}

function modelKey(publicKey: KeyObject, where: string): ModelKey {
  hashOf(publicKey, where);
  const pem = publicKey.export({ type: 'spki', format: 'pem' });
  return { publicKey, hint: createHash('sha256').update(pem).digest('hex') };
}

function hashOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject, where: string): string {
  const curve = asymmetricKeyDetails?.namedCurve;
  const hash = curve === undefined ? undefined : HASHES[curve];
  if (hash !== undefined) return hash;
  throw new InputError(
    `${where} is a key of ${curve ?? asymmetricKeyType}; models are signed by P-256, P-384 or P-521 (assay keys generate --for model)`,
  );
}

function readPem(pem: string, where: string, read: (pem: string) => KeyObject): KeyObject {
  try {
    return read(pem);
  } catch (cause) {
    throw new InputError(
      `${where} is not a key of models in PEM, unencrypted: ${(cause as Error).message} (assay keys generate --for model)`,
      { cause },
    );
  }
}
