/**
 * The keys of notes: a log's (Ed25519 over the text) and a witness's (C2SP tlog-cosignature: over the text and a time, Ed25519 or
 * ML-DSA-44). A verifier key is public and one line; a secret key is a line too, of which Go's note package reads the first kind.
 *
 *     example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k
 *     PRIVATE+KEY+<name>+<key id>+<base64 of kind and seed>
 */
import { createPrivateKey, createPublicKey, hash, type KeyObject, sign, verify } from 'node:crypto';
import { InputError } from '../errors.ts';
import { formatBase64, parseBase64 } from './base64.ts';
import { cosignedMessage } from './cosignature.ts';
import type { NoteSignature, SignedNote } from './signed-note.ts';

export type KeyKind = 'ed25519' | 'cosignature-ed25519' | 'cosignature-ml-dsa-44';

interface Algorithm {
  readonly kind: KeyKind;
  /** The identifier of the type of signature. */
  readonly type: number;
  /** What stands before the public key in DER (SPKI), and before the seed in DER (PKCS 8). */
  readonly spki: Buffer;
  readonly pkcs8: Buffer;
  readonly publicBytes: number;
  readonly signatureBytes: number;
}

const ED25519 = {
  spki: Buffer.from('302a300506032b6570032100', 'hex'),
  pkcs8: Buffer.from('302e020100300506032b657004220420', 'hex'),
  publicBytes: 32,
  signatureBytes: 64,
} as const;

const ML_DSA_44 = {
  spki: Buffer.from('30820532300b06096086480165030403110382052100', 'hex'),
  pkcs8: Buffer.from('3034020100300b060960864801650304031104228020', 'hex'),
  publicBytes: 1312,
  signatureBytes: 2420,
} as const;

const ALGORITHMS: readonly Algorithm[] = [
  { ...ED25519, kind: 'ed25519', type: 0x01 },
  { ...ED25519, kind: 'cosignature-ed25519', type: 0x04 },
  { ...ML_DSA_44, kind: 'cosignature-ml-dsa-44', type: 0x06 },
];

const SEED_BYTES = 32;
const TIME_BYTES = 8;
const NAME = /^[^\s+]{1,255}$/u;

export interface VerifierKey {
  readonly name: string;
  /** 8 hex digits. */
  readonly keyId: string;
  readonly kind: KeyKind;
  readonly publicKey: KeyObject;
}

/** What signs notes: a key of this machine, or one that a service holds. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** Signs the bytes. */
  readonly sign: (message: Uint8Array) => Promise<Uint8Array>;
}

/** `raw` is the public key alone, without a wrapping. */
export function verifierKey(name: string, kind: KeyKind, raw: Uint8Array): VerifierKey {
  if (!NAME.test(name))
    throw new InputError(
      `the key name ${JSON.stringify(name)} is not one: no spaces, no plus, at most 255 characters`,
    );
  const { type, spki } = algorithmOf(kind);
  const id = hash('sha256', Buffer.concat([Buffer.from(`${name}\n`), Uint8Array.of(type), raw]), 'buffer');
  const publicKey = createPublicKey({ key: Buffer.concat([spki, raw]), format: 'der', type: 'spki' });
  return { name, keyId: id.subarray(0, 4).toString('hex'), kind, publicKey };
}

/** `<name>+<key id>+<base64 of algorithm and key>`, as C2SP signed-note has it. */
export function formatVerifierKey({ name, keyId, kind, publicKey }: VerifierKey): string {
  const { type } = algorithmOf(kind);
  return `${name}+${keyId}+${formatBase64(Buffer.concat([Uint8Array.of(type), rawPublicKey(kind, publicKey)]))}`;
}

/** `where` says where the text is from. */
export function parseVerifierKey(text: string, where: string): VerifierKey {
  const { name, keyId, algorithm, material } = splitKey(text.trim(), where);
  if (material.length !== algorithm.publicBytes)
    refuseKey(where, `a public key of ${material.length} bytes; ${algorithm.publicBytes} were expected`);
  const key = verifierKey(name, algorithm.kind, material);
  if (key.keyId !== keyId) refuseKey(where, `the key id ${keyId}; its name and key have ${key.keyId}`);
  return key;
}

export interface SecretKey extends NoteSigner {
  /** The line that a key file holds. */
  readonly secret: string;
}

const SECRET = 'PRIVATE+KEY+';

