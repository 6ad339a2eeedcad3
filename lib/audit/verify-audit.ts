/**
 * Checks an audit log, and names every line that was changed, dropped, reordered or inserted.
 *
 * An untouched log is one pass: each line is an entry in its one canonical form, gives its own hash, carries the hash of
 * the line before, counts on by one, and the last one seals it. Anything else is distinguished by where the entries went.
 * What the chain alone cannot show is a log rewritten from some entry on with all later hashes made to fit: for that the
 * hash of the last entry must be known from elsewhere (`seal` or `expectedHead`).
 */

import { type AuditProblem, describeDamage } from './audit-damage.ts';
import { type AuditEntry, GENESIS, parseEntry } from './audit-entry.ts';
import { placeEntries } from './audit-placement.ts';
import { AuditTable } from './audit-table.ts';
import type { ByteLine } from './byte-lines.ts';
import type { Seal } from './seal.ts';

export interface VerifyOptions {
  /** Hash that the last entry should have; where it was kept, it counts for more than the seal. */
  readonly expectedHead?: string;
  /** The seal of this log; its head and count are expected. */
  readonly seal?: Pick<Seal, 'head' | 'entries'>;
  /** The log goes on: no entry of its own seals it. */
  readonly open?: boolean;
  /** Called for each entry as it is read, sound or not. */
  readonly onEntry?: (entry: AuditEntry) => void;
  /** The most problems that are listed (1,000); all are counted. */
  readonly maxProblems?: number;
}

export interface AuditVerdict {
  /** Lines of the log. */
  readonly entries: number;
  /** Hash of its last entry, as found. */
  readonly head: string;
  /** Whether its last line is the entry that seals it. */
  readonly sealed: boolean;
  /** The files that the log vouches for: name → sha256; empty if it is not sealed. */
  readonly files: Readonly<Record<string, string>>;
  /** By line. */
  readonly problems: readonly AuditProblem[];
  readonly problemCount: number;
}

/** `lines` are `splitLines` of the file's bytes: decoded by anything else, some changes would not show. */
export async function verifyAudit(
  lines: AsyncIterable<ByteLine>,
  options: VerifyOptions = {},
): Promise<AuditVerdict> {
  const table = new AuditTable();
  let head = GENESIS;
  let firstBreak: number | undefined;
  let lastEntry: AuditEntry | undefined;
  for await (const { text, ended } of lines) {
    const parsed = text === undefined ? { entry: undefined, fault: 'not UTF-8 text' } : parseEntry(text);
    const { entry } = parsed;
    const fault = ended
      ? parsed.fault
      : entry === undefined
        ? 'cut off in the middle'
        : 'no line end after it';
    if (fault !== undefined || entry?.seq !== table.count || entry.prev !== head) firstBreak ??= table.count;
    if (entry !== undefined) {
      head = entry.hash;
      options.onEntry?.(entry);
    }
    table.push({ entry, fault });
    lastEntry = fault === undefined ? entry : undefined;
  }
  const sealed = table.count > 0 && table.seals[table.count - 1] === 1;
  const expected = options.expectedHead ?? options.seal?.head;
  const expectedEntries = options.seal?.head === expected ? options.seal?.entries : undefined;
  const sealsBefore = table.seals.subarray(0, Math.max(0, table.count - 1)).includes(1);
  const fits = expected === undefined || expected === head;
  const counts = expectedEntries === undefined || expectedEntries === table.count;
  let problems: AuditProblem[] = [];
  const { open = false } = options;
  if (firstBreak !== undefined || (!sealed && !open) || sealsBefore || !fits || !counts) {
    const known = expected === undefined ? undefined : { head: expected, entries: expectedEntries };
    problems = describeDamage(table, placeEntries(table, known), { known, open });
    if (problems.length === 0) problems.push(unnamed(firstBreak ?? table.count - 1));
  }
  return {
    entries: table.count,
    head,
    sealed,
    files: sealed ? ((lastEntry?.data.files ?? {}) as Record<string, string>) : {},
    problems: problems.slice(0, options.maxProblems ?? 1000),
    problemCount: problems.length,
  };
}

/** Whatever the search for a cause may miss, a broken chain is never passed over. */
function unnamed(line: number): AuditProblem {
  return {
    line: line + 1,
    seq: null,
    kind: 'changed',
    message: 'the chain of hashes breaks here',
  };
}
