/**
 * A delivered CSV as a table of texts.
 *
 * A file that is plain through and through (UTF-8, one line a record, no padding, nothing odd in its quotes) is read by DuckDB
 * where it lies. Anything else is first written anew, with its line numbers, to the session's folder, in a form that leaves
 * nothing to be interpreted.
 */

import { quotePath, quoteText } from '../engine/session.ts';
import { spaceBytesAt, spaceBytesBefore } from '../packs/surrounding-space.ts';
import { matchHeader } from './header.ts';
import {
  joinedSql,
  type LoadContext,
  type Loaded,
  type LoadedRows,
  newSpool,
  rejectedText,
  spooled,
} from './load.ts';
import { eachField } from './record-fields.ts';
import type { ScannedRecord } from './record-scanner.ts';
import { readCsv } from './spool.ts';
import { type WalkSummary, walkRecords } from './walk-records.ts';

export async function loadCsv(context: LoadContext): Promise<Loaded> {
  const { delivery, pack } = context;
  const { header, source } = delivery;
  const match = matchHeader({ ...delivery, name: source.name }, pack);
  const texts = match.sources.map((positions) => joinedSql(positions.map((position) => `f${position}`)));
  const rows = (await tryAsItLies(context)) ?? (await spoolCsv(context, match.sources.flat()));
  return { ...rows, texts, columns: header, warnings: match.warnings };
}

/** null: the file has to be written anew. */
async function tryAsItLies(context: LoadContext): Promise<LoadedRows | null> {
  const { delivery } = context;
  const { header, dialect, source } = delivery;
  const hasHeader = delivery.hasHeader && delivery.startsWithRecords !== true;
  const skipsLines = (dialect.skipLines ?? 0) > 0;
  if (skipsLines || delivery.extraFields > 0) return null;
  if (source.compression !== 'none' || delivery.encoding !== 'utf-8' || delivery.damage !== 'none')
    return null;
  if (header.length < 2 || quotePath(source.path) !== quoteText(source.path)) return null;
  let isPlain = true;
  let longest = 0;
  let records = 0;
  const firstLine = hasHeader ? 2 : 1;
  const stop = new AbortScan();
  const visit = (record: ScannedRecord, problem: string | null): void => {
    records++;
    if (
      problem !== null ||
      record.hasLooseQuote ||
      record.hasPadding ||
      record.line !== records - 1 + firstLine
    )
      isPlain = false;
    if (record.lines > 1) isPlain = false;
    if (!isPlain) throw stop;
    longest = Math.max(longest, record.end - record.start);
  };
  let summary: WalkSummary;
  try {
    summary = await walkRecords(delivery, visit, context.onDelivered);
  } catch (error) {
    if (error === stop) return null;
    throw error;
  }
  const endings = [summary.lf, summary.crlf, summary.cr].filter((count) => count > 0).length;
  const { counts, hasEndMark } = summary;
  if (hasEndMark || counts.emptyRows + counts.comments > 0) return null;
  if (summary.blankLines > 0 || endings > 1 || summary.cr > 0) return null;
  const table = readCsv(source.path, {
    columns: header.map((_, position) => ({ name: `f${position}`, type: 'VARCHAR' })),
    delimiter: String.fromCharCode(dialect.delimiter),
    quote: '"',
    hasHeader,
    maxRowBytes: longest,
  });
  return { table, line: null, firstLine, received: records, sound: records, remove: null, counts };
}

/** Thrown to leave a scan that has shown what it was to show. */
class AbortScan extends Error {}

async function spoolCsv(context: LoadContext, positions: readonly number[]): Promise<LoadedRows> {
  const { delivery } = context;
  const isWanted = delivery.header.map((_, position) => positions.includes(position));
  const wanted = [...isWanted.keys()].filter((position) => isWanted[position]);
  const spool = newSpool(
    context,
    wanted.map((position) => `f${position}`),
  );
  const { quote } = delivery.dialect;
  let received = 0;
  const visit = (record: ScannedRecord, problem: string | null): void => {
    received++;
    const { bytes, start, end, line } = record;
    if (problem !== null) {
      context.reject(line, problem, rejectedText(record));
      return;
    }
    spool.number(line);
    eachField(bytes, start, end, delivery.dialect, (index, from, to, isQuoted) => {
      if (!isWanted[index]) return;
      let first = from;
      let last = to;
      for (let size = 1; first < last && size > 0; first += size) size = spaceBytesAt(bytes, first, last);
      for (let size = 1; last > first && size > 0; last -= size) size = spaceBytesBefore(bytes, first, last);
      spool.bytes(bytes, first, last, isQuoted ? quote : -1);
    });
    spool.endRow();
  };
  const { counts } = await walkRecords(delivery, visit, context.onDelivered);
  return await spooled(spool, received, counts);
}
