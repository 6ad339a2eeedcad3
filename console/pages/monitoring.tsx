/** How the live model does: each figure by day with its interval, or what is missing for it. */
import { useState } from 'preact/hooks';
import type { z } from 'zod';
import type { MetricsList } from '../../lib/api/watching-schemas.ts';
import type { FigureName } from '../../lib/monitoring/monitoring-point.ts';
import { get } from '../api/client.ts';
import { Empty, Failure, Loading } from '../parts/notice.tsx';
import { ProgressBar } from '../parts/progress-bar.tsx';
import { ReviewCounts } from '../parts/review-counts.tsx';
import { Time } from '../parts/time.tsx';
import { address, go, withQueryOf } from '../state/address.ts';
import { useLoad } from '../state/use-load.ts';
import { day as formatDay, number, percent, score } from '../words/format.ts';
import { t } from '../words/words.ts';

type Point = z.output<typeof MetricsList>['items'][number];
type Measured = Point['figures'][string];
type Figure = Extract<Measured, { value: number }>;

const DAYS = [30, 90, 365] as const;
const DEFAULT_DAYS = 90;

interface Drawn {
  readonly name: FigureName;
  readonly write: (value: number) => string;
  /** Beyond it an alarm fires; null: what the card promised, or none. */
  readonly limit: number | null;
  /** What the axis reaches to at least. */
  readonly reach: number;
}

const hours = (value: number) => t('hours', { n: number(value, value < 100 ? 1 : 0) });
/** As lib/monitoring/alarms.ts has the limits; those of the first two are the card's. */
const FIGURES: readonly Drawn[] = [
  { name: 'recall', write: (value) => percent(value), limit: null, reach: 1 },
  { name: 'precision', write: (value) => percent(value), limit: null, reach: 1 },
  { name: 'score_psi', write: score, limit: 0.25, reach: 0.5 },
  { name: 'explanation_drift', write: score, limit: 0.3, reach: 0.5 },
  { name: 'review_hours_p90', write: hours, limit: 120, reach: 160 },
  { name: 'agreement', write: score, limit: 0.4, reach: 1 },
  { name: 'rejected_share', write: (value) => percent(value), limit: 0.05, reach: 0.1 },
  { name: 'flagged_share', write: (value) => percent(value), limit: null, reach: 0.1 },
];

export function Monitoring() {
  const { domain, query } = address.value;
  const days = Number(query.get('days') ?? DEFAULT_DAYS);
  const from = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const { value, error, reload } = useLoad(`metrics ${domain} ${from}`, (signal) =>
    get<z.output<typeof MetricsList>>('/v1/metrics', { domain: domain!, from }, signal),
  );
  document.title = `${t('nav.monitoring')} · Assay`;
  const latest = value?.items.at(-1);
  const points = value?.items.filter(({ model }) => model === latest?.model) ?? [];
  return (
    <>
      <div class="head">
        <div>
          <h1 tabIndex={-1}>{t('nav.monitoring')}</h1>
          <p>
            {latest !== undefined && (
              <>
                {t('monitoring.model')} <span class="code">{latest.model}</span>,{' '}
                {t('monitoring.looks-back', { n: latest.days })} <Time at={latest.day} as="day" />.{' '}
              </>
            )}
            {t('monitoring.band')}
          </p>
        </div>
        <label class="inline">
          <span class="vh">{t('monitoring.days')}</span>
          <select
            value={days}
            onChange={({ currentTarget }) => go(withQueryOf({ days: currentTarget.value }), 'replace')}
          >
            {DAYS.map((one) => (
              <option key={one} value={one}>
                {t('monitoring.last', { n: one })}
              </option>
            ))}
          </select>
        </label>
      </div>
      {error !== null && <Failure error={error} what={t('list.failed')} retry={reload} />}
      {value === null && error === null && <Loading what={t('loading')} />}
      {value !== null && latest === undefined && (
        <Empty title={t('monitoring.none')}>
          <p class="muted">{t('monitoring.none.next')}</p>
        </Empty>
      )}
      {latest !== undefined && (
        <>
          <Waiting point={latest} />
          <div class="figures">
            {FIGURES.map((drawn) => (
              <FigureChart key={drawn.name} drawn={drawn} points={points} />
            ))}
          </div>
          <Inputs point={latest} />
        </>
      )}
      <ReviewCounts domain={domain!} from={from} />
    </>
  );
}

