/** Rows of the queue. Wide, all are of one height, and only those in sight are there: 100,000 cases scroll like ten. */
import { useComputed } from '@preact/signals';
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { address, caseHref } from '../state/address.ts';
import { type CaseSummary, currentId, loadMore } from '../state/case-list.ts';
import { nameOf } from '../state/pack-texts.ts';
import { initials, may } from '../state/person.ts';
import { picked, toggled } from '../state/queue.ts';
import { hoursLeft, number, score, signed } from '../words/format.ts';
import { t } from '../words/words.ts';
import { RuleChip } from './chip.tsx';
import { asUtc, headOf } from './facts.ts';
import { Time } from './time.tsx';

const ROW_PX = 45;
const BEYOND = 12;

export function QueueTable({
  items,
  hasMore,
}: {
  readonly items: readonly CaseSummary[];
  readonly hasMore: boolean;
}) {
  const body = useRef<HTMLTableSectionElement>(null);
  const { first, last, isFlat } = useWindow(body, items.length);
  useEffect(() => {
    if (hasMore && last > items.length - 30) void loadMore();
  }, [last, hasMore, items.length]);
  const [above, below] = isFlat ? [first, Math.max(0, items.length - last)] : [0, 0];
  const shown = isFlat ? items.slice(first, last) : items;
  return (
    <div>
      <table class="queue" aria-rowcount={hasMore ? -1 : items.length + 1}>
        <caption class="vh">{t('queue.caption')}</caption>
        <thead>
          <tr>
            <th scope="col" class="pick">
              <span class="vh">{t('bulk.pick')}</span>
            </th>
            <th scope="col" class="c-who">
              {t('queue.case')}
            </th>
            <th scope="col" class="c-what">
              {t('record')}
            </th>
            <th scope="col" class="c-why">
              {t('why')}
            </th>
            <th scope="col" class="c-rule">
              {t('queue.rule')}
            </th>
            <th scope="col" class="c-score">
              {t('score')}
            </th>
            <th scope="col" class="c-flags num">
              {t('queue.flags')}
            </th>
            <th scope="col" class="c-due">
              {t('queue.due')}
            </th>
          </tr>
        </thead>
        <tbody ref={body}>
          <Spacer rows={above} />
          {shown.map((one, at) => (
            <Row key={one.id} one={one} index={above + at + 2} />
          ))}
          <Spacer rows={below} />
        </tbody>
      </table>
      {hasMore && (
        <p class="foot">
          <button type="button" onClick={() => void loadMore()}>
            {t('queue.more')}
          </button>
        </p>
      )}
    </div>
  );
}

function Spacer({ rows }: { readonly rows: number }) {
  const row = useRef<HTMLTableRowElement>(null);
  // By property: the page's policy allows no style attribute in markup.
  useLayoutEffect(() => {
    if (row.current !== null) row.current.style.height = `${rows * ROW_PX}px`;
  }, [rows]);
  return rows === 0 ? null : (
    <tr ref={row} class="spacer" aria-hidden="true">
      <td colSpan={8} />
    </tr>
  );
}

/** Which rows are in sight; where rows differ in height, all of them. */
function useWindow(body: RefObject<HTMLTableSectionElement | null>, count: number) {
  const [span, setSpan] = useState({ first: 0, last: 40, isFlat: true });
  useEffect(() => {
    const narrow = matchMedia('(max-width: 799px)');
    const look = () => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const first = Math.max(0, Math.floor(-top / ROW_PX) - BEYOND);
      const last = Math.min(count, first + Math.ceil(innerHeight / ROW_PX) + 2 * BEYOND);
      setSpan((before) =>
        before.first === first && before.last === last && before.isFlat === !narrow.matches
          ? before
          : { first, last, isFlat: !narrow.matches },
      );
    };
    look();
    addEventListener('scroll', look, { passive: true });
    addEventListener('resize', look);
    return () => {
      removeEventListener('scroll', look);
      removeEventListener('resize', look);
    };
  }, [count]);
  return span;
}

