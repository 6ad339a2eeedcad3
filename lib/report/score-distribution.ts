/** How scores are spread between 0 and 1: by label in training, by decision in a drop. */
import * as Plot from '@observablehq/plot';
import type { ScoreHistogram } from '../evaluation/evaluation.ts';
import { formatCount, formatScore } from './format-number.ts';
import { html } from './html.ts';
import { drawPlot } from './plot-svg.ts';
import { figure, NARROW, type Section, WIDE } from './section.ts';

interface Bar {
  readonly group: string;
  readonly colour: string;
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** What the two groups of a histogram are, and how the section speaks of them. */
interface Grouping {
  readonly positives: string;
  readonly negatives: string;
  readonly of: string;
  readonly lead: string;
}

/** Held-out records, distinguished by their label. */
export const BY_LABEL: Grouping = {
  positives: 'Positive',
  negatives: 'Negative',
  of: 'held-out records, by label',
  lead: 'A good model keeps the two groups apart: negatives on the left, positives on the right of the threshold.',
};

/** Records of a drop, distinguished by what was decided. */
export const BY_DECISION: Grouping = {
  positives: 'Flagged',
  negatives: 'Not flagged',
  of: 'scored records, flagged and not flagged',
  lead: 'Labels play no part here: records are distinguished by what was decided. Flags left of the threshold come from rules.',
};

export function describeScores(scores: ScoreHistogram, threshold: number, by: Grouping): Section | null {
  const bars = [
    ...toBars(scores.positives, by.positives, 'var(--up)'),
    ...toBars(scores.negatives, by.negatives, 'var(--down)'),
  ].filter(({ count }) => count > 0);
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const logarithmic = spansDecades(bars);
  const says =
    `Scores of ${formatCount(total)} ${by.of}; the line is the threshold, ${formatScore(threshold)}.` +
    (logarithmic ? ' Counts are on a logarithmic scale, so that small groups can be seen.' : '');
  const draw = (width: number) => drawScores(bars, threshold, logarithmic, width, says);
  return {
    id: 'scores',
    title: 'Scores',
    lead: by.lead,
    body: html`${figure('Distribution of scores', says, { wide: draw(WIDE), narrow: draw(NARROW) })}`,
  };
}

function toBars(counts: readonly number[], group: string, colour: string): Bar[] {
  return counts.map((count, i) => ({
    group,
    colour,
    from: i / counts.length,
    to: (i + 1) / counts.length,
    count,
  }));
}

/** Whether the highest bar would leave most others too low to be seen. */
function spansDecades(bars: readonly Bar[]): boolean {
  const sorted = bars.map(({ count }) => count).sort((a, b) => a - b);
  return sorted.at(-1)! > 12 * sorted[Math.floor(sorted.length / 2)]!;
}

function drawScores(
  bars: readonly Bar[],
  threshold: number,
  logarithmic: boolean,
  width: number,
  says: string,
) {
  const groups = [...new Set(bars.map(({ group }) => group))];
  const floor = logarithmic ? 0.8 : 0;
  const most = Math.max(...bars.map(({ count }) => count));
  return drawPlot(
    {
      width,
      height: groups.length * 130 + 60,
      marginLeft: 52,
      marginRight: 12,
      marginTop: 26,
      marginBottom: 36,
      x: { domain: [0, 1], label: 'score', ticks: 5, labelArrow: 'none' },
      y: {
        type: logarithmic ? 'log' : 'linear',
        domain: [floor, most * (logarithmic ? 1.6 : 1.08)],
        label: null,
        ticks: logarithmic ? decades(most) : 4,
        tickFormat: formatCount,
        grid: true,
        tickSize: 0,
      },
      fy: { domain: groups, axis: null, padding: 0.14 },
      marks: [
        ...['var(--up)', 'var(--down)'].map((colour) =>
          Plot.rectY(
            bars.filter((bar) => bar.colour === colour),
            {
              fy: 'group',
              x1: 'from',
              x2: 'to',
              y1: floor,
              y2: 'count',
              fill: colour,
              insetLeft: 0.5,
              insetRight: 0.5,
            },
          ),
        ),
        Plot.ruleY(groups, {
          fy: (group: string) => group,
          y: floor,
          stroke: 'currentColor',
          strokeOpacity: 0.5,
        }),
        Plot.ruleX([threshold], { stroke: 'currentColor', strokeDasharray: '4,3' }),
        Plot.text(groups.length > 1 ? groups : [], {
          fy: (group: string) => group,
          text: (group: string) => group,
          frameAnchor: 'top-right',
          fontWeight: 600,
          dy: -2,
        }),
        Plot.text([threshold], {
          fy: () => groups[0],
          x: (value: number) => value,
          text: () => `threshold ${formatScore(threshold)}`,
          frameAnchor: 'top',
          textAnchor: threshold > 0.5 ? 'end' : 'start',
          dx: threshold > 0.5 ? -5 : 5,
          dy: -16,
        }),
      ],
    },
    says,
  );
}

function decades(most: number): number[] {
  const ticks: number[] = [];
  for (let tick = 1; tick <= most * 1.6; tick *= 10) ticks.push(tick);
  return ticks;
}
