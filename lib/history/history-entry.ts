/** The past that a drop's windows see: the drops of the domain that were finished when it was planned. */

/** What a finished drop leaves for those after it. Its objects are named by `dropKeys`. */
export interface HistoryEntry {
  readonly drop: string;
  readonly domain: string;
  /** ISO 8601: later entries hold the newer version of a record that was delivered again. */
  readonly settledAt: string;
  /** Records by each of these columns are kept together, … */
  readonly keys: readonly (readonly string[])[];
  /** … in so many partitions, a power of two, … */
  readonly partitions: number;
  /** … in one file for each range of the text. */
  readonly ranges: number;
  readonly rows: number;
  /** Ids met again within the drop, and records of earlier drops that it delivered again: where 0, there is no such object. */
  readonly repeats: number;
  readonly stale: number;
}

/** Oldest first; of the same moment by id. */
export function inOrder(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  return entries.toSorted((a, b) => (isBefore(a, b) ? -1 : 1));
}

type Place = Pick<HistoryEntry, 'settledAt' | 'drop'>;

export function isBefore(one: Place, other: Place): boolean {
  const rank = ({ settledAt, drop }: Place) => `${settledAt} ${drop}`;
  return rank(one) < rank(other);
}

/** The partitions (of `theirs`) that hold what falls into `partition` of `ours`. Both are powers of two. */
export function overlapping(partition: number, ours: number, theirs: number): number[] {
  if (theirs <= ours) return [partition % theirs];
  return Array.from({ length: theirs / ours }, (_, step) => partition + step * ours);
}
