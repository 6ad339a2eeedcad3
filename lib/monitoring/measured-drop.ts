/** What one drop says of the model that scored it: counts, which add up over drops, and a sample of reasons. */
import type { DriftCounts } from '../evaluation/drift-counter.ts';
import type { GroupedScores } from '../evaluation/evaluation.ts';
import type { Reasons } from './model-drift.ts';

export interface MeasuredDrop {
  readonly format: 'assay-measured-drop/1';
  readonly drop: string;
  readonly domain: string;
  readonly model: string;
  /** ISO 8601: when it was scored, and its flags raised. */
  readonly at: string;
  readonly received: number;
  readonly rejected: number;
  readonly scored: number;
  readonly flagged: number;
  /** The share of records not flagged that was put up for blind review. */
  readonly belowTheLine: number;
  /** How many these were; absent in drops of earlier versions. */
  readonly drawn?: number;
  readonly inputs: DriftCounts;
  readonly scores: GroupedScores;
  /** Of the flags with the smallest ids, which are as good as drawn by chance. */
  readonly reasons: readonly Reasons[];
}
