/** What verdicts came to, by reason and by rule: which rules raise flags in vain, and why. Of each flag the verdict that counts. */
import { countedReviews, type Review, type Verdict } from './review.ts';

export interface CountableReview extends Review {
  /** Ids of the rules that the record met; absent: stored before they were. */
  readonly rules?: readonly string[];
}

export interface ReasonCount {
  readonly verdict: Verdict;
  /** Null: the reason was written. */
  readonly reasonCode: string | null;
  readonly count: number;
}

export interface RuleCount {
  /** Null: the model alone flagged it. */
  readonly rule: string | null;
  readonly counts: Readonly<Record<Verdict, number>>;
  /** Of its false positives, by reason. */
  readonly reasons: readonly { readonly reasonCode: string | null; readonly count: number }[];
}

export interface ReviewCounts {
  readonly flags: number;
  readonly reasons: readonly ReasonCount[];
  /** The most false positives first. A flag counts under each rule that it met. */
  readonly rules: readonly RuleCount[];
  /** Flags of which the rules were not stored with the verdict. */
  readonly withoutRules: number;
}

export function countReviews(reviews: readonly CountableReview[]): ReviewCounts {
  const open = countedReviews(reviews.filter(({ kind }) => kind === 'open'));
  const last = [...Map.groupBy(open, ({ flag }) => flag).values()].map((own) =>
    own.reduce((best, one) => (one.version > best.version ? one : best)),
  );
  const known = last.filter(({ rules }) => rules !== undefined);
  const byRule = Map.groupBy(
    known.flatMap((review) =>
      (review.rules!.length === 0 ? [null] : review.rules!).map((rule) => ({ rule, review })),
    ),
    ({ rule }) => rule,
  );
  return {
    flags: last.length,
    reasons: countReasons(last),
    rules: [...byRule]
      .map(([rule, own]) =>
        countRule(
          rule,
          own.map(({ review }) => review),
        ),
      )
      .sort((a, b) => b.counts.false_positive - a.counts.false_positive || compareRules(a, b)),
    withoutRules: last.length - known.length,
  };
}

function countRule(rule: string | null, reviews: readonly Review[]): RuleCount {
  const of = (verdict: Verdict) => reviews.filter((one) => one.verdict === verdict);
  return {
    rule,
    counts: {
      true_positive: of('true_positive').length,
      false_positive: of('false_positive').length,
      inconclusive: of('inconclusive').length,
    },
    reasons: countReasons(of('false_positive')).map(({ reasonCode, count }) => ({ reasonCode, count })),
  };
}

/** The most frequent first. */
function countReasons(reviews: readonly Review[]): ReasonCount[] {
  const groups = Map.groupBy(reviews, ({ verdict, reasonCode }) =>
    JSON.stringify([verdict, reasonCode ?? null]),
  );
  return [...groups]
    .map(([key, own]) => {
      const [verdict, reasonCode] = JSON.parse(key) as [Verdict, string | null];
      return { verdict, reasonCode, count: own.length };
    })
    .sort(
      (a, b) =>
        b.count - a.count || (`${a.verdict} ${a.reasonCode}` < `${b.verdict} ${b.reasonCode}` ? -1 : 1),
    );
}

function compareRules({ rule: one }: RuleCount, { rule: other }: RuleCount): number {
  return (one ?? '') < (other ?? '') ? -1 : 1;
}
