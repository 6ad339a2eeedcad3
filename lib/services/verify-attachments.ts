/**
 * The attachments of the cases of a domain as the table has them, against the entries that say what was attached: one that was changed,
 * taken out or added is named. That the bytes are those of the row follows from their key, which is their hash.
 */
import type { AuditEntry } from '../audit/audit-entry.ts';
import { rowHash } from '../audit/row-hash.ts';
import type { Attachment } from '../cases/attachment.ts';
import { inParallel } from '../in-parallel.ts';
import type { StoreProblem } from '../reviews/check-reviews.ts';

export interface AttachmentSources {
  readonly attachments: { of(caseId: string): Promise<readonly Attachment[]> };
  /** The log of the domain as it is by now. */
  entries(): Promise<readonly AuditEntry[]>;
}

const CONCURRENCY = 8;
const FACTS = ['type', 'bytes', 'sha256'] as const;

/** `cases`: ids of those that are known; those that the log names are looked at too. `entries`: the log, read before the table. */
export async function verifyAttachments(
  { attachments, entries: entriesByNow }: AttachmentSources,
  cases: Iterable<string>,
  entries: readonly AuditEntry[],
): Promise<StoreProblem[]> {
  const logged = attachedIn(entries);
  const ids = new Set([...cases, ...[...logged.values()].map(({ data }) => String(data.case))]);
  const rows = (await inParallel([...ids], CONCURRENCY, (id) => attachments.of(id))).flat();
  const stored = new Map(rows.map((row) => [placeOf(row.caseId, row.id), row]));
  const ofLog = [...logged].flatMap(([place, entry]) => problemsOf(entry, stored.get(place)));
  const others = [...stored].filter(([place]) => !logged.has(place));
  if (others.length === 0) return ofLog;
  // What was attached while the table was read is in the log by now.
  const later = attachedIn(await entriesByNow());
  const added = others.flatMap(([place, row]) => {
    const entry = later.get(place);
    return entry === undefined ? [addedProblem(row)] : problemsOf(entry, row);
  });
  return [...ofLog, ...added];
}

function attachedIn(entries: readonly AuditEntry[]): ReadonlyMap<string, AuditEntry> {
  const attached = entries.filter(({ event }) => event === 'attached');
  return new Map(attached.map((one) => [placeOf(String(one.data.case), String(one.data.attachment)), one]));
}

function placeOf(caseId: string, id: string): string {
  return `case ${caseId}, attachment ${id}`;
}

function problemsOf({ data, actor, at, seq }: AuditEntry, row: Attachment | undefined): StoreProblem[] {
  const decision = String(data.case);
  const where = placeOf(decision, String(data.attachment));
  if (row === undefined)
    return [{ where, kind: 'missing', message: `entry ${seq} has it; the table does not`, decision }];
  const expected: Readonly<Record<string, unknown>> = { ...data, by: actor, at };
  const changed = [...FACTS, 'by' as const, 'at' as const]
    .filter((fact) => row[fact] !== expected[fact])
    .map((fact) => `${fact} ${row[fact]} in the table; entry ${seq} says ${String(expected[fact])}`);
  const message =
    changed.length === 0 && data.row !== rowHash(row)
      ? [`its name is not what entry ${seq} has the hash of`]
      : changed;
  return message.map((one) => ({ where, kind: 'mismatch', message: one, decision }));
}

function addedProblem({ caseId, id, by }: Attachment): StoreProblem {
  const message = `the table has it, by ${by}; no entry does`;
  return { where: placeOf(caseId, id), kind: 'inserted', message, decision: caseId };
}
