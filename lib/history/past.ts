/**
 * The past that windows see, as a drop's plan and a request hold it: a few segments, into which a schedule puts what drops left, and
 * the drops since. A segment holds the records of many drops, as few sorted files as one large drop would have; the newest
 * version of each, as far as the drops in it say. What each drop left lies where it was: old decisions are made again from that.
 *
 *     segments/<domain>/<segment>/rows/<key>/<partition>.parquet   as a drop's, with each record's place
 *     segments/<domain>/<segment>/ids/<partition>.parquet          of more than one partition: which ids it has, and their places
 *     segments/<domain>/<segment>/stale.parquet                    records of other pieces that came again in it
 */
import { quoteIdentifier, quoteText } from '../engine/session.ts';
import { WORKING_COLUMNS } from '../packs/own-columns.ts';
import { type HistoryEntry, placeOf } from './history-entry.ts';
import { historyKeys } from './history-keys.ts';

export interface Segment {
  /** The sha256 of its list (`past-list.ts`). */
  readonly segment: string;
  readonly domain: string;
  /** How many. */
  readonly drops: number;
  /** ISO 8601: what read the past later has seen all of them. */
  readonly committedAt: string;
  /** Of its records, as of a drop's. */
  readonly keys: readonly (readonly string[])[];
  readonly partitions: number;
  readonly rows: number;
  /** Records of other pieces that are out of date since: where 0, there is no list. */
  readonly stale: number;
  /** As of an entry. A domain's are either all sealed or none. */
  readonly sealed?: true;
}

export interface Past {
  readonly segments: readonly Segment[];
  readonly recent: readonly HistoryEntry[];
}

/** What one drop left, or a segment. */
export type Piece = HistoryEntry | Segment;

/** The oldest first; what a later one delivers again is out of date in all before it, whichever order they stand in. */
export function piecesOf({ segments, recent }: Past): readonly Piece[] {
  return [...segments, ...recent];
}

export function isSegment(piece: Piece): piece is Segment {
  return 'segment' in piece;
}

export function nameOf(piece: Piece): string {
  return isSegment(piece) ? piece.segment : piece.drop;
}

/** Whether there is nothing for windows to see. */
export function isEmpty({ segments, recent }: Past): boolean {
  return segments.length === 0 && recent.length === 0;
}

/** Where a record of a segment stands among all drops, and the id that was made for a repeat. */
export const PLACE = quoteIdentifier(WORKING_COLUMNS.place);
export const NEW_ID = quoteIdentifier(WORKING_COLUMNS.newId);

/** The drop of a place, as SQL. */
export const dropOfPlace = (place: string): string => `split_part(${place}, ' ', 2)`;

export interface SegmentKeys {
  readonly prefix: string;
  readonly rows: (key: number, partition: number) => string;
  readonly ids: (partition: number) => string;
  readonly stale: string;
}

export function segmentKeys({ domain, segment }: Pick<Segment, 'domain' | 'segment'>): SegmentKeys {
  const prefix = `segments/${domain}/${segment}/`;
  return {
    prefix,
    rows: (key, partition) => `${prefix}rows/${key}/${partition}.parquet`,
    ids: (partition) => `${prefix}ids/${partition}.parquet`,
    stale: `${prefix}stale.parquet`,
  };
}

/** The objects that hold these partitions of a copy. Where there is one partition only, every copy is the first one. */
export function rowObjects(piece: Piece, copy: number, parts: readonly number[]): string[] {
  const at = piece.partitions === 1 ? 0 : copy;
  if (isSegment(piece)) return parts.map((part) => segmentKeys(piece).rows(at, part));
  const keys = historyKeys(piece);
  return parts.flatMap((part) =>
    Array.from({ length: piece.ranges }, (_, range) => keys.rows(at, part, range)),
  );
}

/** The objects that hold the ids of these partitions by id: the records themselves where they are not parted. */
export function idObjects(piece: Piece, parts: readonly number[]): string[] {
  if (piece.partitions === 1) return rowObjects(piece, 0, [0]);
  if (isSegment(piece)) return parts.map((part) => segmentKeys(piece).ids(part));
  const keys = historyKeys(piece);
  return parts.flatMap((part) => Array.from({ length: piece.ranges }, (_, range) => keys.ids(part, range)));
}

/** SQL over fetched `idObjects`: columns place and record_id. */
export function idsSql(piece: Piece, files: string): string {
  const place = isSegment(piece) ? PLACE : quoteText(placeOf(piece));
  return `SELECT ${place} AS place, record_id FROM ${files}`;
}

/** Where the list of what a piece has of others' records lies; null: there is none. */
export function staleObject(piece: Piece): string | null {
  if (piece.stale === 0) return null;
  return isSegment(piece) ? segmentKeys(piece).stale : historyKeys(piece).allStale;
}
