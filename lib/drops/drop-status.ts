/** How far a drop has come, as those who wait for it read it. */
export type DropState = 'received' | 'planned' | 'reading' | 'scoring' | 'finishing' | 'done' | 'failed';

export interface DropStatus {
  readonly id: string;
  readonly domain: string;
  readonly state: DropState;
  readonly key: string;
  readonly version: string;
  readonly bytes: number;
  /** ISO 8601. */
  readonly receivedAt: string;
  readonly updatedAt: string;
  readonly attempt: number;
  /** Who sent it by the API; null: it came another way. */
  readonly by: string | null;
  readonly model: string | null;
  /** Parts scored, of how many: null until it is planned. */
  readonly progress: { readonly scored: number; readonly of: number } | null;
  /** Null until it is done, or failed with all records rejected. */
  readonly summary: DropSummary | null;
  /** What was odd about the file and stood in no one's way: columns that are not there, an encoding that was guessed, … */
  readonly warnings: readonly string[];
  /** Why it failed, in words for the one who sent it. */
  readonly reason: string | null;
  /** Where the results are, as a prefix in the data bucket: also of a drop that failed with all records rejected. */
  readonly results: string | null;
  /** Why it is not started: people stopped its domain, or the model that serves it. */
  readonly waiting: 'stopped' | null;
  /** Where records are erasable: the key of the object, and why it failed in words that may quote it, sealed under the drop's key. */
  readonly sealed?: { readonly key: string; readonly words: string | null };
}

export interface DropSummary {
  readonly received: number;
  readonly scored: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly unexplained: number;
}
