/** What answers for counts of verdicts by reason and rule. */

import { DAY_MS, dayOf } from '../days.ts';
import { type CountableReview, countReviews } from '../reviews/count-reviews.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';

export interface ReviewCountServices {
  readonly reviewedSince: (domain: string, from: string) => Promise<readonly CountableReview[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const USUAL_DAYS = 90;
const MAX_DAYS = 400;

export function reviewCountHandlers(services: ReviewCountServices): Required<Pick<Handlers, 'countReviews'>> {
  return { countReviews: (call) => count(services, call) };
}

async function count(
  { reviewedSince, now }: ReviewCountServices,
  { query: { domain, ...asked } }: Call<'countReviews'>,
): Promise<Reply<'countReviews'>> {
  const daysAgo = (days: number): string => dayOf(now() - days * DAY_MS);
  // The answer says from when it counts.
  const earliest = daysAgo(MAX_DAYS);
  const from = asked.from === undefined ? daysAgo(USUAL_DAYS) : asked.from < earliest ? earliest : asked.from;
  const { flags, reasons, rules, withoutRules } = countReviews(await reviewedSince(domain, from));
  return {
    body: {
      ...{ domain, from, flags },
      reasons: reasons.map(({ verdict, reasonCode, count: n }) => ({
        verdict,
        reason_code: reasonCode,
        count: n,
      })),
      rules: rules.map(({ rule, counts, reasons: own }) => ({
        rule,
        ...counts,
        reasons: own.map(({ reasonCode, count: n }) => ({ reason_code: reasonCode, count: n })),
      })),
      without_rules: withoutRules,
    },
  };
}
