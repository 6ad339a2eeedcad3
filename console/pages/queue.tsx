/** The queue: who, what, how much, when, why and which rule in every row; the score is the last thing read. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { QUEUE_VIEWS } from '../../lib/cases/queue-views.ts';
import { BulkDialog } from '../parts/bulk-dialog.tsx';
import { say } from '../parts/live.tsx';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { Peek } from '../parts/peek.tsx';
import { QueueTable } from '../parts/queue-table.tsx';
import { SavedViews } from '../parts/saved-views.tsx';
import { address, caseHref, go, withQueryOf } from '../state/address.ts';
import { MAX_CASES } from '../state/bulk.ts';
import { type CaseSummary, currentId, listError, listed, loadCases, step } from '../state/case-list.ts';
import { queueQuery } from '../state/first-requests.ts';
import type { Act } from '../state/keys.ts';
import { onKeys } from '../state/listen-keys.ts';
import { may } from '../state/person.ts';
import { picked, takeNext, toggled } from '../state/queue.ts';
import { t } from '../words/words.ts';

const SEVERITIES = ['critical', 'high', 'medium', 'low', 'none'] as const;

export function Queue() {
  const { domain, query } = address.value;
  const filter = queueQuery(address.value);
  const { view } = filter;
  const key = JSON.stringify(filter);
  const search = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (listed.value?.key !== key) void loadCases(filter);
  }, [key]);
  const [isBulk, setBulk] = useState(false);
  useEffect(() => {
    picked.value = new Set();
  }, [key]);
  useEffect(() => onKeys((act) => handle(act, domain!, search.current)), [domain]);
  document.title = `${t('nav.queue')} · Assay`;
  const list = listed.value;
  const shown = list !== null && list.query.domain === domain ? list : null;
  const reload = () => void loadCases(filter);
  return (
    <>
      <div class="head inline">
        <div>
          <h1 tabIndex={-1}>{t('nav.queue')}</h1>
          <p>
            {shown !== null && t('queue.counts', { n: shown.counts.act + shown.counts.look })}{' '}
            {t('queue.order')}
          </p>
        </div>
        {may('review') && (
          <button type="button" class="primary" onClick={() => void takeNext(domain!)}>
            {t('queue.take')} <kbd aria-hidden="true">N</kbd>
          </button>
        )}
      </div>
      <div class="filters">
        <nav class="tabs" aria-label={t('queue.views')}>
          {/* Mentions are rare: the list is there when there are some. */}
          {QUEUE_VIEWS.filter((one) => one !== 'mentioned' || one === view || shown?.counts[one]).map(
            (one) => (
              <a
                key={one}
                href={withQueryOf({ view: one === 'act' ? null : one })}
                aria-current={one === view ? 'true' : undefined}
              >
                {t(`queue.view.${one}`)}
                {shown !== null && <span class="count">{shown.counts[one]}</span>}
              </a>
            ),
          )}
        </nav>
        <form
          class="search"
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            go(withQueryOf({ q: search.current?.value.trim() ?? null }));
          }}
        >
          <label class="vh" for="q">
            {t('queue.search')}
          </label>
          <input
            ref={search}
            id="q"
            type="search"
            defaultValue={filter.q ?? ''}
            placeholder={t('queue.search')}
          />
        </form>
        <SavedViews isReady={shown !== null} />
        <Filter rules={shown?.items ?? []} />
      </div>
      {listError.value !== null && <Failure error={listError.value} what={t('list.failed')} retry={reload} />}
      {shown === null && listError.value === null && <Loading what={t('queue.loading')} lines={12} />}
      {shown !== null && shown.items.length === 0 && (
        <Empty title={t(query.size > 0 ? 'queue.none.filter' : 'queue.none')}>
          <p>
            <a class="button" href={query.size > 0 ? `/${domain}/queue` : `/${domain}/drops`}>
              {t(query.size > 0 ? 'queue.all' : 'queue.see-drops')}
            </a>
          </p>
        </Empty>
      )}
      {picked.value.size > 0 && <Picked open={() => setBulk(true)} />}
      {isBulk && (
        <BulkDialog
          cases={(shown?.items ?? []).filter(({ id }) => picked.value.has(id))}
          close={() => {
            setBulk(false);
            picked.value = new Set();
            reload();
          }}
        />
      )}
      {shown !== null && shown.items.length > 0 && (
        <div class="work has-peek">
          <QueueTable items={shown.items} hasMore={shown.next !== null} />
          <Peek />
        </div>
      )}
    </>
  );
}

