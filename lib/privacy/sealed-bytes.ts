/**
 * Bytes sealed by AES-256-GCM: nonce (12 bytes), ciphertext and tag (16 bytes), bound to a context that they open in alone. And keys
 * derived from keys, one for each use, by HMAC-SHA256.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';

export const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** By a key object: with the bytes of a key, node:crypto takes five times as long. */
export function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export function deriveKey(key: KeyObject, use: string): KeyObject {
  return createSecretKey(hmac(key, use));
}

/** A nonce of 12 bytes must not come again under the same key, unless with the same bytes in the same context. */
export function sealBytes(
  key: KeyObject,
  {
    nonce,
    plain,
    context,
  }: { readonly nonce: Uint8Array; readonly plain: Uint8Array; readonly context: string },
): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Null: they were sealed under another key, in another context, or were changed. */
export function openBytes(key: KeyObject, sealed: Uint8Array, context: string): Buffer | null {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
  const plain = decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES));
  try {
    return Buffer.concat([plain, decipher.final()]);
  } catch {
    return null;
  }
}