function Waiting({ point: { waiting, longest_wait_hours } }: { readonly point: Point }) {
  if (waiting === 0) return null;
  return (
    <p class="muted spaced">
      {t('monitoring.waiting', { n: waiting })}{' '}
      {longest_wait_hours !== null &&
        (longest_wait_hours < 1
          ? t('monitoring.oldest.new')
          : t('monitoring.oldest', { hours: hours(longest_wait_hours) }))}
    </p>
  );
}

const isFigure = (measured: Measured | undefined): measured is Figure =>
  measured !== undefined && 'value' in measured;

function FigureChart({ drawn, points }: { readonly drawn: Drawn; readonly points: readonly Point[] }) {
  const [isTable, setTable] = useState(false);
  const { name, write, limit } = drawn;
  const latest = points.at(-1)?.figures[name];
  const series = points.flatMap(({ day, figures }) => {
    const measured = figures[name];
    return isFigure(measured) ? [{ day, ...measured }] : [];
  });
  if (!isFigure(latest)) return <TooLittle name={name} measured={latest} />;
  const isBad = limit !== null && (name === 'agreement' ? latest.high < limit : latest.low > limit);
  return (
    <figure>
      <figcaption>
        <span class="muted">{t(`figure.name.${name}`)}</span>
        <b>{write(latest.value)}</b>
        <span class="small muted block">
          {t('figure.95', { low: write(latest.low), high: write(latest.high) })}
        </span>
        {limit !== null && (
          <span class={isBad ? 'small no' : 'small yes'}>
            {t(isBad ? 'figure.beyond' : 'figure.within', { limit: write(limit) })}
          </span>
        )}
      </figcaption>
      {isTable ? <SeriesTable series={series} write={write} /> : <Chart drawn={drawn} series={series} />}
      <button type="button" class="quiet small" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
        {t('as-table')}
      </button>
    </figure>
  );
}

function TooLittle({
  name,
  measured,
}: {
  readonly name: FigureName;
  readonly measured: Measured | undefined;
}) {
  const counts = measured !== undefined && 'needed' in measured ? measured : { n: 0, needed: 0 };
  return (
    <figure>
      <figcaption>
        <span class="muted">{t(`figure.name.${name}`)}</span>
        <b>{t('figure.too-little')}</b>
        <span class="small muted">
          {t('figure.needed', { n: number(counts.n), needed: number(counts.needed) })}{' '}
          {t(`figure.name.${name}.of`)}
        </span>
      </figcaption>
      <ProgressBar share={counts.needed === 0 ? 0 : Math.min(1, counts.n / counts.needed)} />
    </figure>
  );
}

interface SeriesPoint extends Figure {
  readonly day: string;
}

const [LEFT, RIGHT, TOP, BOTTOM] = [34, 374, 16, 100];

