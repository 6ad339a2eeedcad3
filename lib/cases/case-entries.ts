/** What an entry of the log says of the case that its act was done on: written with the act, read when the tables are checked. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import { rowHash } from '../audit/row-hash.ts';
import type { Case } from './case.ts';

export interface EntryOfCase {
  readonly case: string;
  /** Of the case, with this act. */
  readonly version: number;
  /** Of what the history of the case has of it, with the reason. */
  readonly row: string;
  /** All its flags are decided with it: what was done with the case before counts no more. */
  readonly closes: boolean;
}

/** To stand in the entry. `row`: of the case's history. */
export function caseFacts({ id, version, status }: Case, row: object): { readonly in_case: JsonObject } {
  const closes = status === 'closed' ? { closes: true } : {};
  return { in_case: { case: id, version, row: rowHash(row), ...closes } };
}

/** Null: the act was on no case, or an earlier version wrote the entry. */
export function entryOfCase({ data: { in_case } }: Pick<AuditEntry, 'data'>): EntryOfCase | null {
  if (typeof in_case !== 'object' || in_case === null) return null;
  const { case: id, version, row, closes } = in_case as JsonObject;
  return { case: String(id), version: Number(version), row: String(row), closes: closes === true };
}

/** Null: the entry names no case. */
export function caseOfEntry(entry: AuditEntry): string | null {
  if (entry.event.startsWith('case_')) return String(entry.data.case);
  return entryOfCase(entry)?.case ?? null;
}
