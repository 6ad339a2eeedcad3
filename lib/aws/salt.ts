/** Of a row that the log has the hash of (`lib/audit/row-hash.ts`). */
import { randomBytes } from 'node:crypto';

const BYTES = 12;

/** 16 characters. */
export function newSalt(): string {
  return randomBytes(BYTES).toString('base64url');
}
