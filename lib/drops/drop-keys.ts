/**
 * The names of a drop's objects in the data bucket. They follow from the drop's id and the piece's number alone, so a piece
 * that is computed twice is written to the same place twice.
 *
 *     work/<drop>/…                 between the stages; expires
 *     work/text/<domain>/<drop>     the delivered text as UTF-8, where the object itself is something else; expires with the object
 *     history/<domain>/<drop>/…     the records by the keys of windows: the past of later drops
 *     records/ decisions/ results/  what the drop leaves for people
 *     monitoring/<domain>/…         what it says of the model
 *     <domain>/<drop>/…             in the audit bucket: the log and its seal
 */
import { type HistoryKeys, historyKeys, historyKeysUnder } from '../history/history-keys.ts';
import type { DropRef } from './flow.ts';

/** Of a window task: the key's number, or `all` where records are not parted. */
export type GroupName = number | 'all';

export interface DropKeys extends HistoryKeys {
  readonly plan: string;
  /** The text as UTF-8, where the object itself is something else. */
  readonly text: string;
  readonly intake: (range: number) => string;
  readonly rejects: (range: number) => string;
  /** Ids that were there before within the drop. */
  readonly repeats: (partition: number) => string;
  /** Records of earlier drops that a later one delivered again. */
  readonly stale: (partition: number) => string;
  readonly windows: (group: GroupName, target: number, partition: number) => string;
  /** Those of a group that one partition is scored by. */
  readonly windowsOf: (group: GroupName, target: number) => string;
  readonly decisions: (partition: number) => string;
  readonly flags: (partition: number) => string;
  readonly hits: (partition: number) => string;
  readonly measures: (partition: number) => string;
  /** What a model that waits for approval would have flagged. */
  readonly shadow: (partition: number) => string;
  /** What monitoring counts. */
  readonly measured: string;
  readonly outcome: string;
  /** What is put before people, by the name of the piece. */
  readonly publish: (chunk: string) => string;
  /** When the drop was sealed first, should that be done again. */
  readonly sealedAt: string;
  readonly audit: string;
  readonly results: string;
  readonly records: string;
  readonly decided: string;
}

export function dropKeys({ id, domain, shadowOf }: Pick<DropRef, 'id' | 'domain' | 'shadowOf'>): DropKeys {
  const work = `work/${id}`;
  // A shadow is no one's past.
  const history =
    shadowOf === undefined ? historyKeys({ drop: id, domain }) : historyKeysUnder(`${work}/history`);
  return {
    ...history,
    plan: `${work}/plan.json`,
    text: `work/text/${domain}/${id}`,
    intake: (range) => `${work}/intake/${range}.json`,
    rejects: (range) => `${work}/rejects/${range}.parquet`,
    repeats: (partition) => `${work}/repeats/${partition}.parquet`,
    stale: (partition) => `${work}/stale/${partition}.parquet`,
    windows: (group, target, partition) => `${work}/windows/${group}/${target}/${partition}.parquet`,
    windowsOf: (group, target) => `${work}/windows/${group}/${target}/`,
    decisions: (partition) => `${work}/decisions/${partition}.parquet`,
    hits: (partition) => `${work}/hits/${partition}.jsonl`,
    flags: (partition) => `${work}/flags/${partition}.jsonl`,
    measures: (partition) => `${work}/measures/${partition}.json`,
    shadow: (partition) => `${work}/shadow/${partition}.json`,
    measured: `monitoring/${domain}/${id}.json`,
    outcome: `${work}/outcome.json`,
    publish: (chunk) => `${work}/publish/${chunk}.jsonl`,
    sealedAt: `${work}/sealed-at`,
    audit: `${domain}/${id}`,
    results: `results/${domain}/${id}`,
    records: `records/${domain}/${id}/records.parquet`,
    decided: `decisions/${domain}/${id}/decisions.parquet`,
  };
}
