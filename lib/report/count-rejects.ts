import type { Session } from '../engine/session.ts';
import type { RejectCount } from './report-data.ts';

/** How often each kind of reject occurred: by column and by the reason without the value found, most frequent first. */
export async function countRejects(session: Session): Promise<RejectCount[]> {
  return session.rows<{ column: string; reason: string; count: number }>(
    `SELECT coalesce("column", '') AS "column", split_part(split_part(reason, ', found', 1), ': "', 1) AS reason, count(*)::INTEGER AS count
     FROM rejects GROUP BY ALL ORDER BY count DESC, "column", reason LIMIT 40`,
  );
}
