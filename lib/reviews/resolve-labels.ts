/**
 * Resolves what everyone says of records to at most one label a record, as of a moment. Sources in the order of their word: the
 * standing review, labels files, the label column of a drop. Within files and drops what was said last counts.
 *
 * There is no default: a record that no one spoke of has no label. A review that was inconclusive means that no one knows: the
 * record has no label, whatever weaker sources say, until someone reviews it again. Sources that contradict each other are
 * reported, not averaged.
 */
import { type Review, standingReview } from './review.ts';

export type LabelSource = 'review' | 'labels_file' | 'drop';

/** What one source says of one record. */
export interface LabelClaim {
  readonly recordId: string;
  /** Null: inconclusive, which only a review can be. */
  readonly label: 0 | 1 | null;
  readonly source: LabelSource;
  /** ISO 8601: when it became known. */
  readonly at: string;
  readonly by: string | null;
  /** Where it is from: the decision reviewed, the file, the drop. */
  readonly from: string;
  /** The chance that the record had of being spoken of; 1 if absent. */
  readonly chance?: number;
}

export interface ResolvedLabel {
  readonly recordId: string;
  readonly label: 0 | 1;
  readonly source: LabelSource;
  readonly at: string;
  readonly from: string;
  /** The largest chance that any of its sources had to speak of it. */
  readonly chance: number;
}

export interface LabelConflict {
  readonly recordId: string;
  /** The claim that counts first; the others say something else. */
  readonly claims: readonly LabelClaim[];
}

export interface ResolvedLabels {
  /** By record id. */
  readonly labels: ReadonlyMap<string, ResolvedLabel>;
  /** Records that an inconclusive review keeps without a label. */
  readonly inconclusive: ReadonlySet<string>;
  readonly conflicts: readonly LabelConflict[];
  readonly bySource: Readonly<Record<LabelSource, number>>;
}

const WORD: Readonly<Record<LabelSource, number>> = { review: 0, labels_file: 1, drop: 2 };

/** The claim of a decision's reviews; null where there is none yet. `chance`: that of the decision to be put up for review. */
export function claimOfReviews(
  recordId: string,
  reviews: readonly Review[],
  asOf: string,
  chance = 1,
): LabelClaim | null {
  const standing = standingReview(reviews, asOf);
  if (standing === null) return null;
  const { verdict, at, by, flag } = standing;
  const label = verdict === 'inconclusive' ? null : verdict === 'true_positive' ? 1 : 0;
  return { recordId, label, source: 'review', at, by, from: flag, chance };
}

/** `claims` of equal source and time count in their order, the later one more. */
export function resolveLabels(claims: Iterable<LabelClaim>, asOf: string): ResolvedLabels {
  const limit = Date.parse(asOf);
  const byRecord = new Map<string, LabelClaim[]>();
  for (const claim of claims) {
    if (Date.parse(claim.at) > limit) continue;
    const known = byRecord.get(claim.recordId);
    if (known === undefined) byRecord.set(claim.recordId, [claim]);
    else known.push(claim);
  }
  const labels = new Map<string, ResolvedLabel>();
  const conflicts: LabelConflict[] = [];
  const bySource = { review: 0, labels_file: 0, drop: 0 };
  const inconclusive = new Set<string>();
  for (const [recordId, own] of byRecord) {
    const ranked = rankClaims(own);
    const { label, source, at, from } = ranked[0]!;
    if (ranked.some((claim) => claim.label !== label)) conflicts.push({ recordId, claims: ranked });
    if (label === null) {
      inconclusive.add(recordId);
      continue;
    }
    const chance = own.reduce((most, claim) => Math.max(most, claim.chance ?? 1), 0);
    labels.set(recordId, { recordId, label, source, at, from, chance });
    bySource[source]++;
  }
  return { labels, inconclusive, conflicts, bySource };
}

/** The strongest first: by source, then the latest, then the one named last. */
function rankClaims(claims: readonly LabelClaim[]): readonly LabelClaim[] {
  if (claims.length === 1) return claims;
  return claims
    .toReversed()
    .toSorted((a, b) => WORD[a.source] - WORD[b.source] || Date.parse(b.at) - Date.parse(a.at));
}
