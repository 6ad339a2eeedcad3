/**
 * What a subject's key does: record ids to keyed ids, texts to sealed fields and back. Nothing in it is random, so that the same
 * record under the same key gives the same bytes in every run.
 *
 *     keyed id      r_ and 32 hex digits of HMAC-SHA256(id key, record id)
 *     sealed field  base64 of nonce (12 bytes), ciphertext and tag (16 bytes), AES-256-GCM
 *
 * The nonce is an HMAC of what is sealed: two texts of one subject have the same one only if they are the same.
 */
import { createCipheriv, createDecipheriv, createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { SubjectKey } from './subject-keys.ts';

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const ID_DIGITS = 32;

export class SubjectCipher {
  readonly pseudonym: string;
  readonly #idKey: KeyObject;
  readonly #sealKey: KeyObject;
  readonly #nonceKey: KeyObject;

  constructor({ pseudonym, key }: Pick<SubjectKey, 'pseudonym' | 'key'>) {
    this.pseudonym = pseudonym;
    const own = createSecretKey(key);
    const derive = (use: string) => createSecretKey(hmac(own, use));
    this.#idKey = derive('assay record id');
    this.#sealKey = derive('assay sealed field');
    this.#nonceKey = derive('assay nonce');
  }

  keyedId(recordId: string): string {
    return `r_${hmac(this.#idKey, recordId).toString('hex').slice(0, ID_DIGITS)}`;
  }

  /** `context` is what the field belongs to: in another place it does not open. */
  seal(text: string, context: string): string {
    const nonce = hmac(this.#nonceKey, `${context}\n${text}`).subarray(0, NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', this.#sealKey, nonce);
    cipher.setAAD(Buffer.from(this.#aad(context)));
    const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
    return Buffer.concat(sealed).toString('base64');
  }

  /** Null: it was sealed under another key, for another place, or was changed. */
  open(sealed: string, context: string): string | null {
    const bytes = Buffer.from(sealed, 'base64');
    if (bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    const decipher = createDecipheriv('aes-256-gcm', this.#sealKey, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(this.#aad(context)));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
    try {
      return Buffer.concat([text, decipher.final()]).toString('utf8');
    } catch {
      return null;
    }
  }

  #aad(context: string): string {
    return `${this.pseudonym}\n${context}`;
  }
}

/** By a key object: with the bytes of a key, node:crypto takes five times as long. */
function hmac(key: KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
