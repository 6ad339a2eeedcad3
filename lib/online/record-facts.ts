/** What an answer says of each scored record beside its explanation: a row a record. */
import type { ScoredRecord } from '../api/online-scoring.ts';
import { linksOf } from '../decisions/flag-links.ts';
import { entitySql, recordJsonSql, timeTextSql } from '../drops/flag-items.ts';
import type { Records } from '../intake/records.ts';
import type { ModelCard } from '../models/card.ts';
import type { Pack } from '../packs/pack.ts';
import type { Decisions } from '../scoring/score-records.ts';
import { decisionsSql } from '../scoring/write-tables.ts';

/** Records and what a model decided of them. */
export interface DecidedRecords {
  readonly records: Records;
  readonly decisions: Decisions;
}

export interface RecordFacts extends Omit<ScoredRecord, 'status' | 'explanation'> {
  /** Of the request, from 1. */
  readonly line: number;
}

export async function recordFacts(
  { records, decisions }: DecidedRecords,
  pack: Pack,
  card: ModelCard,
): Promise<RecordFacts[]> {
  const rows = await records.session.rows<
    Record<string, unknown> & Omit<RecordFacts, 'record' | 'links'> & { record: string }
  >(
    `SELECT line, record_id, decision_id, score, flagged, entity, time, record
     FROM (SELECT line::DOUBLE AS line, record_id, ${entitySql(pack)} AS entity, ${timeTextSql(pack)} AS time,
         ${recordJsonSql(pack)} AS record FROM ${records} WHERE NOT history)
       JOIN (${decisionsSql(decisions, card)}) USING (record_id)`,
  );
  return rows.map((row) => {
    const record = JSON.parse(row.record) as Record<string, unknown>;
    return { ...row, record, links: linksOf(pack, record) };
  });
}