/** Throws an InputError where the text is no secret key, or its id is not that of its name and key. */
export function parseSecretKey(text: string, where: string): SecretKey {
  const line = text.trim();
  if (!line.startsWith(SECRET))
    throw new InputError(`${where} is not a secret key: "${SECRET}<name>+<key id>+<base64>" was expected`);
  const { name, keyId, algorithm, material } = splitKey(line.slice(SECRET.length), where);
  if (material.length !== SEED_BYTES)
    refuseKey(where, `a secret of ${material.length} bytes; ${SEED_BYTES} were expected`);
  const key = secretKey(name, algorithm.kind, material);
  if (key.key.keyId !== keyId)
    refuseKey(where, `the key id ${keyId}; its name and key have ${key.key.keyId}`);
  return key;
}

/** `seed` is 32 random bytes: what Ed25519 and ML-DSA make their keys of. */
export function secretKey(name: string, kind: KeyKind, seed: Uint8Array): SecretKey {
  const { pkcs8, type } = algorithmOf(kind);
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8, seed]), format: 'der', type: 'pkcs8' });
  const key = verifierKey(name, kind, rawPublicKey(kind, createPublicKey(privateKey)));
  return {
    key,
    secret: `${SECRET}${name}+${key.keyId}+${formatBase64(Buffer.concat([Uint8Array.of(type), seed]))}`,
    sign: async (message) => sign(null, message, privateKey),
  };
}

/** Signs a note; a cosigner also says when, in seconds since 1970. */
export async function signNote(
  { key, sign: signBytes }: NoteSigner,
  text: string,
  seconds?: number,
): Promise<NoteSignature> {
  const { name, keyId, kind } = key;
  if (kind === 'ed25519') return { name, keyId, signature: await signBytes(Buffer.from(text)) };
  if (seconds === undefined) throw new Error('a cosignature says when it was made');
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(seconds));
  const signature = await signBytes(cosignedMessage(kind, { name, seconds, text }));
  return { name, keyId, signature: Buffer.concat([time, signature]) };
}

export interface VerifiedSignature {
  readonly key: VerifierKey;
  /** Of a cosignature: when it was made, in seconds since 1970. */
  readonly seconds: number | null;
}

export interface VerifiedNote {
  readonly valid: readonly VerifiedSignature[];
  /** Said to be by these keys, and not. */
  readonly broken: readonly VerifierKey[];
}

/** Signatures of other keys are ignored. */
export function verifyNote({ text, signatures }: SignedNote, keys: readonly VerifierKey[]): VerifiedNote {
  const valid: VerifiedSignature[] = [];
  const broken: VerifierKey[] = [];
  for (const { name, keyId, signature } of signatures) {
    const key = keys.find((one) => one.name === name && one.keyId === keyId);
    if (key === undefined) continue;
    const seconds = verifySignature(key, text, signature);
    if (seconds === undefined) broken.push(key);
    else valid.push({ key, seconds });
  }
  return { valid, broken };
}

/** Undefined: it is not the key's. */
function verifySignature(key: VerifierKey, text: string, signature: Uint8Array): number | null | undefined {
  const { kind, name, publicKey } = key;
  const { signatureBytes } = algorithmOf(kind);
  if (kind === 'ed25519') {
    const fits = signature.length === signatureBytes;
    return fits && verify(null, Buffer.from(text), publicKey, signature) ? null : undefined;
  }
  if (signature.length !== TIME_BYTES + signatureBytes) return undefined;
  const seconds = Number(Buffer.from(signature).readBigUInt64BE(0));
  if (!Number.isSafeInteger(seconds)) return undefined;
  const message = cosignedMessage(kind, { name, seconds, text });
  return verify(null, message, publicKey, signature.subarray(TIME_BYTES)) ? seconds : undefined;
}

function algorithmOf(kind: KeyKind): Algorithm {
  return ALGORITHMS.find((one) => one.kind === kind)!;
}

function rawPublicKey(kind: KeyKind, publicKey: KeyObject): Buffer {
  return publicKey.export({ format: 'der', type: 'spki' }).subarray(algorithmOf(kind).spki.length);
}

function splitKey(text: string, where: string) {
  const [name = '', keyId = '', ...rest] = text.split('+');
  const bytes = parseBase64(rest.join('+'));
  if (!NAME.test(name) || !/^[0-9a-f]{8}$/.test(keyId) || bytes === undefined || bytes.length === 0)
    throw new InputError(`${where} is not a key of notes: "<name>+<8 hex digits>+<base64>" was expected`);
  const algorithm = ALGORITHMS.find(({ type }) => type === bytes[0]);
  if (algorithm === undefined)
    refuseKey(where, `the type ${bytes[0]}; 1 (Ed25519), 4 and 6 (cosignatures) are known`);
  return { name, keyId, algorithm, material: bytes.subarray(1) };
}

function refuseKey(where: string, found: string): never {
  throw new InputError(`${where} is not a usable key of notes: it has ${found}`);
}
