/** The waterfall: a row a contribution, each bar starting where the one above it ended. */
import type { Explanation } from '../decisions/explanation.ts';
import {
  type Block,
  drawArrow,
  drawWords,
  MARGIN,
  PLOT_WIDTH,
  pixel,
  splitReasons,
  sumOthers,
} from './explanation-parts.ts';
import { formatScore, formatSigned } from './format-number.ts';
import { type Html, html } from './html.ts';

const WORDS_WIDTH = 390;
const BARS_FROM = MARGIN + WORDS_WIDTH + 24;
const BARS_TO = PLOT_WIDTH - MARGIN - 92;
const FIRST_ROW = 28;

export function drawWaterfall(explanation: Explanation): Block {
  const { base, score, threshold, contributions } = explanation;
  const { shown, rest } = splitReasons(contributions);
  const steps = rest.length === 0 ? shown : [...shown, sumOthers(rest)];
  const place = placeOf([0, base, score, threshold, ...runningTotals(base, steps)]);
  let y = FIRST_ROW;
  let total = base;
  const rows: Html[] = [drawEnd('Where every record starts', base, place(base), y)];
  let end = y + 24;
  y += 36;
  for (const { words, contribution } of steps) {
    const text = drawWords(words, MARGIN, y + 13, WORDS_WIDTH);
    rows.push(
      drawLink(place(total), end, y),
      text.markup,
      drawStep(contribution, place(total), place(total + contribution), y),
    );
    end = y + 18;
    total += contribution;
    y += text.height + 13;
  }
  rows.push(
    drawLink(place(total), end, y + 4),
    html`<line class="line" x1="${MARGIN}" x2="${PLOT_WIDTH - MARGIN}" y1="${y - 3}" y2="${y - 3}"/>`,
  );
  rows.push(drawEnd('Score of this record', score, place(score), y + 4));
  const line = drawThreshold(threshold, place(threshold), y + 32);
  return { markup: html`${line}${rows}`, height: y + 38 };
}

function runningTotals(base: number, steps: readonly { readonly contribution: number }[]): number[] {
  let total = base;
  return steps.map(({ contribution }) => {
    total += contribution;
    return total;
  });
}

/** From a score to its place between the edges of the bars. */
function placeOf(values: readonly number[]): (value: number) => number {
  const low = Math.min(...values);
  const high = Math.max(...values);
  return (value) => BARS_FROM + ((value - low) / Math.max(high - low, 1e-9)) * (BARS_TO - BARS_FROM);
}

function drawStep(contribution: number, from: number, to: number, y: number): Html {
  const kind = contribution < 0 ? 'down' : 'up';
  return html`${drawArrow(from, to, y, 18)}<text class="${kind} strong end" x="${PLOT_WIDTH - MARGIN}" y="${y + 13}">${contribution < 0 ? '▼' : '▲'} ${formatSigned(contribution)}</text>
`;
}

function drawEnd(words: string, value: number, x: number, y: number): Html {
  return html`<text class="strong" x="${MARGIN}" y="${y + 17}">${words}</text><line class="mark" stroke-width="3" x1="${pixel(x)}" x2="${pixel(x)}" y1="${y + 2}" y2="${y + 24}"/><text class="strong end" x="${PLOT_WIDTH - MARGIN}" y="${y + 17}">${formatScore(value)}</text>
`;
}

function drawLink(x: number, from: number, to: number): Html {
  return html`<line class="link" x1="${pixel(x)}" x2="${pixel(x)}" y1="${pixel(from)}" y2="${pixel(to)}"/>`;
}

function drawThreshold(threshold: number, x: number, bottom: number): Html {
  const leftHalf = x < (BARS_FROM + BARS_TO) / 2;
  return html`<line class="link dashed" x1="${pixel(x)}" x2="${pixel(x)}" y1="8" y2="${bottom}"/><text class="muted${leftHalf ? '' : ' end'}" x="${pixel(leftHalf ? x + 6 : x - 6)}" y="17">threshold ${formatScore(threshold)}</text>
`;
}
