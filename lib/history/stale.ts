/** Records of the past that came again later: no window sees them. */
import type { Session } from '../engine/session.ts';
import { defineTable, type Table } from '../engine/table.ts';

/** The drop that has the older version, and the record's id. */
export type Stale = Table<{ readonly drop: string; readonly record_id: string }>;

/** None yet. */
export async function createStale(session: Session): Promise<Stale> {
  return defineTable(session, 'stale', ['"drop" VARCHAR', 'record_id VARCHAR']);
}

/** Ids of the past and of what is being scored, by the place of their drop. */
export type PlacedIds = Table<{
  readonly place: string;
  readonly line: bigint | null;
  readonly record_id: string;
}>;

/** An empty table of ids, each with the place and line of its record. */
export async function createIds(session: Session): Promise<PlacedIds> {
  return defineTable(session, 'ids', ['place VARCHAR', 'line BIGINT', 'record_id VARCHAR']);
}
