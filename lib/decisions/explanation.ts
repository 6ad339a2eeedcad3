import type { Severity } from '../packs/pack.ts';
import type { Shown } from '../packs/shown-value.ts';

/** What one source (a feature, a category's column, an encoding) did to the score. */
export interface Contribution {
  readonly column: string;
  readonly value: Shown;
  readonly usual: Shown;
  /** In units of the score, nine decimals. */
  readonly contribution: number;
  readonly words: string;
  /** The fact that it speaks of together with others, as the pack calls it. */
  readonly group?: string;
  /** It says where, when or of what kind, not what was done. */
  readonly context?: true;
}

export interface RuleHit {
  readonly id: string;
  readonly severity: Severity;
  readonly words: string;
}

/** What a flag's score lets one expect, by the card. */
export interface Standing {
  /** Enough to act on, or something to look at. */
  readonly tier: 'act' | 'look';
  /** Of held-out records that scored alike, the share that was positive, with its interval. */
  readonly confirmed: number;
  readonly low: number | null;
  readonly high: number | null;
  /** How many such records there were. */
  readonly records: number;
  readonly words: string;
}

/**
 * A line of explanations.jsonl. base + Σ contributions = score, to the last of nine decimals; where the parts did not
 * add up, `unexplained` is there and says by how much: base + Σ contributions + unexplained = score.
 */
export interface Explanation {
  readonly record_id: string;
  readonly score: number;
  readonly threshold: number;
  readonly base: number;
  /** Sorted by size, largest first; all of them. */
  readonly contributions: readonly Contribution[];
  /** Only if the parts did not add up: what of the score they leave open, nine decimals. Absent otherwise. */
  readonly unexplained?: number;
  /** Of an imported model whose files had no covers: contributions average over the training part, not as its library does. */
  readonly covers?: 'training_rows';
  /** Absent where the card says nothing of such scores: it is of an earlier version, or the score lies below its threshold. */
  readonly standing?: Standing;
  readonly rules: readonly RuleHit[];
  readonly model: string;
  readonly pack: string;
  readonly decision_id: string;
}
