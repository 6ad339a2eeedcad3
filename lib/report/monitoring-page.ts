/** The figures of a domain's live models over time as one HTML file: it loads nothing, and reads on paper. */
import type { Alarm } from '../monitoring/alarms.ts';
import { isFigure, type Measured } from '../monitoring/measured.ts';
import type { FigureName, MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { countOf, formatCount, formatScore } from './format-number.ts';
import { type Html, html } from './html.ts';
import { FIGURES, type FigureWords, formatMeasured } from './monitored.ts';
import { renderCards, renderNav, renderPage } from './page.ts';
import { figure, figures, legend, NARROW, renderSection, type Section, table } from './section.ts';
import { type DayMeasured, drawTimeSeries, type SeriesSize } from './time-series.ts';

export interface WatchedPoint {
  readonly point: MonitoringPoint;
  /** Whether this model decided on that day; only that one rings. */
  readonly decides: boolean;
  /** What rang. */
  readonly alarms: readonly Alarm[];
  /** Beyond which a figure rings; null: it never does. */
  readonly limitOf: (figure: FigureName | 'input_psi') => number | null;
}

export interface MonitoringPage {
  readonly domain: string;
  readonly title: string;
  /** By day; at least one. */
  readonly points: readonly WatchedPoint[];
}

/** Inputs by how far they have moved. */
const MAX_INPUTS = 12;
const MAX_ALARMS = 60;

export function renderMonitoringPage(page: MonitoringPage): string {
  const sections = [
    quality(page),
    reviewers(page),
    drift(page),
    inputs(page),
    shares(page),
    alarms(page),
    latest(page),
  ].filter((section) => section !== null);
  return renderPage({
    title: `Monitoring: ${page.title}`,
    top: top(page, sections),
    body: sections.map((section) => renderSection(section, 2)),
  });
}

function top({ domain, title, points }: MonitoringPage, sections: readonly Section[]): Html {
  const { point, alarms: ringing } = present(points);
  const [first, last] = daysOf(points);
  const models = new Set(points.map((one) => one.point.model)).size;
  const card = (name: FigureName): readonly [string, string, string] => {
    const words = FIGURES.find((one) => one.name === name)!;
    const measured = point.figures[name];
    if (!isFigure(measured)) return [words.title, '–', formatMeasured(measured, words.format)];
    const { value, low, high, n } = measured;
    return [
      words.title,
      words.format(value),
      `${words.format(low)} to ${words.format(high)}, of ${formatCount(n)} ${words.of}`,
    ];
  };
  const cards = [
    card('precision'),
    card('recall'),
    ['Alarms', formatCount(ringing.length), ringing.length === 0 ? 'none rings' : 'ring, listed below'],
    [
      'Flags that wait',
      formatCount(point.waiting),
      point.longestWaitHours === null
        ? 'for a review'
        : `the longest ${point.longestWaitHours.toFixed(0)} hours`,
    ],
  ] as const;
  return html`<header>
<p class="eyebrow">Monitoring</p>
<h1>${title}</h1>
<p class="facts"><span>Domain <b>${domain}</b></span> <span>Model <b class="code">${point.model}</b></span> <span>Days <b>${first === last ? first : `${first} to ${last}`}</b></span> <span>Models <b>${models}</b></span></p>
<p class="summary">Each point looks back over ${point.days} days. A band is the 95% interval; a day without enough data has no number, and a tick on the axis says so. An alarm rings where the whole interval lies beyond the dashed limit.</p>
${renderCards(cards)}
${renderNav(sections)}
</header>
`;
}

function quality(page: MonitoringPage): Section {
  return charts(page, ['precision', 'recall', 'false_positive_rate'], {
    id: 'quality',
    title: 'Quality',
    lead: 'What reviewers say of flags, and of records that were not flagged and were drawn for a blind review.',
  });
}

function reviewers(page: MonitoringPage): Section {
  return charts(page, ['agreement', 'review_hours_median', 'review_hours_p90'], {
    id: 'reviewers',
    title: 'Reviewers',
    lead: 'How far two reviewers agree, and how long a flag waits for the first.',
  });
}

function drift(page: MonitoringPage): Section {
  return charts(page, ['score_psi', 'score_js', 'explanation_drift'], {
    id: 'drift',
    title: 'Drift',
    lead: 'Scores and reasons now against those of training. 0 is where nothing has moved.',
  });
}

function shares(page: MonitoringPage): Section {
  return charts(page, ['flagged_share', 'rejected_share', 'missing_share', 'unknown_share'], {
    id: 'shares',
    title: 'Data',
    lead: 'What comes in: how much of it is flagged, rejected, missing, or of a category that training did not keep.',
  });
}

/** Those that moved farthest on the last day, each over all days. */
function inputs(page: MonitoringPage): Section | null {
  const { point } = present(page.points);
  const moved = point.inputs
    .flatMap(({ name, psi }) => (isFigure(psi) ? [{ name, low: psi.low, value: psi.value }] : []))
    .toSorted((a, b) => b.low - a.low || b.value - a.value || (a.name < b.name ? -1 : 1))
    .slice(0, MAX_INPUTS);
  if (moved.length === 0) return null;
  const of =
    moved.length === point.inputs.length
      ? 'All of them'
      : `The ${moved.length} of ${formatCount(point.inputs.length)} that moved farthest`;
  return {
    id: 'inputs',
    title: 'Inputs',
    lead: `Population stability index of each input against training, by its lower bound. ${of}.`,
    body: html`${key(page)}${figures(
      ...moved.map(({ name }) => {
        const words = { title: name, says: '', format: formatScore };
        const series = page.points.flatMap((watched) => {
          const input = watched.point.inputs.find((one) => one.name === name);
          const rang = watched.alarms.some((alarm) => alarm.figure === 'input_psi' && alarm.input === name);
          return input === undefined ? [] : [measuredOn(watched, input.psi, 'input_psi', rang)];
        });
        return chart(page, words, series);
      }),
    )}`,
  };
}

function alarms({ points }: MonitoringPage): Section {
  const rang = points.flatMap(({ point, alarms: list }) => list.map((alarm) => ({ point, alarm }))).reverse();
  const shown = rang.slice(0, MAX_ALARMS);
  const more = rang.length - shown.length;
  return {
    id: 'alarms',
    title: 'Alarms',
    lead: 'Only the model that decides rings. A condition rings each day for as long as it holds.',
    body:
      shown.length === 0
        ? html`<p class="others">None rang in these days.</p>`
        : html`${table(
            'What rang, the latest first',
            [{ title: 'Day' }, { title: 'Model' }, { title: 'What' }],
            shown.map(({ point, alarm }) => [point.day, point.model, alarm.sentence]),
          )}${more > 0 ? html`<p class="others">and ${formatCount(more)} before these</p>` : null}`,
  };
}

function latest({ points }: MonitoringPage): Section {
  const { point } = present(points);
  return {
    id: 'figures',
    title: 'Figures',
    lead: `Of model ${point.model} on ${point.day}, over ${point.days} days.`,
    body: table(
      'With 95% intervals',
      [{ title: 'Figure' }, { title: 'Value', numeric: true }, { title: 'Of', numeric: true }],
      FIGURES.map(({ name, title, format, of }) => {
        const measured = point.figures[name];
        return [title, formatMeasured(measured, format), `${formatCount(measured.n)} ${of}`];
      }),
    ),
  };
}

function charts(
  page: MonitoringPage,
  names: readonly FigureName[],
  section: Pick<Section, 'id' | 'title' | 'lead'>,
): Section {
  const drawn = names.map((name) => {
    const series = page.points.map((watched) => {
      const rang = watched.alarms.some((alarm) => alarm.figure === name);
      return measuredOn(watched, watched.point.figures[name], name, rang);
    });
    return chart(page, FIGURES.find((one) => one.name === name)!, series);
  });
  return { ...section, body: html`${key(page)}${figures(...drawn)}` };
}

function measuredOn(
  { point: { day, model }, decides, limitOf }: WatchedPoint,
  measured: Measured,
  name: FigureName | 'input_psi',
  hasRung: boolean,
): DayMeasured {
  return { day, model, decides, measured, limit: decides ? limitOf(name) : null, hasRung };
}

function chart(
  page: MonitoringPage,
  { title, says, format }: Pick<FigureWords, 'title' | 'says' | 'format'>,
  series: readonly DayMeasured[],
): Html {
  const last = series.findLast(({ decides }) => decides) ?? series.at(-1)!;
  const rang = series.filter(({ hasRung }) => hasRung).length;
  const now = `On ${last.day} ${formatMeasured(last.measured, format)}.`;
  const sentence = [says, now, ...(rang > 0 ? [`Rang on ${countOf(rang, 'day')}.`] : [])].join(' ').trim();
  const size: SeriesSize = { width: NARROW, format, days: daysOf(page.points) };
  return figure(title, sentence, drawTimeSeries(series, size, `${title}. ${sentence}`));
}

function key({ points }: MonitoringPage): Html {
  const hasFormer = points.some(({ decides }) => !decides);
  return legend([
    ['down', 'the model that decides, in its interval'],
    ...(hasFormer ? ([['quiet', 'a model that decided before']] as const) : []),
    ['up', 'an alarm, beyond the dashed limit'],
  ]);
}

/** Of the model that decides, on the last day. */
function present(points: readonly WatchedPoint[]): WatchedPoint {
  return points.findLast(({ decides }) => decides) ?? points.at(-1)!;
}

function daysOf(points: readonly WatchedPoint[]): [first: string, last: string] {
  return [points[0]!.point.day, points.at(-1)!.point.day];
}
