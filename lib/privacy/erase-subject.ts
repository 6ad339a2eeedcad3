/**
 * The erasure of a subject: refused while a law obliges to keep its records or a hold stands, with the basis on record; else its key
 * is destroyed. The act is written first, and what it says is done again by the next one who opens the keys, should this one be ended
 * midway.
 */
import { readFile, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { AuditAct, AuditEntry } from '../audit/audit-entry.ts';
import { dayOf } from '../days.ts';
import { InputError } from '../errors.ts';
import { concerns, standingHolds } from './holds.ts';
import type { KeyActs } from './key-acts.ts';
import type { KeyFolder } from './key-folder.ts';
import { writeWhole } from './key-rows.ts';
import { expectNotNamed } from './named-subjects.ts';
import { standingRetention } from './retention.ts';
import type { SubjectKey } from './subject-keys.ts';

export interface ErasureRequest {
  readonly subject: string;
  /** Such as the number of the request; it must not name the subject. */
  readonly basis: string;
  readonly by: string;
  /** ISO 8601. */
  readonly now: string;
}

export type ErasureOutcome =
  | { readonly erased: true; readonly pseudonym: string }
  | { readonly erased: false; readonly pseudonym: string; readonly because: readonly string[] };

interface Interrupted {
  readonly subject: string;
  readonly act: AuditAct;
}

/** Throws an InputError where the subject has no key. */
export async function eraseSubject(
  keys: KeyFolder,
  acts: KeyActs,
  { subject, basis, by, now }: ErasureRequest,
): Promise<ErasureOutcome> {
  expectNotNamed({ '--basis': basis, '--by': by }, subject);
  const row = (await keys.find([subject])).get(subject);
  if (row === undefined)
    throw new InputError(
      `these keys have none of "${subject}": no record of it was scored with them, or it is erased`,
    );
  const { pseudonym } = row;
  const act = { actor: by, subject: pseudonym, at: now };
  const because = whatStandsAgainst(acts.entries, row, now);
  if (because.length > 0) {
    await acts.append({ event: 'erasure_refused', ...act, data: { basis, because } });
    return { erased: false, pseudonym, because };
  }
  const erasure: Interrupted = { subject, act: { event: 'erased', ...act, data: { basis } } };
  await writeWhole(erasingFile(keys), `${JSON.stringify(erasure)}\n`);
  await finishErasure(keys, acts);
  return { erased: true, pseudonym };
}

/** Ends an erasure that was interrupted; nothing where there is none. */
export async function finishErasure(keys: KeyFolder, acts: KeyActs): Promise<void> {
  const text = await readFile(erasingFile(keys), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null;
    throw error;
  });
  if (text === null) return;
  const { subject, act } = JSON.parse(text) as Interrupted;
  if (!isErased(acts, act.subject)) await acts.append(act);
  await keys.destroy(subject);
  await unlink(erasingFile(keys));
}

export function isErased(acts: KeyActs, pseudonym: string): boolean {
  return acts.entries.some(({ event, subject }) => event === 'erased' && subject === pseudonym);
}

/** Sentences, one a reason: the law and the holds that the acts on the keys speak of. `now` is ISO 8601. */
export function whatStandsAgainst(
  entries: readonly AuditEntry[],
  row: Pick<SubjectKey, 'pseudonym' | 'span'>,
  now: string,
): string[] {
  const retention = standingRetention(entries);
  const until = retention && row.span ? monthsAfter(row.span.to, retention.months) : null;
  const duty: string[] = [];
  if (retention === undefined)
    duty.push('the log of acts does not say how long records must be kept (assay subject-keys retention)');
  else if (until !== null && until > now.slice(0, 10))
    duty.push(`records must be kept for ${retention!.months} months: until ${until} (${retention!.basis})`);
  const holds = standingHolds(entries)
    .filter((hold) => concerns(hold, row))
    .map(
      ({ id, kind, basis }) => `hold ${id} on ${kind === 'period' ? 'a period' : `the ${kind}`} (${basis})`,
    );
  return [...duty, ...holds];
}

/** The last day of a month where that one has no such day. */
export function monthsAfter(day: string, months: number): string {
  const [year, month, date] = day.split('-').map(Number) as [number, number, number];
  const last = new Date(Date.UTC(year, month + months, 0));
  const wanted = Date.UTC(last.getUTCFullYear(), last.getUTCMonth(), Math.min(date, last.getUTCDate()));
  return dayOf(wanted);
}

function erasingFile({ path }: KeyFolder): string {
  return join(path, 'erasing');
}
