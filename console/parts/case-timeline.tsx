/** The entity's flags by time: how they scored, and what was decided. The shape says the verdict, so that it needs no colour. */
import { useState } from 'preact/hooks';
import { address, caseHref } from '../state/address.ts';
import type { Context } from '../state/case-context.ts';
import { nameOf } from '../state/pack-texts.ts';
import { placeMarks } from '../state/timeline.ts';
import { day, moment, score } from '../words/format.ts';
import { t } from '../words/words.ts';
import { asUtc } from './facts.ts';
import { FlagCells, FlagHeads } from './flag-cells.tsx';

type Item = Context['timeline']['items'][number];
type Status = Item['status'];

const STATUSES: readonly Status[] = ['open', 'true_positive', 'false_positive', 'inconclusive'];
const [LEFT, RIGHT, TOP, BOTTOM] = [34, 748, 14, 104];

export function CaseTimeline({
  context: { timeline },
  caseId,
  current,
  threshold,
}: {
  readonly context: Context;
  readonly caseId: string;
  readonly current: string;
  readonly threshold: number;
}) {
  const [isTable, setTable] = useState(false);
  const { items, more } = timeline;
  const title = t('timeline.title', { n: items.length });
  return (
    <section class="section" aria-labelledby="timeline">
      <header>
        <h2 id="timeline">{title}</h2>
        {items.length > 1 && (
          <button type="button" class="quiet small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
            {t('as-table')}
          </button>
        )}
        {more && <p>{t('timeline.more', { n: items.length })}</p>}
      </header>
      {items.length < 2 && <p class="muted">{t('timeline.first')}</p>}
      {items.length > 1 && !isTable && (
        <>
          <p class="legend">
            {STATUSES.filter((status) => items.some((one) => one.status === status)).map((status) => (
              <span key={status}>
                <svg width="12" height="12" viewBox="-6 -6 12 12" class="plot key" aria-hidden="true">
                  <Mark status={status} x={0} y={0} />
                </svg>
                {t(`status.${status}`)}
              </span>
            ))}
          </p>
          <Drawn items={items} current={current} threshold={threshold} title={title} />
        </>
      )}
      {items.length > 1 && isTable && <Listed items={items} caseId={caseId} current={current} />}
    </section>
  );
}

function Drawn({
  items,
  current,
  threshold,
  title,
}: {
  readonly items: readonly Item[];
  readonly current: string;
  readonly threshold: number;
  readonly title: string;
}) {
  const { marks, first, last } = placeMarks(items, { left: LEFT, right: RIGHT });
  const y = (value: number) => BOTTOM - value * (BOTTOM - TOP);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll" tabIndex={0} aria-label={t('timeline.chart', { title })}>
      <svg class="plot wideplot" viewBox="0 0 760 126" role="img" aria-label={t('timeline.chart', { title })}>
        <line class="axis" x1={LEFT} x2={RIGHT} y1={BOTTOM} y2={BOTTOM} />
        <line class="rule" x1={LEFT} x2={RIGHT} y1={y(threshold)} y2={y(threshold)} />
        <text x={LEFT - 6} y={TOP + 4} text-anchor="end">
          1
        </text>
        <text x={LEFT - 6} y={BOTTOM + 3} text-anchor="end">
          0
        </text>
        <text x={LEFT} y={120}>
          {labelOf(first)}
        </text>
        <text x={RIGHT} y={120} text-anchor="end">
          {labelOf(last)}
        </text>
        {marks.map(({ item, x }) => (
          <g key={item.flag}>
            <title>{sentenceOf(item)}</title>
            {item.flag === current && <circle class="halo" cx={x} cy={y(item.score)} r="9" />}
            <Mark status={item.status} x={x} y={y(item.score)} />
          </g>
        ))}
      </svg>
    </section>
  );
}

/** A record's own time may count steps. */
function labelOf(time: string): string {
  return /^-?\d+$/.test(time) ? time : day(asUtc(time));
}

function sentenceOf({ time, flagged_at, score: value, status, rules }: Item): string {
  const at = moment(asUtc(time ?? flagged_at));
  const rule = rules[0] === undefined ? t('rule.none') : nameOf('rules', rules[0]);
  return `${at}: ${t('score')} ${score(value)}, ${rule}, ${t(`status.${status}`)}`;
}

function Mark({ status, x, y }: { readonly status: Status; readonly x: number; readonly y: number }) {
  if (status === 'true_positive')
    return <rect class="dot flag" x={x - 4.5} y={y - 4.5} width="9" height="9" />;
  if (status === 'inconclusive')
    return <path class="dot" d={`M${x} ${y - 5.5}L${x + 5.5} ${y}L${x} ${y + 5.5}L${x - 5.5} ${y}Z`} />;
  return <circle class={status === 'open' ? 'dot flag' : 'dot'} cx={x} cy={y} r="4.5" />;
}

function Listed({
  items,
  caseId,
  current,
}: {
  readonly items: readonly Item[];
  readonly caseId: string;
  readonly current: string;
}) {
  return (
    <table class="stack">
      <caption class="vh">{t('timeline.title', { n: items.length })}</caption>
      <thead>
        <tr>
          <th scope="col">{t('record')}</th>
          <FlagHeads />
        </tr>
      </thead>
      <tbody>
        {items.toReversed().map((one) => (
          <tr key={one.flag} aria-current={one.flag === current ? 'true' : undefined}>
            <th scope="row" class="code">
              <a href={caseHref(address.value.domain!, caseId, one.flag)}>
                <bdi>{one.record_id}</bdi>
              </a>
            </th>
            <FlagCells flag={one} at={one.time ?? one.flagged_at} />
          </tr>
        ))}
      </tbody>
    </table>
  );
}
