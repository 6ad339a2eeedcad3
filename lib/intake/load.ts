/**
 * From a delivery to a table expression of texts: every structurally sound record a row with its cells as trimmed VARCHAR (NULL if
 * nothing is left), in the order of the file; every other one a row of the rejects. What the three formats have in common.
 */

import type { Session } from '../engine/session.ts';
import type { Pack } from '../packs/pack.ts';
import type { Delivery } from './delivery.ts';
import { textOf } from './record-fields.ts';
import type { ScannedRecord } from './record-scanner.ts';
import type { ShapeCounts } from './shape-counts.ts';
import { Spool, type SpoolColumn } from './spool.ts';

export interface Loaded {
  /** A table expression; its rows are the sound records in the order of the file. */
  readonly table: string;
  /** Per pack column: an SQL expression for its text, or null if the file doesn't hold it. */
  readonly texts: readonly (string | null)[];
  /** Per pack column that is part of a key: SQL that is true where the file holds a fraction. */
  readonly fractions?: readonly (string | null)[];
  /** SQL for a row's line; null: the row's number (from 0) plus `firstLine`. */
  readonly line: string | null;
  readonly firstLine: number;
  readonly received: number;
  readonly sound: number;
  readonly columns: readonly string[];
  readonly warnings: readonly string[];
  /** Removes what the table was read from, where that is nothing that was delivered. */
  readonly remove: (() => Promise<void>) | null;
  readonly counts: ShapeCounts;
}

export interface LoadContext {
  readonly session: Session;
  readonly pack: Pack;
  readonly delivery: Delivery;
  /** Called for every record that is not sound. */
  readonly reject: (line: number, reason: string, text: string) => void;
  readonly onDelivered: (chunk: Uint8Array) => void;
  /** Of a file for rows on their way. */
  readonly spoolName: string;
}

/** What reading the rows shows, apart from the columns. */
export type LoadedRows = Pick<
  Loaded,
  'table' | 'line' | 'firstLine' | 'received' | 'sound' | 'remove' | 'counts'
>;

/** The text of a column that is made of several, a blank between them; null: it has none. */
export function joinedSql(texts: readonly string[]): string | null {
  if (texts.length < 2) return texts[0] ?? null;
  const parts = texts.map((text) => `coalesce(${text}, '')`).join(` || ' ' || `);
  return `nullif(trim(${parts}), '')`;
}

/** Rows of a line number and these cells. */
export function newSpool(context: LoadContext, names: readonly string[]): Spool {
  const cells = names.map((name): SpoolColumn => ({ name, type: 'VARCHAR' }));
  return new Spool(context.session, context.spoolName, [{ name: 'line', type: 'BIGINT' }, ...cells]);
}

export async function spooled(spool: Spool, received: number, counts: ShapeCounts): Promise<LoadedRows> {
  const { sql, remove } = await spool.close();
  return {
    table: sql,
    line: 'line',
    firstLine: 0,
    received,
    sound: spool.rows,
    remove,
    counts,
  };
}

/** The record as it stands in the file; of one that is too long only its beginning. */
export function rejectedText(record: ScannedRecord): string {
  const { bytes, start, end, fault } = record;
  return fault === 'too long'
    ? `${textOf(bytes, start, Math.min(end, start + 1000))}…`
    : textOf(bytes, start, end);
}
