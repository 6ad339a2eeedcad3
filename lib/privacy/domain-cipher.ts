/** What a domain's key does on a deployed stack: names of rows that say nothing, and the keys in them sealed. */
import { createSecretKey, type KeyObject } from 'node:crypto';
import type { RandomBytes } from './key-folder.ts';
import { deriveKey, hmac, NONCE_BYTES, openBytes, sealBytes } from './sealed-bytes.ts';

/** Of a domain's key, and of those that are sealed under it. */
export const KEY_BYTES = 32;
const HASH_DIGITS = 32;

export class DomainCipher {
  readonly #hashKey: KeyObject;
  readonly #sealKey: KeyObject;
  readonly #random: RandomBytes;

  constructor(key: Uint8Array, random: RandomBytes) {
    const own = createSecretKey(key);
    this.#hashKey = deriveKey(own, 'assay hashes');
    this.#sealKey = deriveKey(own, 'assay sealed keys');
    this.#random = random;
  }

  /** 32 hex digits. */
  hash(kind: string, text: string): string {
    return hmac(this.#hashKey, `${kind}\n${text}`).toString('hex').slice(0, HASH_DIGITS);
  }

  /** `context` is the row that it belongs to: moved to another one it does not open. */
  seal(plain: Uint8Array, context: string): Buffer {
    return sealBytes(this.#sealKey, { nonce: this.#random(NONCE_BYTES), plain, context });
  }

  open(sealed: Uint8Array, context: string): Buffer {
    const plain = openBytes(this.#sealKey, sealed, context);
    if (plain === null)
      throw new Error(
        `the key in ${context} does not open: it was changed, or moved there from another row or domain`,
      );
    return plain;
  }
}