function Chart({ drawn, series }: { readonly drawn: Drawn; readonly series: readonly SeriesPoint[] }) {
  const { name, write, limit, reach } = drawn;
  const top = Math.max(reach, ...series.map(({ high }) => high));
  const first = Date.parse(series[0]!.day);
  const span = Math.max(1, Date.parse(series.at(-1)!.day) - first);
  const x = (day: string) => round(LEFT + ((Date.parse(day) - first) / span) * (RIGHT - LEFT));
  const y = (value: number) => round(BOTTOM - (Math.max(0, value) / top) * (BOTTOM - TOP));
  const band = [
    ...series.map(({ day, high }) => `${x(day)},${y(high)}`),
    ...series.toReversed().map(({ day, low }) => `${x(day)},${y(low)}`),
  ].join(' ');
  return (
    <svg
      class="plot"
      viewBox="0 0 380 126"
      role="img"
      aria-label={t('figure.chart', { figure: t(`figure.name.${name}`) })}
    >
      <line class="axis" x1={LEFT} x2={RIGHT} y1={BOTTOM} y2={BOTTOM} />
      {series.length > 1 ? (
        <>
          <polygon class="ci" points={band} />
          <polyline
            class="linec"
            points={series.map(({ day, value }) => `${x(day)},${y(value)}`).join(' ')}
          />
        </>
      ) : (
        <g class="chal">
          <line x1={LEFT} x2={LEFT} y1={y(series[0]!.low)} y2={y(series[0]!.high)} stroke-width="2" />
          <circle cx={LEFT} cy={y(series[0]!.value)} r="4" />
        </g>
      )}
      {limit !== null && (
        <>
          <line class="rule" x1={LEFT} x2={RIGHT} y1={y(limit)} y2={y(limit)} />
          <text x={RIGHT} y={y(limit) - 5} text-anchor="end">
            {t('figure.limit', { limit: write(limit) })}
          </text>
        </>
      )}
      <text x={LEFT - 6} y={TOP + 4} text-anchor="end">
        {short(top)}
      </text>
      <text x={LEFT - 6} y={BOTTOM + 3} text-anchor="end">
        0
      </text>
      <text x={LEFT} y={118}>
        {formatDay(series[0]!.day)}
      </text>
      {series.length > 1 && (
        <text x={RIGHT} y={118} text-anchor="end">
          {formatDay(series.at(-1)!.day)}
        </text>
      )}
    </svg>
  );
}

function SeriesTable({
  series,
  write,
}: {
  readonly series: readonly SeriesPoint[];
  readonly write: (value: number) => string;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by keyboard
    <section class="scroll short" tabIndex={0} aria-label={t('as-table')}>
      <table>
        <tbody>
          {series.toReversed().map(({ day, value, low, high }) => (
            <tr key={day}>
              <th scope="row">
                <Time at={day} as="day" />
              </th>
              <td class="num strong">{write(value)}</td>
              <td class="num muted small">{t('figure.interval', { low: write(low), high: write(high) })}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const MAX_INPUTS = 12;
const INPUT_LIMIT = 0.25;

function Inputs({ point: { inputs } }: { readonly point: Point }) {
  const sorted = inputs
    .flatMap(({ name, psi }) => (isFigure(psi) ? [{ name, psi }] : []))
    .sort((one, other) => other.psi.value - one.psi.value);
  if (sorted.length === 0) return null;
  return (
    <section class="section" aria-labelledby="inputs">
      <header>
        <h2 id="inputs">{t('monitoring.inputs')}</h2>
        <p>{t('monitoring.inputs.says')}</p>
      </header>
      <table class="stack">
        <caption class="vh">{t('monitoring.inputs')}</caption>
        <thead>
          <tr>
            <th scope="col">{t('monitoring.input')}</th>
            <th scope="col" class="num">
              PSI
            </th>
            <th scope="col">{t('figure.interval.head')}</th>
            <th scope="col">{t('drops.state')}</th>
          </tr>
        </thead>
        <tbody>
          {sorted.slice(0, MAX_INPUTS).map(({ name, psi }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="num" data-l="PSI">
                {number(psi.value, 2)}
              </td>
              <td>{t('figure.interval', { low: number(psi.low, 2), high: number(psi.high, 2) })}</td>
              <td>
                <span class={psi.low > INPUT_LIMIT ? 'no' : 'yes'}>
                  {t(psi.low > INPUT_LIMIT ? 'figure.beyond' : 'figure.within', {
                    limit: number(INPUT_LIMIT),
                  })}
                </span>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function short(value: number): string {
  return number(Math.round(value * 100) / 100);
}
