/** The keys of a domain of a deployed stack, as the stages of its drops and its readers use them. */
import type { SubjectCipher } from './subject-cipher.ts';
import type { SubjectKey, SubjectKeys } from './subject-keys.ts';

/** Beside subjects, drops have keys: each goes with the delivered file. */
export interface DomainKeys extends SubjectKeys {
  /** 32 hex digits, the same for the same record id, of whichever subject: repeats are found by it. */
  hashRecordId(recordId: string): string;
  /** Null: no line was sealed by it since the last erasure. */
  findRejectsKey(): Promise<SubjectKey | null>;
  /** Seals the name of a drop's file, and words that may quote it; made where there is none. */
  takeDropKey(drop: string): Promise<SubjectCipher>;
  /** Null: it is gone, or there never was one. */
  findDropKey(drop: string): Promise<SubjectCipher | null>;
}

/** The keys of a domain; null: its records are not erasable. */
export type KeysOf = (domain: string) => Promise<DomainKeys | null>;

/** The id of a record of a deployed stack: the same for the same record id, of whichever subject. */
export function keyedRecordId(keys: Pick<DomainKeys, 'hashRecordId'>, recordId: string): string {
  return `r_${keys.hashRecordId(recordId)}`;
}