function Picked({ open }: { readonly open: () => void }) {
  const { size } = picked.value;
  const isTooMany = size > MAX_CASES;
  return (
    <div class="notice" role="status">
      <p>
        {t('bulk.picked', { n: size })} {isTooMany && t('bulk.limit', { n: MAX_CASES })}
      </p>
      <span class="tools">
        <button
          type="button"
          onClick={() => {
            picked.value = new Set();
          }}
        >
          {t('bulk.clear')}
        </button>
        <button type="button" class="primary" aria-disabled={isTooMany} onClick={() => isTooMany || open()}>
          {t('bulk.open')}…
        </button>
      </span>
    </div>
  );
}

function handle(act: Act, domain: string, search: HTMLInputElement | null): boolean {
  switch (act.kind) {
    case 'next':
    case 'previous': {
      const moved = step(act.kind === 'next' ? 1 : -1);
      const row = document.querySelector('.queue [aria-current=true]');
      row?.scrollIntoView({ block: 'nearest' });
      if (moved) say(currentId.value === null ? '' : (row?.querySelector('a')?.textContent ?? ''));
      return true;
    }
    case 'open':
      if (currentId.value !== null) go(caseHref(domain, currentId.value));
      return true;
    case 'select':
      if (currentId.value !== null && may('review')) picked.value = toggled(picked.value, currentId.value);
      return true;
    case 'take':
      if (may('review')) void takeNext(domain);
      return true;
    case 'search':
      search?.focus();
      return true;
    case 'filter':
      document.getElementById('filter')?.showPopover();
      return true;
    default:
      return false;
  }
}

function Filter({ rules }: { readonly rules: readonly CaseSummary[] }) {
  const { query } = address.value;
  const names = [...new Set([...rules.flatMap((one) => one.rules), ...query.getAll('rule')])].sort();
  const set = query.get('severity') !== null || query.get('rule') !== null;
  const [, redraw] = useState(0);
  return (
    <>
      <button type="button" popoverTarget="filter" aria-pressed={set}>
        {t('queue.filter')} <kbd aria-hidden="true">F</kbd>
      </button>
      <div id="filter" popover="auto" class="menu" onToggle={() => redraw((before) => before + 1)}>
        <div class="field">
          <label for="severity">{t('queue.severity')}</label>
          <select
            id="severity"
            value={query.get('severity') ?? ''}
            onChange={({ currentTarget }) => go(withQueryOf({ severity: currentTarget.value }))}
          >
            <option value="">{t('queue.any')}</option>
            {SEVERITIES.map((one) => (
              <option key={one} value={one}>
                {t(one === 'none' ? 'rule.none' : `severity.${one}`)}
              </option>
            ))}
          </select>
        </div>
        <div class="field">
          <label for="rule">{t('queue.rule')}</label>
          <select
            id="rule"
            value={query.get('rule') ?? ''}
            onChange={({ currentTarget }) => go(withQueryOf({ rule: currentTarget.value }))}
          >
            <option value="">{t('queue.any')}</option>
            {names.map((one) => (
              <option key={one} value={one}>
                {one.replaceAll('_', ' ')}
              </option>
            ))}
          </select>
        </div>
        <button type="button" onClick={() => go(withQueryOf({ severity: null, rule: null, q: null }))}>
          {t('queue.clear')}
        </button>
      </div>
    </>
  );
}
