/** How long records must be kept, as the log of acts has it: the last act that says so counts. */
import type { AuditEntry } from '../audit/audit-entry.ts';

export interface Retention {
  readonly months: number;
  /** The law. */
  readonly basis: string;
}

/** Null: no law obliges to keep records. Undefined: the log does not say. */
export function standingRetention(acts: readonly AuditEntry[]): Retention | null | undefined {
  const last = acts.findLast(({ event }) => event === 'retention_set');
  if (last === undefined) return undefined;
  const { months, basis } = last.data as { readonly months: number | null; readonly basis: string };
  return months === null ? null : { months, basis };
}
