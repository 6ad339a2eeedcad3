import type { Rejects } from '../intake/records.ts';
import type { RejectCount } from './report-data.ts';

export const kindOfReason = `CASE
  WHEN regexp_matches(reason, '^(this record id|record id ".*") was already on line ', 's') THEN 'record id that was already there'
  ELSE split_part(split_part(reason, ', found', 1), ': "', 1) END`;

/** How often each kind of reject occurred: by column and by the reason without the value found, most frequent first. */
export async function countRejects(rejects: Rejects): Promise<RejectCount[]> {
  return rejects.session.rows<{ column: string; reason: string; count: number }>(
    `SELECT coalesce("column", '') AS "column", ${kindOfReason} AS reason, count(*)::INTEGER AS count
     FROM ${rejects} GROUP BY ALL ORDER BY count DESC, "column", reason LIMIT 40`,
  );
}
