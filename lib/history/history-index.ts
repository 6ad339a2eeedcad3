/** Where a compaction finds what it may put together, and where it says what it did: all of it at once, or nothing. */
import type { HistoryEntry } from './history-entry.ts';
import type { Past, Segment } from './past.ts';

export interface IndexedPast extends Past {
  /** 0: nothing was ever compacted, and there is no index. */
  readonly version: number;
}

export interface CompactedHistory {
  /** That the compaction began with. */
  readonly version: number;
  readonly segments: readonly Segment[];
  /** Entries that a segment holds now: at most MAX_TAKEN. */
  readonly taken: readonly HistoryEntry[];
  readonly replaced: readonly Segment[];
  /** ISO 8601. */
  readonly at: string;
}

/** Entries that one transaction takes, beside the index and what it replaces. */
export const MAX_TAKEN = 80;

export interface HistoryIndex {
  /** The past as it is indexed; of a domain without an index, one that holds all of its entries is begun. */
  begin(domain: string): Promise<IndexedPast>;
  /** False: another compaction was faster, and nothing is changed. */
  commit(domain: string, done: CompactedHistory): Promise<boolean>;
  /** Segments that no plan can name any more: replaced before a moment (ISO 8601). */
  replacedBefore(domain: string, before: string): Promise<readonly Segment[]>;
  /** The objects of a replaced segment are gone. */
  forget(domain: string, segment: Segment): Promise<void>;
}
