/**
 * Cuts a delivered text between records into pieces that can be read apart: byte ranges of its text (as UTF-8, without a byte order
 * mark), each with the line that it begins on. Where a record begins can't be distinguished from the middle of a text (a line end
 * may stand inside quotes), so the text is scanned once, from its beginning.
 *
 * Every range, read alone, gives the records that the whole gives. After a record whose quotes don't work out there is no
 * cut for as long as the scanner may have looked ahead from it: cut off earlier, it would give another reason.
 */
import type { Delivery } from './delivery.ts';
import type { ScannedRecord } from './record-scanner.ts';
import { NO_COUNTS, type ShapeCounts } from './shape-counts.ts';
import { walkRecords } from './walk-records.ts';

export interface TextRange {
  /** Bytes of the text; null: to its end. */
  readonly from: number;
  readonly to: number | null;
  /** Physical line of its first byte, counted from 1. */
  readonly line: number;
}

export interface CutText {
  readonly ranges: readonly TextRange[];
  /** Sound or not. */
  readonly records: number;
  /** Lines that hold no record. */
  readonly shape: ShapeCounts;
}

/** At least one range, of about `rangeBytes` each. Of Parquet there is always one. */
export async function cutRanges(delivery: Delivery, rangeBytes: number): Promise<CutText> {
  const ranges: { from: number; to: number | null; line: number }[] = [];
  const { maxRecordBytes } = delivery.dialect;
  let records = 0;
  let noCutBefore = 0;
  const visit = (record: ScannedRecord): void => {
    records++;
    const { offset, line, fault } = record;
    const last = ranges.at(-1);
    if (last === undefined) ranges.push({ from: offset, to: null, line });
    else if (offset - last.from >= rangeBytes && offset >= noCutBefore) {
      last.to = offset;
      ranges.push({ from: offset, to: null, line });
    }
    if (fault !== null) noCutBefore = offset + 2 * maxRecordBytes;
  };
  if (delivery.format === 'parquet')
    return { ranges: [{ from: 0, to: null, line: 1 }], records: 0, shape: NO_COUNTS };
  const { counts } = await walkRecords(delivery, visit);
  return { ranges: ranges.length > 0 ? ranges : [{ from: 0, to: null, line: 1 }], records, shape: counts };
}
