/** What became of a labels file, as its sender reads it. */
import type { LabelFault } from './read-labels.ts';

export type LabelsState = 'received' | 'done' | 'failed';

export interface LabelsStatus {
  /** `l-` and 20 hex digits, of bucket, key and version. */
  readonly id: string;
  readonly domain: string;
  readonly state: LabelsState;
  readonly key: string;
  readonly version: string;
  readonly bytes: number;
  /** Who asked for the address that it came by; null: it came another way. */
  readonly by: string | null;
  /** ISO 8601. */
  readonly received_at: string;
  readonly updated_at: string;
  /** Null until it is done. */
  readonly counts: LabelCounts | null;
  /** Everything that is wrong with it, up to a thousand; `fault_count` counts all. Empty unless it failed. */
  readonly faults: readonly LabelFault[];
  readonly fault_count: number;
  /** Why it failed, in words. */
  readonly reason: string | null;
  /** Of an erasable domain: the delivered file is gone, its claims lie under `keyedLabels`, and `key` has a hash in place of its name. */
  readonly keyed?: true;
}

export interface LabelCounts {
  readonly labels: number;
  readonly positive: number;
  readonly negative: number;
}

/** In the bucket of data: a labels file of an erasable domain, written anew with keyed record ids. */
export function keyedLabels({ domain, id }: Pick<LabelsStatus, 'domain' | 'id'>): string {
  return `labels/${domain}/${id}.csv`;
}

/** The id of a labels file, of the drop's that its object would be. */
export function labelsId(drop: string): string {
  return drop.replace(/^d-/, 'l-');
}
