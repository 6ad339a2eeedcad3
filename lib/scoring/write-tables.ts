/** The run's tables as files: decisions and records as Parquet, rejects as CSV. Always in input order, always the same bytes. */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { decisionIdSql } from '../decisions/decision-id.ts';
import { csvLine } from '../decisions/safe-csv.ts';
import { copyToParquet } from '../engine/parquet.ts';
import { quoteText } from '../engine/session.ts';
import type { Records, Rejects } from '../intake/records.ts';
import type { ModelCard } from '../models/card.ts';
import type { Decisions } from './score-records.ts';

/** `decisions.parquet`: record_id, score, flagged, model, decision_id. */
export async function writeDecisions(decisions: Decisions, card: ModelCard, path: string): Promise<void> {
  await copyToParquet(decisions.session, `${decisionsSql(decisions, card)} ORDER BY seq`, path);
}

/** Decisions as they are stored. */
export function decisionsSql(decisions: Decisions, card: ModelCard): string {
  const id = decisionIdSql({
    domain: quoteText(card.domain),
    recordId: 'record_id',
    recordHash: 'record_hash',
    modelVersion: quoteText(card.version),
  });
  return `SELECT record_id, score, flagged, ${quoteText(card.version)} AS model, ${id} AS decision_id FROM ${decisions}`;
}

/** `records.parquet`: every accepted record, typed, the history among them: what a replay starts from. */
export async function writeRecords(records: Records, path: string): Promise<void> {
  await records.copyToParquet(path, { orderBy: 'seq' });
}

/** `rejects.csv`: line, column, reason, text; with several files also which one. */
export async function writeRejects(rejects: Rejects, path: string, files: readonly string[]): Promise<void> {
  const severalFiles = files.length > 1;
  async function* lines(): AsyncGenerator<string> {
    const header = ['line', 'column', 'reason', 'text'];
    yield csvLine(severalFiles ? [...header, 'file'] : header);
    const sql = `SELECT line::DOUBLE, "column", reason, text, file FROM ${rejects} ORDER BY file, line`;
    for await (const chunk of rejects.session.chunks(sql)) {
      for (const row of chunk.getRows() as (string | number | null)[][]) {
        const own = row.slice(0, 4);
        yield csvLine(severalFiles ? [...own, files[row[4] as number]!] : own);
      }
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
}
