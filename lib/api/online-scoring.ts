/**
 * What the API needs of online scoring: decisions on the records of a request. The engine behind it (features, model, reasons,
 * history) is someone else's; the API knows this and no more.
 */
import type { Explanation, RuleHit } from '../decisions/explanation.ts';
import type { FlagLink } from '../decisions/flag-links.ts';

/** A value as JSON brings it; a number with more digits than a double holds comes as its text. */
export type RecordValue = string | number | boolean | null;
export type InputRecord = Readonly<Record<string, RecordValue>>;

export interface ScoringRequest {
  readonly domain: string;
  readonly records: readonly InputRecord[];
  /** Flagged records are always explained. */
  readonly explain: 'all' | 'flagged';
}

export interface ScoredRecord {
  readonly status: 'scored';
  readonly record_id: string;
  readonly decision_id: string;
  readonly score: number;
  readonly flagged: boolean;
  /** Null where no explanation was asked for. */
  readonly explanation: Explanation | null;
  /** The rules that it meets, flagged or not; the most severe first. */
  readonly rules: readonly RuleHit[];
  readonly entity: string | null;
  /** ISO 8601, or the integer of a pack that counts in steps, as text. */
  readonly time: string | null;
  /** The typed values by column, as JSON can hold them. */
  readonly record: Readonly<Record<string, unknown>>;
  readonly links: readonly FlagLink[];
}

export interface RejectedRecord {
  readonly status: 'rejected';
  readonly column: string | null;
  readonly reason: string;
}

export interface ScoringAnswer {
  /** One for each record, in their order. */
  readonly results: readonly (ScoredRecord | RejectedRecord)[];
  /** The version that scored. */
  readonly model: string;
  readonly threshold: number;
  /** Milliseconds. */
  readonly timings: {
    readonly features: number;
    readonly model: number;
    readonly reasons: number;
    readonly history: number;
  };
}

export interface OnlineScorer {
  score(request: ScoringRequest): Promise<ScoringAnswer>;
}

/** Keeps the decisions of a request, and its records as history, like a small drop. */
export interface OnlineRecorder {
  /** The id of that drop; `by` sent it. The same request again has the same id and changes nothing. */
  record(request: ScoringRequest, answer: ScoringAnswer, by: string): Promise<string>;
}
