/**
 * Reads one range of a delivered text as the whole would be: tables of its records (line, record_id, record_hash and every column of
 * the pack, typed) and rejects, with the lines of the whole file. Which ids were there before is not known here; no one has seen the
 * other ranges yet.
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import type { Pack } from '../packs/pack.ts';
import type { Delivery } from './delivery.ts';
import type { Doubt } from './doubt.ts';
import type { Rates } from './rates.ts';
import type { RangeRecords, RejectEntities, Rejects } from './records.ts';
import { createRejectEntities, createRejects, openRejectSpool } from './rejects.ts';
import { stageDelivery } from './stage-delivery.ts';
import { stagedValue } from './staging.ts';

export interface RangeResult {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly columns: readonly string[];
  readonly warnings: readonly string[];
  readonly doubts: readonly Doubt[];
}

export interface ReadRange {
  readonly result: RangeResult;
  readonly records: RangeRecords;
  readonly rejects: Rejects;
  /** Where they were asked for. */
  readonly rejectEntities?: RejectEntities;
}

export interface RangeOptions {
  /** Of exchange; null: nothing is converted. */
  readonly rates?: Rates | null;
  /** Whether to say whose the rejected lines are. */
  readonly rejectEntities?: boolean;
}

/** `whole.source` is a file that holds the range alone, which begins on line `firstLine` of the whole. */
export async function readRange(
  session: Session,
  pack: Pack,
  whole: Delivery,
  firstLine: number,
  { rates = null, rejectEntities: wantsEntities = false }: RangeOptions = {},
): Promise<ReadRange> {
  // The header, and what stands before it, is in no range but the only one of a text without records.
  const rest: Delivery = { ...whole, dialect: { ...whole.dialect, skipLines: 0 }, startsWithRecords: true };
  const delivery = firstLine === 1 ? whole : rest;
  const structural = openRejectSpool(session);
  const input = { file: 0, delivery, isHistory: false, structural, onDelivered: () => {}, rates };
  const staged = await stageDelivery(session, pack, input);
  const withRejects = staged.accepted < staged.loaded.sound ? [staged] : [];
  const rejects = await createRejects(session, pack, structural, withRejects);
  const before = firstLine - 1;
  const rejectEntities = wantsEntities ? await createRejectEntities(session, pack, [staged]) : null;
  if (before > 0)
    for (const table of [rejects, ...(rejectEntities === null ? [] : [rejectEntities])])
      await session.run(`UPDATE ${table} SET line = line + ${before}`);
  const values = pack.columns.map((column, at) => `${stagedValue(at)} AS ${quoteIdentifier(column.name)}`);
  const records: RangeRecords = await createTable(
    session,
    'range_records',
    `SELECT (${staged.line} + ${before})::BIGINT AS line, record_id, record_hash, ` +
      `${values.join(', ')} FROM ${staged.table} WHERE reason IS NULL`,
  );
  await staged.table.drop();
  const accepted = await records.count();
  const rejected = await rejects.count();
  const { received, columns, warnings } = staged.loaded;
  if (received !== accepted + rejected) {
    throw new Error(`${received} records received, but ${accepted} accepted and ${rejected} rejected`);
  }
  const result = { received, accepted, rejected, columns, warnings, doubts: staged.doubts };
  return { result, records, rejects, ...(rejectEntities !== null && { rejectEntities }) };
}
