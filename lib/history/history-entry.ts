/** What a finished drop leaves for those after it. */

export interface HistoryEntry {
  readonly drop: string;
  readonly domain: string;
  /** ISO 8601: later entries hold the newer version of a record that was delivered again. */
  readonly settledAt: string;
  /** ISO 8601: who read the past before that did not see it. Absent: an earlier version did not note it. */
  readonly finishedAt?: string;
  /** Records by each of these columns are stored together, … */
  readonly keys: readonly (readonly string[])[];
  /** … in so many partitions, a power of two, … */
  readonly partitions: number;
  /** … in one file for each range of the text. */
  readonly ranges: number;
  readonly rows: number;
  /** Ids met again within the drop, and records of earlier drops that it delivered again: where 0, there is no such object. */
  readonly repeats: number;
  readonly stale: number;
  /** Whether its records are sealed under the keys of their subjects; absent: they are stored as they were delivered. */
  readonly sealed?: true;
}

/** Oldest first; of the same moment by id. */
export function inOrder(entries: readonly HistoryEntry[]): readonly HistoryEntry[] {
  return entries.toSorted((a, b) => (placeOf(a) < placeOf(b) ? -1 : 1));
}

type Place = Pick<HistoryEntry, 'settledAt' | 'drop'>;

/** Sorts as drops are ordered. */
export function placeOf({ settledAt, drop }: Place): string {
  return `${settledAt} ${drop}`;
}

/** The partitions (of `theirs`) that hold what falls into `partition` of `ours`. Both are powers of two. */
export function overlapping(partition: number, ours: number, theirs: number): number[] {
  if (theirs <= ours) return [partition % theirs];
  return Array.from({ length: theirs / ours }, (_, step) => partition + step * ours);
}
