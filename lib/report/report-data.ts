import type { Explanation } from '../decisions/explanation.ts';
import type { InputDrift, ScoreHistogram } from '../evaluation/evaluation.ts';
import type { ModelCard } from '../models/card.ts';

/** One dot of the beeswarm: a record's contribution from one source, coloured by where its value lies. */
export interface BeeswarmPoint {
  readonly source: string;
  readonly contribution: number;
  /** Rank of the value among the sample's, 0 (lowest) to 1 (highest); null: a category or missing. */
  readonly valueRank: number | null;
}

export interface RejectCount {
  readonly column: string;
  readonly reason: string;
  readonly count: number;
}

/** What report.html is made of: a model's training, or a scored drop seen against that training. */
export interface ReportData {
  readonly kind: 'training' | 'scoring';
  readonly title: string;
  readonly card: ModelCard;
  readonly beeswarm: readonly BeeswarmPoint[];
  readonly rejects: readonly RejectCount[];
  readonly scoring: ScoringSection | null;
}

export interface ScoringSection {
  readonly received: number;
  readonly scored: number;
  readonly rejected: number;
  readonly flagged: number;
  readonly unexplained: number;
  readonly files: readonly string[];
  /** `positives` counts the flagged, `negatives` the others. */
  readonly scores: ScoreHistogram;
  /** `count`: of all records. `flagged`: of those flagged; absent in a report of a version that counted only these. */
  readonly ruleHits: readonly {
    readonly id: string;
    readonly severity: string;
    readonly count: number;
    readonly flagged?: number;
  }[];
  readonly drift: readonly InputDrift[];
  /** The most urgent first: all, or as many as a page bears. Absent in reports of a version that had `top`. */
  readonly flags?: readonly ReportedFlag[];
  /** The same of an earlier version: some, without facts. */
  readonly top?: readonly Explanation[];
}

export interface ReportedFlag {
  readonly explanation: Explanation;
  /** Null: it has none, or the pack knows none. */
  readonly entity: string | null;
  /** What a person wants to know first of the record, in words. */
  readonly facts: readonly { readonly name: string; readonly text: string }[];
}
