/** The files that a drop leaves for people, by name: what a person may fetch, and where it lies. */
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';

interface ResultFile {
  readonly key: string;
  /** The audit bucket holds it: its first version is the one that counts. */
  readonly isProof: boolean;
  /** It holds values of the records, personal ones where the pack marks columns as such. */
  readonly holdsRecords: boolean;
}

export const RESULT_FILES = [
  ...(['summary.json', 'flagged_risks.csv', 'rule_hits.csv', 'explanations.jsonl', 'rejects.csv'] as const),
  ...(['report.html', 'report.json', 'records.parquet', 'decisions.parquet'] as const),
  ...(['audit.jsonl', 'seal.json'] as const),
] as const;
export type ResultFileName = (typeof RESULT_FILES)[number];

const HOLDS_RECORDS: ReadonlySet<ResultFileName> = new Set([
  ...(['flagged_risks.csv', 'rejects.csv', 'records.parquet'] as const),
]);

export function resultFile(drop: Pick<DropRef, 'id' | 'domain'>, name: ResultFileName): ResultFile {
  const keys = dropKeys(drop);
  const holdsRecords = HOLDS_RECORDS.has(name);
  switch (name) {
    case 'records.parquet':
      return { key: keys.records, isProof: false, holdsRecords };
    case 'decisions.parquet':
      return { key: keys.decided, isProof: false, holdsRecords };
    case 'audit.jsonl':
    case 'seal.json':
      return { key: `${keys.audit}/${name}`, isProof: true, holdsRecords };
    default:
      return { key: `${keys.results}/${name}`, isProof: false, holdsRecords };
  }
}
