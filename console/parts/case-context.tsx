/** Around a flag: what would change it, its values beside what is usual, the entity's past, and who else used the same other side. */
import { get } from '../api/client.ts';
import type { Context } from '../state/case-context.ts';
import type { CaseDetail } from '../state/case-list.ts';
import { nameOf } from '../state/pack-texts.ts';
import { useLoad } from '../state/use-load.ts';
import { percent, score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { CaseRelated } from './case-related.tsx';
import { CaseTimeline } from './case-timeline.tsx';
import { Failure, Loading } from './notice.tsx';

const MOST = 0.99;

export function CaseContext({ detail, flag }: { readonly detail: CaseDetail; readonly flag: string }) {
  const { value, error, reload } = useLoad(`context ${detail.id} ${flag} ${detail.version}`, (signal) =>
    get<Context>(`/v1/cases/${detail.id}/context`, { flag }, signal),
  );
  if (error !== null) return <Failure error={error} what={t('context.failed')} retry={reload} />;
  if (value === null) return <Loading what={t('context.loading')} lines={4} />;
  return (
    <>
      <Change context={value} threshold={detail.threshold} />
      <Compared context={value} />
      <CaseTimeline context={value} caseId={detail.id} current={flag} threshold={detail.threshold} />
      <CaseRelated context={value} entity={detail.entity ?? detail.top_flag.record_id} />
    </>
  );
}

function Change({ context, threshold }: { readonly context: Context; readonly threshold: number }) {
  const { smallest_change: change, flagged_by_rule } = context;
  const isFound = change.found === 'change' && change.score !== undefined;
  return (
    <section class="section" aria-labelledby="change">
      <header>
        <h2 id="change">{t('change.title')}</h2>
        <p>
          {isFound
            ? t('change.says', { score: score(change.score!), threshold: score(threshold) })
            : t(`change.${change.found === 'change' ? 'not_known' : change.found}`)}
        </p>
      </header>
      {isFound && (
        <ul class="changes">
          {(change.changes ?? []).map(({ column, words, instead_of }) => (
            <li key={column}>
              <b>{words}</b>
              <span class="muted small">{t('change.instead', { now: instead_of })}</span>
            </li>
          ))}
        </ul>
      )}
      {flagged_by_rule === true && <p class="muted small spaced">{t('change.rule')}</p>}
    </section>
  );
}

/** No record is higher than all: the share is by bins. */
function shareOf(share: number): string {
  return share > MOST ? `> ${percent(MOST, 0)}` : percent(share, 0);
}

function Compared({ context: { compared } }: { readonly context: Context }) {
  if (compared.length === 0) return null;
  return (
    <section class="section" aria-labelledby="compared">
      <header>
        <h2 id="compared">{t('compared.title')}</h2>
        <p>{t('compared.says')}</p>
      </header>
      <table class="stack">
        <caption class="vh">{t('compared.title')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('compared.what')}</th>
            <th scope="col" class="num">
              {t('compared.here')}
            </th>
            <th scope="col" class="num">
              {t('compared.usual')}
            </th>
            <th scope="col" class="num">
              {t('compared.median')}
            </th>
            <th scope="col" class="num">
              {t('compared.higher')}
            </th>
          </tr>
        </thead>
        <tbody>
          {compared.map(({ column, value, usual, median, higher_than }) => (
            <tr key={column}>
              <th scope="row">{nameOf('features', column)}</th>
              <td class="num strong" data-l={t('compared.here')}>
                {value}
              </td>
              <td class="num" data-l={t('compared.usual')}>
                {usual ?? '–'}
              </td>
              <td class="num" data-l={t('compared.median')}>
                {median ?? '–'}
              </td>
              <td class="num" data-l={t('compared.higher')}>
                {higher_than === null ? '–' : shareOf(higher_than)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
