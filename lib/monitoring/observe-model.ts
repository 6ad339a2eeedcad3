/** Adds up, of the drops that a model scored and what reviewers said of them, everything that a point of its time series is made of. */
import { DriftCounter } from '../evaluation/drift-counter.ts';
import { addScores } from '../evaluation/score-histogram.ts';
import { driftProfiles, type ModelCard } from '../models/card.ts';
import { countedReviews, type Review, standingReview, type Verdict } from '../reviews/review.ts';
import { pairOf } from './agreement.ts';
import type { Portion } from './grouped-share.ts';
import type { MeasuredDrop } from './measured-drop.ts';
import type { Stratum } from './missed-positives.ts';
import type { Observed } from './monitoring-point.ts';
import type { FlagTimes } from './review-time.ts';

/** A review with what it is about. */
export interface SeenReview extends Review {
  readonly why: 'flag' | 'below_the_line' | 'second_opinion';
  readonly drop: string;
  /** ISO 8601. */
  readonly raisedAt: string;
  /** Of the flag: those of an entity have one. Absent: of a blind review, or of an earlier version. */
  readonly caseId?: string;
}

/** All reviews of one decision. */
interface Decision {
  readonly drop: string;
  readonly isFlag: boolean;
  readonly raisedAt: string;
  /** Null: it counts as an entity's only one. */
  readonly caseId: string | null;
  readonly reviews: readonly SeenReview[];
  readonly verdict: Verdict;
}

/** `drops` and `reviews` of one model; reviews of other drops are left out. */
export function observeModel(
  card: Pick<ModelCard, 'profiles' | 'reference'>,
  drops: readonly MeasuredDrop[],
  reviews: readonly SeenReview[],
): Observed {
  const known = new Set(drops.map(({ drop }) => drop));
  const decisions = decisionsOf(reviews.filter(({ drop }) => known.has(drop)));
  const flags = decisions.filter(({ isFlag }) => isFlag);
  const inputs = new DriftCounter(driftProfiles(card));
  const bins = inputs.counts().counts.length;
  // A card of an earlier version had other bins for the same model.
  for (const drop of drops) if (drop.inputs.counts.length === bins) inputs.merge(drop.inputs);
  const sum = (count: (drop: MeasuredDrop) => number) => drops.reduce((all, drop) => all + count(drop), 0);
  const said = (verdict: Verdict) => flags.filter((flag) => flag.verdict === verdict).length;
  return {
    flags: {
      flagged: sum(({ flagged }) => flagged),
      truePositives: said('true_positive'),
      falsePositives: said('false_positive'),
      entities: verdictsByEntity(flags),
    },
    below: strataOf(
      drops,
      decisions.filter(({ isFlag }) => !isFlag),
    ),
    times: drops.flatMap((drop) => timesOf(drop, flags)),
    pairs: flags.flatMap((flag) => pairOf(flag.reviews) ?? []),
    inputs: inputs.counts(),
    scores: addScores(drops.map(({ scores }) => scores)),
    reasons: drops.flatMap(({ reasons }) => reasons),
    received: sum(({ received }) => received),
    rejected: sum(({ rejected }) => rejected),
  };
}

function decisionsOf(reviews: readonly SeenReview[]): Decision[] {
  return [...Map.groupBy(reviews, ({ flag }) => flag).values()].flatMap((own) => {
    const standing = standingReview(own);
    if (standing === null) return [];
    const { drop, raisedAt, why } = own[0]!;
    return {
      drop,
      raisedAt,
      isFlag: why !== 'below_the_line',
      caseId: own.find(({ caseId }) => caseId !== undefined)?.caseId ?? null,
      reviews: countedReviews(own),
      verdict: standing.verdict,
    };
  });
}

/** Of each entity with reviewed flags, how many there are and how many are right. */
function verdictsByEntity(flags: readonly Decision[]): Portion[] {
  const judged = flags.filter(({ verdict }) => verdict !== 'inconclusive');
  const byCase = Map.groupBy(judged, (flag, at) => flag.caseId ?? at);
  return [...byCase.values()].map((own) => ({
    part: own.filter(({ verdict }) => verdict === 'true_positive').length,
    whole: own.length,
  }));
}

/** A stratum for each share that was drawn: within it every record had the same chance. */
function strataOf(drops: readonly MeasuredDrop[], decisions: readonly Decision[]): Stratum[] {
  const byShare = Map.groupBy(drops, ({ belowTheLine }) => belowTheLine);
  return [...byShare].map(([chance, own]) => {
    const ids = new Set(own.map(({ drop }) => drop));
    const seen = decisions.filter(({ drop, verdict }) => ids.has(drop) && verdict !== 'inconclusive');
    return {
      unflagged: own.reduce((all, { scored, flagged }) => all + scored - flagged, 0),
      reviewed: seen.length,
      positives: seen.filter(({ verdict }) => verdict === 'true_positive').length,
      ...(own.every(({ drawn }) => drawn !== undefined) && {
        draw: { chance, drawn: own.reduce((all, { drawn = 0 }) => all + drawn, 0) },
      }),
    };
  });
}

/** A time for each flag of the drop, reviewed or not. */
function timesOf({ drop, at, flagged }: MeasuredDrop, flags: readonly Decision[]): FlagTimes[] {
  const reviewed = flags
    .filter((flag) => flag.drop === drop)
    .map(({ raisedAt, reviews }) => ({
      raisedAt,
      reviewedAt: reviews.map((review) => review.at).reduce((first, time) => (time < first ? time : first)),
    }));
  const waiting = Math.max(0, flagged - reviewed.length);
  return [...reviewed, ...Array.from({ length: waiting }, () => ({ raisedAt: at, reviewedAt: null }))];
}
