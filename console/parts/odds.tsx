/** What a score lets one expect, by the model's card: in tenths, as people count, with its interval. */
import type { z } from 'zod';
import type { Flag } from '../../lib/api/schemas.ts';
import { percent, score } from '../words/format.ts';
import { t } from '../words/words.ts';

type Explanation = NonNullable<z.output<typeof Flag>['explanation']>;

export function Odds({ explanation: { threshold, standing } }: { readonly explanation: Explanation }) {
  const from = t('odds.from', { threshold: score(threshold) });
  if (standing === undefined) return <>{from}</>;
  const { confirmed, low, high } = standing;
  const tenths = Math.round(confirmed * 10);
  const interval =
    low === null || high === null
      ? ''
      : ` (${t('figure.interval', { low: percent(low, 0), high: percent(high, 0) })})`;
  const key = tenths === 0 ? 'odds.few' : tenths === 10 ? 'odds.all' : 'odds.tenths';
  return (
    <>
      {from} {t(key, { tenths, interval })}
    </>
  );
}
