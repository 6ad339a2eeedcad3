/**
 * What someone asked the API to put together: the dossier of a flag, a case or a period, or all that is stored on a subject. It is made
 * after the answer, kept for some days as one file, and handed to who asked for it.
 */
import { DAY_MS } from '../days.ts';

/** What of a domain a dossier is about. */
export type DossierSelection =
  | { readonly kind: 'flag'; readonly id: string }
  | { readonly kind: 'case'; readonly id: string }
  | { readonly kind: 'period'; readonly domain: string; readonly from?: string; readonly until?: string };

/** `pii`: personal data are in it as they are, not masked. Those of a subject always are. */
export type ExportRequest =
  | { readonly kind: 'dossier'; readonly selection: DossierSelection; readonly pii: boolean }
  | { readonly kind: 'subject'; readonly subject: string; readonly basis: string };

export type ExportState = 'asked' | 'running' | 'done' | 'failed';

export interface ExportJob {
  readonly id: string;
  readonly domain: string;
  readonly request: ExportRequest;
  /** Who asked: no one else is given the file. */
  readonly by: string;
  /** ISO 8601. */
  readonly askedAt: string;
  readonly state: ExportState;
  /** Why it failed. */
  readonly reason: string | null;
  /** Its file in the bucket of data: that of the try whose act says what was made. */
  readonly file: string | null;
  /** Of the file. */
  readonly bytes: number | null;
  /** ISO 8601: the file, and that it was asked for, are kept until then. */
  readonly expiresAt: string;
}

export const EXPORT_DAYS = 7;
/** Of one person, asked for and not at their end: each may keep a function of the account busy for minutes. */
export const MAX_OPEN_EXPORTS = 3;
/** A function has 15 minutes, and Lambda tries three times within a few more. */
const MAX_MINUTES = 60;
const FUNCTION_MINUTES = 15;
const MINUTE_MS = 60_000;
/** It is shown as failed so much later than it may end: the clocks of two functions differ, and what failed stays so. */
const MAX_CLOCK_SKEW_MS = MINUTE_MS;

/** ISO 8601. */
export function exportEnd(askedAt: string): string {
  return new Date(Date.parse(askedAt) + EXPORT_DAYS * DAY_MS).toISOString();
}

/** Whether personal data are in it as they are. */
export function isPersonalExport(request: ExportRequest): boolean {
  return request.kind === 'subject' || request.pii;
}

/** In the bucket of data. Each try has a file of its own: two may run at once, and the act vouches for what one of them made. */
export function exportKey(id: string, attempt: string): string {
  return `exports/${id}/${attempt}.zip`;
}

/** ISO 8601: what was asked for before then does not begin or end any more. */
export function oldestRunning(nowMs: number): string {
  return new Date(nowMs - MAX_MINUTES * MINUTE_MS).toISOString();
}

/** ISO 8601: of what was asked for before then no function is at work any more, however it ended. */
export function oldestAtWork(nowMs: number): string {
  return new Date(nowMs - (MAX_MINUTES + FUNCTION_MINUTES) * MINUTE_MS - MAX_CLOCK_SKEW_MS).toISOString();
}

/** As it stands at that moment (milliseconds since 1970): what nothing works on any more has failed. Null: it is not kept any longer. */
export function exportAt(job: ExportJob, nowMs: number): ExportJob | null {
  if (Date.parse(job.expiresAt) <= nowMs) return null;
  const hasEnded = job.state === 'done' || job.state === 'failed';
  if (hasEnded || nowMs - Date.parse(job.askedAt) <= MAX_MINUTES * MINUTE_MS + MAX_CLOCK_SKEW_MS) return job;
  return { ...job, state: 'failed', reason: `it did not end within ${MAX_MINUTES} minutes: ask again` };
}