function Row({ one, index }: { readonly one: CaseSummary; readonly index: number }) {
  const { domain } = address.value;
  const { top_flag: top, flags, severity } = one;
  const { amount, rest } = headOf(top.facts);
  // Of its own each: a key that moves on draws the two rows concerned, not all.
  const isCurrent = useComputed(() => currentId.value === one.id);
  const isPicked = useComputed(() => picked.value.has(one.id));
  const [rule] = top.rules;
  const isDecided = one.status === 'closed';
  return (
    <tr
      aria-current={isCurrent.value ? 'true' : undefined}
      aria-rowindex={index}
      class={isDecided ? 'decided' : undefined}
      onMouseDown={() => {
        currentId.value = one.id;
      }}
    >
      <td class="pick">
        {!isDecided && may('review') && (
          <input
            type="checkbox"
            checked={isPicked.value}
            aria-label={t('bulk.pick-one', { entity: one.entity ?? top.record_id })}
            onChange={() => {
              picked.value = toggled(picked.value, one.id);
            }}
          />
        )}
      </td>
      <td class="c-who">
        <a class="line" href={caseHref(domain!, one.id)}>
          <bdi>{one.entity ?? top.record_id}</bdi>
        </a>
        <span class="line muted small">
          <Who one={one} />
        </span>
      </td>
      <td class="c-what">
        <span class="line">
          {amount !== null && <b class="strong">{amount}</b>} <bdi>{rest[0] ?? top.record_id}</bdi>
        </span>
        <span class="line muted small">
          {top.time !== null && <Time at={asUtc(top.time)} />}
          {rest.length > 1 && ` · ${rest.slice(1, 3).join(' · ')}`}
        </span>
      </td>
      <td class="c-why">
        {top.groups.length === 0 && <span class="muted small">{t('why.none')}</span>}
        {top.groups.slice(0, 2).map(({ words, group, contribution, context }, at) => (
          <span key={words} class={at === 0 ? 'line' : 'line muted small more'}>
            <span class={contribution < 0 ? 'down' : 'up'}>{signed(contribution, 2)}</span>{' '}
            <bdi>
              {at === 0
                ? nameOf('groups', group ?? '', words)
                : nameOf('groups', group ?? '', group ?? words)}
            </bdi>
            {context && ` ${t('why.context')}`}
          </span>
        ))}
      </td>
      <td class="c-rule">
        <RuleChip severity={rule?.severity ?? severity} name={nameOf('rules', rule?.id ?? '')} />
      </td>
      <td class="c-score">
        <span class="strong">{score(one.score)}</span>
        <Meter value={one.score} threshold={one.threshold} />
      </td>
      <td class="c-flags num">{number(isDecided ? flags.total : flags.open)}</td>
      <td class="c-due">
        <Due one={one} />
      </td>
    </tr>
  );
}

function Who({ one }: { readonly one: CaseSummary }) {
  const { hold, assignee, status } = one;
  if (hold !== null) return <>{t('queue.held', { who: hold.by_name ?? initials(hold.by) })}</>;
  if (status !== 'open') return <>{t(`case.status.${status}`)}</>;
  if (assignee !== null) return <>{one.assignee_name ?? initials(assignee)}</>;
  return <bdi>{one.top_flag.record_id}</bdi>;
}

function Due({ one }: { readonly one: CaseSummary }) {
  if (one.closed_at !== null) return <span class="muted small">{t('case.status.closed')}</span>;
  if (one.overdue) return <span class="overdue">{t('queue.overdue')}</span>;
  const left = (Date.parse(one.due_at) - Date.now()) / 3_600_000;
  return <span class={left < 24 ? 'strong' : undefined}>{hoursLeft(left)}</span>;
}

/** The score on a scale from 0 to 1, with a notch where flags begin. */
function Meter({ value, threshold }: { readonly value: number; readonly threshold: number }) {
  return (
    <svg class="meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="bg" width="100" height="4" />
      <rect class="fg" width={(value * 100).toFixed(1)} height="4" />
      <rect class="th" x={(threshold * 100 - 1).toFixed(1)} width="2" height="4" />
    </svg>
  );
}
