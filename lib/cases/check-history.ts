/** What the history of a case has against the entries of its acts: reasons that were changed, acts that were taken out or made up. */
import type { AuditEntry } from '../audit/audit-entry.ts';
import { rowHash } from '../audit/row-hash.ts';
import { entryOfCase } from './case-entries.ts';

export interface HistoryRow {
  readonly act: string;
  readonly by: string;
  readonly at: string;
  /** Of the case, with this act. */
  readonly version: number;
}

/** Whether any entry vouches for the history: those of earlier versions do not. */
export function hasHistory(acts: readonly AuditEntry[]): boolean {
  return acts.some((entry) => entryOfCase(entry) !== null);
}

/**
 * `acts`: the entries about the case, and those of earlier versions about its flags. A sentence for each row that is not so. From the
 * first entry that has one on, each act has a row; of an entry of an earlier version, which may still run for a while after another has
 * begun, one is known by its person and time.
 */
export function checkHistory(rows: readonly HistoryRow[], acts: readonly AuditEntry[]): string[] {
  const logged = acts.flatMap((entry) => {
    const known = entryOfCase(entry);
    return known === null ? [] : [{ ...known, seq: entry.seq }];
  });
  const [first] = logged;
  if (first === undefined) return [];
  const byVersion = Map.groupBy(rows, ({ version }) => version);
  const problems: string[] = [];
  for (const { version, row, seq } of logged) {
    const own = byVersion.get(version) ?? [];
    byVersion.delete(version);
    if (own.length === 0) problems.push(`its history lacks the act of entry ${seq}`);
    else if (own.length > 1) problems.push(`its history has ${own.length} acts where entry ${seq} is one`);
    else if (rowHash(own[0]!) !== row)
      problems.push(`what its history says of the act of entry ${seq}, or the reason, was changed`);
  }
  const early = Map.groupBy(
    acts.filter((entry) => entryOfCase(entry) === null),
    ({ actor, at = '' }) => `${at} ${actor}`,
  );
  const later = [...byVersion.values()].flat().filter(({ version }) => version > first.version);
  const added = later.filter((row) => early.get(`${row.at} ${row.by}`)?.pop() === undefined);
  return [
    ...problems,
    ...added.map(({ act, by, at }) => `its history has "${act}" by ${by} at ${at}; no entry does`),
  ];
}
