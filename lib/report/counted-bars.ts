/** Sections that count things: rejects by reason, rule hits. */
import * as Plot from '@observablehq/plot';
import { countOf, formatCount } from './format-number.ts';
import { type Html, shorten } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import type { RejectCount, ScoringSection } from './report-data.ts';
import { figure, NARROW, type Section, WIDE } from './section.ts';

const MAX_SHOWN = 15;

export function describeRejects(rejects: readonly RejectCount[]): Section | null {
  if (rejects.length === 0) return null;
  const bars = rejects.map(({ column, reason, count }) => ({
    name: column === '' ? reason : `${column}: ${reason}`,
    count,
  }));
  const total = rejects.reduce((sum, { count }) => sum + count, 0);
  return {
    id: 'rejects',
    title: 'Rejects',
    lead: `${countOf(total, 'reason')} for which records were set aside. None is lost: rejects.csv keeps each with its line, its column and its original text.`,
    body: barFigure('Reasons by column', bars, 'var(--down)', 'reason'),
  };
}

export function describeRuleHits({ ruleHits, flagged }: ScoringSection): Section | null {
  if (ruleHits.length === 0) return null;
  const bars = ruleHits.map(({ id, severity, count, flagged: own }) => ({
    name: `${id} (${severity}${own === undefined ? '' : `, ${formatCount(own)} flagged`})`,
    count,
  }));
  const hits = ruleHits.reduce((sum, { count }) => sum + count, 0);
  const among = ruleHits.reduce((sum, { flagged: own, count }) => sum + (own ?? count), 0);
  return {
    id: 'rules',
    title: 'Rule hits',
    lead: `Rules of the pack stand beside the model. Of ${countOf(hits, 'rule hit')}, ${formatCount(among)} are by the ${countOf(flagged, 'flagged record')}; rule_hits.csv lists all of them. A record may hit several.`,
    body: barFigure('Records that hit each rule', bars, 'var(--up)', 'rule'),
  };
}

interface Bar {
  readonly name: string;
  readonly count: number;
}

export function barFigure(title: string, bars: readonly Bar[], colour: string, unit: string): Html {
  const sorted = bars.toSorted((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1));
  const shown = sorted.slice(0, MAX_SHOWN);
  const [first] = shown;
  const says = `“${shorten(first!.name, 80)}” is the most frequent, ${formatCount(first!.count)} times.${shown.length < sorted.length ? ` The ${shown.length} most frequent of ${countOf(sorted.length, unit)}.` : ''}`;
  const draw = (width: number) => drawBars(shown, colour, width, says);
  return figure(title, says, { wide: draw(WIDE), narrow: draw(NARROW) });
}

/** The name stands above its bar: reasons are sentences, too long to stand beside it. */
function drawBars(bars: readonly Bar[], colour: string, width: number, says: string): Html {
  const rows = bars.map((bar, row) => ({ ...bar, row }));
  const most = Math.max(...bars.map(({ count }) => count), 1);
  return drawPlot(
    {
      width,
      height: bars.length * 40 + 10,
      marginLeft: 1,
      marginRight: 64,
      marginTop: 0,
      marginBottom: 4,
      x: { domain: [0, most], axis: null },
      y: { type: 'band', domain: rows.map(({ row }) => row), axis: null, padding: 0 },
      marks: [
        Plot.barX(rows, {
          y: 'row',
          x: most,
          x1: 0,
          x2: most,
          fill: 'var(--track)',
          insetTop: 24,
          insetBottom: 6,
        }),
        Plot.barX(rows, { y: 'row', x1: 0, x2: 'count', fill: colour, insetTop: 24, insetBottom: 6 }),
        Plot.text(rows, {
          y: 'row',
          x: 0,
          text: ({ name }: Bar) => shorten(name, (width - 20) / 6.6),
          textAnchor: 'start',
          dy: -6,
        }),
        Plot.text(rows, {
          y: 'row',
          x: most,
          text: ({ count }: Bar) => formatCount(count),
          textAnchor: 'start',
          fontVariant: 'tabular-nums',
          dx: 8,
          dy: 9,
        }),
      ],
    },
    says,
  );
}
