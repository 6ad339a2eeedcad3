/** Why records were rejected, in a sentence a reason: the commonest first. */

import type { Rejects } from '../intake/records.ts';
import { hintsOfAmount } from '../packs/amount-hints.ts';
import { kindOfReason } from './count-rejects.ts';

export interface CommonReject {
  readonly count: number;
  /** `"amount": expected decimal(18,2), found "12,50" (looks like a decimal comma)` */
  readonly says: string;
}

export async function commonRejects(rejects: Rejects, limit: number): Promise<CommonReject[]> {
  const rows = await rejects.session.rows<{ column: string | null; reason: string; count: number }>(
    `SELECT "column", min_by(reason, (file, line)) AS reason, count(*)::DOUBLE AS count
     FROM ${rejects} GROUP BY "column", ${kindOfReason} ORDER BY count DESC, reason LIMIT ${limit}`,
  );
  return rows.map(({ column, reason, count }) => ({
    count,
    says: `${column === null ? '' : `"${column}": `}${reason}${hintOf(reason)}`,
  }));
}

function hintOf(reason: string): string {
  const found = /found "([^"]*)"/.exec(reason)?.[1];
  const hint = /expected (?:decimal|integer|number)/.test(reason) ? hintsOfAmount(found ?? '')[0] : undefined;
  return hint === undefined || reason.includes(hint) ? '' : ` (${hint})`;
}

interface RejectedOf {
  readonly received: number;
  readonly rejected: number;
}

/** The share of records above which a run counts as one that was mostly rejected. */
export const MAX_REJECTED_SHARE = 0.5;

/** That most records were rejected, or none was read, and the one likely cause; null: neither. */
export async function mostlyRejected(
  { received, rejected, rejects }: RejectedOf & { readonly rejects: Rejects },
  limit: number,
): Promise<string | null> {
  if (!isMostlyRejected({ received, rejected }, limit)) return null;
  const [cause] = await commonRejects(rejects, 1);
  const share = (count: number) => `${Math.round((100 * count) / received)} %`;
  const why = cause === undefined ? '' : `; the likely cause, in ${share(cause.count)}: ${cause.says}`;
  return `${rejected.toLocaleString('en-US')} of ${received.toLocaleString('en-US')} records (${share(rejected)}) were rejected${why}`;
}

/** Whether more than `limit` (a share, 0 to 1) of the records were rejected, or all of them. */
export function isMostlyRejected({ received, rejected }: RejectedOf, limit: number): boolean {
  return received > 0 && (rejected === received || rejected > limit * received);
}
