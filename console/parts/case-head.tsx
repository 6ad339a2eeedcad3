/** The head of a case: where in the list it is, what happened in one line, the rules before all, and the score last. */

import { address, caseHref } from '../state/address.ts';
import { type CaseDetail, currentAt, listed } from '../state/case-list.ts';
import type { Query } from '../state/first-requests.ts';
import { nameOf } from '../state/pack-texts.ts';
import { queueHref } from '../state/queue.ts';
import { score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { RuleChip } from './chip.tsx';
import { asUtc, type Fact, headOf, titleOf } from './facts.ts';
import { Odds } from './odds.tsx';
import { Time } from './time.tsx';

export type CaseFlag = CaseDetail['flag_list'][number];

export function CaseSteps({ detail }: { readonly detail: CaseDetail }) {
  const domain = address.value.domain!;
  const items = listed.value?.items ?? [];
  const at = currentAt.value;
  const [before, after] = [items[at - 1], items[at + 1]];
  const view = listed.value?.query.view;
  const counted =
    view === 'act' || view === 'look' || view === 'mine' ? (listed.value?.counts[view] ?? 0) : 0;
  const total = isFiltered(listed.value?.query) ? items.length : Math.max(items.length, counted);
  return (
    <nav class="crumbs" aria-label={t('case.position')}>
      <a href={queueHref(domain)}>{t('nav.queue')}</a>
      <span>
        <bdi>{detail.entity ?? detail.top_flag.record_id}</bdi>
      </span>
      {at >= 0 && (
        <span class="step">
          {before !== undefined && (
            <a class="button" href={caseHref(domain, before.id)}>
              <span class="vh">{t('case.previous')}</span>
              <span aria-hidden="true">
                ← <kbd>K</kbd>
              </span>
            </a>
          )}
          <span class="muted" aria-live="polite">
            {t('case.of', { at: at + 1, of: total })}
          </span>
          {after !== undefined && (
            <a class="button" href={caseHref(domain, after.id)}>
              <span class="vh">{t('case.next')}</span>
              <span aria-hidden="true">
                <kbd>J</kbd> →
              </span>
            </a>
          )}
        </span>
      )}
    </nav>
  );
}

function isFiltered(query: Query = {}): boolean {
  return Boolean(query.severity || query.rule || query.q);
}

/** The columns that the pack wants seen first, of this flag's own record, and the currency of its amounts. */
export function factsOf({ top_flag }: CaseDetail, flag: CaseFlag): Fact[] {
  const record = flag.record as Readonly<Record<string, Fact['value']>> | null;
  if (record === null) return [...top_flag.facts];
  const columns = top_flag.facts.map(({ column }) => column);
  const currency = Object.keys(record).filter(
    (column) => /currency/i.test(column) && !columns.includes(column),
  );
  return [...columns, ...currency].map((column) => ({ column, value: record[column] ?? null }));
}

export function CaseHead({ detail, flag }: { readonly detail: CaseDetail; readonly flag: CaseFlag }) {
  const facts = factsOf(detail, flag);
  const { rest } = headOf(facts);
  const rules = flag.explanation?.rules ?? [];
  return (
    <header class="casehead">
      <div>
        <h1 tabIndex={-1}>
          <bdi>{titleOf(facts, flag.record_id)}</bdi>
        </h1>
        <p class="fact">
          {detail.entity !== null && (
            <span>
              {t('queue.case')}{' '}
              <b class="code">
                <bdi>{detail.entity}</bdi>
              </b>
            </span>
          )}
          {flag.time !== null && (
            <span>
              <b>
                <Time at={asUtc(flag.time)} />
              </b>
            </span>
          )}
          {rest.slice(1).map((one) => (
            <span key={one}>
              <bdi>{one}</bdi>
            </span>
          ))}
          <span>
            {t('record')}{' '}
            <b class="code">
              <bdi>{flag.record_id}</bdi>
            </b>
          </span>
        </p>
        {rules.length === 0 && (
          <p class="chips">
            <RuleChip severity={null} name="" /> <span class="muted">{t('rule.model-only')}</span>
          </p>
        )}
        {rules.map(({ id, severity, words }) => (
          <p key={id} class="chips">
            <RuleChip severity={severity} name={nameOf('rules', id)} withWord />
            <span>{nameOf('rules_say', id, words)}</span>
          </p>
        ))}
      </div>
      <div class="score">
        <b>{score(flag.score)}</b>
        <p class="small muted odds">
          {flag.explanation === null ? (
            t('odds.from', { threshold: score(flag.threshold) })
          ) : (
            <Odds explanation={flag.explanation} />
          )}
        </p>
      </div>
    </header>
  );
}
