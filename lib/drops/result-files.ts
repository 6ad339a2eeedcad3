/** The files that a drop leaves for people, by name: what a person may fetch, and where it lies. */
import { hasPersonalData, type PersonalData } from '../packs/personal-data.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';

interface ResultFile {
  readonly key: string;
  /** The audit bucket holds it: its first version is the one that counts. */
  readonly isProof: boolean;
}

/** What a file holds of records: any of their columns, no more than which records they are (their id), or nothing. */
type Holding = 'columns' | 'ids' | 'nothing';

export const RESULT_FILES = [
  ...(['summary.json', 'flagged_risks.csv', 'rule_hits.csv', 'explanations.jsonl', 'rejects.csv'] as const),
  ...(['report.html', 'report.json', 'records.parquet', 'decisions.parquet'] as const),
  ...(['audit.jsonl', 'seal.json'] as const),
] as const;
export type ResultFileName = (typeof RESULT_FILES)[number];

/** Sentences quote no personal column: the check of a pack sees to that. */
const HOLDS: Readonly<Record<ResultFileName, Holding>> = {
  'summary.json': 'nothing',
  'flagged_risks.csv': 'columns',
  'rule_hits.csv': 'ids',
  'explanations.jsonl': 'ids',
  'rejects.csv': 'columns',
  'report.html': 'ids',
  'report.json': 'ids',
  'records.parquet': 'columns',
  'decisions.parquet': 'ids',
  'audit.jsonl': 'ids',
  'seal.json': 'nothing',
};

/** Whether the file shows what the API masks. */
export function isPersonalFile(name: ResultFileName, personal: PersonalData): boolean {
  const holds = HOLDS[name];
  return holds === 'columns' ? hasPersonalData(personal) : holds === 'ids' && personal.id;
}

/** Where a result file of a drop lies, and whether in the bucket of proofs (audit) or of data. */
export function resultFile(drop: Pick<DropRef, 'id' | 'domain'>, name: ResultFileName): ResultFile {
  const keys = dropKeys(drop);
  switch (name) {
    case 'records.parquet':
      return { key: keys.records, isProof: false };
    case 'decisions.parquet':
      return { key: keys.decided, isProof: false };
    case 'audit.jsonl':
    case 'seal.json':
      return { key: `${keys.audit}/${name}`, isProof: true };
    default:
      return { key: `${keys.results}/${name}`, isProof: false };
  }
}
