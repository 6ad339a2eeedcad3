/**
 * What a subject's key does: record ids to keyed ids, texts to sealed fields and back. Nothing in it is random, so that the same
 * record under the same key gives the same bytes in every run.
 *
 *     keyed id      r_ and 32 hex digits of HMAC-SHA256(id key, record id)
 *     sealed field  base64 of nonce (12 bytes), ciphertext and tag (16 bytes), AES-256-GCM
 *
 * The nonce is an HMAC of what is sealed: two texts of one subject have the same one only if they are the same.
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { deriveKey, hmac, NONCE_BYTES, openBytes, sealBytes } from './sealed-bytes.ts';
import type { SubjectKey } from './subject-keys.ts';

const ID_DIGITS = 32;

export class SubjectCipher {
  readonly pseudonym: string;
  readonly #idKey: KeyObject;
  readonly #sealKey: KeyObject;
  readonly #nonceKey: KeyObject;

  constructor({ pseudonym, key }: Pick<SubjectKey, 'pseudonym' | 'key'>) {
    this.pseudonym = pseudonym;
    const own = createSecretKey(key);
    this.#idKey = deriveKey(own, 'assay record id');
    this.#sealKey = deriveKey(own, 'assay sealed field');
    this.#nonceKey = deriveKey(own, 'assay nonce');
  }

  keyedId(recordId: string): string {
    return `r_${hmac(this.#idKey, recordId).toString('hex').slice(0, ID_DIGITS)}`;
  }

  /** `context` is what the field belongs to: in another place it does not open. */
  seal(text: string, context: string): string {
    const nonce = hmac(this.#nonceKey, `${context}\n${text}`).subarray(0, NONCE_BYTES);
    const plain = Buffer.from(text, 'utf8');
    return sealBytes(this.#sealKey, { nonce, plain, context: this.#own(context) }).toString('base64');
  }

  /** Null: it was sealed under another key, for another place, or was changed. */
  open(sealed: string, context: string): string | null {
    const plain = openBytes(this.#sealKey, Buffer.from(sealed, 'base64'), this.#own(context));
    return plain?.toString('utf8') ?? null;
  }

  #own(context: string): string {
    return `${this.pseudonym}\n${context}`;
  }
}
