/** Which rules raise flags in vain, and why: verdicts by rule, and false positives by reason. */
import type { z } from 'zod';
import type { ReviewRules } from '../../lib/api/case-schemas.ts';
import type { ReviewCounts as CountsSchema } from '../../lib/api/review-schemas.ts';
import { get } from '../api/client.ts';
import { nameOf } from '../state/pack-texts.ts';
import { useLoad } from '../state/use-load.ts';
import { number, percent } from '../words/format.ts';
import { t } from '../words/words.ts';
import { Failure } from './notice.tsx';

type Counts = z.output<typeof CountsSchema>;
type Reasons = z.output<typeof ReviewRules>['reasons'];

export function ReviewCounts({ domain, from }: { readonly domain: string; readonly from: string }) {
  const { value, error, reload } = useLoad(`review counts ${domain} ${from}`, async (signal) => {
    const [counts, rules] = await Promise.all([
      get<Counts>('/v1/review-counts', { domain, from }, signal),
      get<z.output<typeof ReviewRules>>('/v1/review-rules', { domain }, signal),
    ]);
    return { counts, reasons: rules.reasons };
  });
  if (error !== null) return <Failure error={error} what={t('list.failed')} retry={reload} />;
  if (value === null) return null;
  const { counts, reasons } = value;
  const nameOfReason = (code: string | null) => reasonWords(reasons, code);
  return (
    <section class="section" aria-labelledby="counts">
      <header>
        <h2 id="counts">{t('counts.title')}</h2>
        <p>{t('counts.says', { n: counts.flags })}</p>
      </header>
      {counts.flags > 0 && <ByRule counts={counts} say={nameOfReason} />}
      {counts.flags > 0 && <ByReason counts={counts} say={nameOfReason} />}
      {counts.without_rules > 0 && (
        <p class="muted small">{t('counts.without', { n: counts.without_rules })}</p>
      )}
    </section>
  );
}

function reasonWords(reasons: Reasons, code: string | null): string {
  if (code === null) return t('counts.written');
  const listed = Object.values(reasons)
    .flat()
    .find((one) => one.code === code);
  return nameOf('reasons', code, listed?.words);
}

interface Part {
  readonly counts: Counts;
  readonly say: (code: string | null) => string;
}

function ByRule({ counts, say }: Part) {
  return (
    <table class="stack">
      <caption class="vh">{t('counts.by-rule')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('queue.rule')}</th>
          <th scope="col" class="num">
            {t('status.true_positive')}
          </th>
          <th scope="col" class="num">
            {t('status.false_positive')}
          </th>
          <th scope="col" class="num">
            {t('status.inconclusive')}
          </th>
          <th scope="col" class="num">
            {t('counts.share')}
          </th>
          <th scope="col">{t('counts.mostly')}</th>
        </tr>
      </thead>
      <tbody>
        {counts.rules.map(({ rule, true_positive, false_positive, inconclusive, reasons: [top] }) => (
          <tr key={rule}>
            <th scope="row">{rule === null ? t('rule.none') : nameOf('rules', rule)}</th>
            <td class="num" data-l={t('status.true_positive')}>
              {number(true_positive)}
            </td>
            <td class="num strong" data-l={t('status.false_positive')}>
              {number(false_positive)}
            </td>
            <td class="num" data-l={t('status.inconclusive')}>
              {number(inconclusive)}
            </td>
            <td class="num" data-l={t('counts.share')}>
              {percent(false_positive / (true_positive + false_positive + inconclusive), 0)}
            </td>
            <td data-l={t('counts.mostly')}>
              {top === undefined ? '–' : `${say(top.reason_code)} (${number(top.count)})`}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function ByReason({ counts, say }: Part) {
  return (
    <table class="stack spaced">
      <caption class="vh">{t('counts.by-reason')}</caption>
      <thead>
        <tr>
          <th scope="col">{t('reason')}</th>
          <th scope="col">{t('verdict')}</th>
          <th scope="col" class="num">
            {t('queue.flags')}
          </th>
        </tr>
      </thead>
      <tbody>
        {counts.reasons.map(({ verdict, reason_code, count }) => (
          <tr key={`${verdict} ${reason_code}`}>
            <th scope="row">{say(reason_code)}</th>
            <td data-l={t('verdict')}>{t(`status.${verdict}`)}</td>
            <td class="num strong" data-l={t('queue.flags')}>
              {number(count)}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
