/**
 * The force plot: one bar along the score. What raises the score pushes from the left, what lowers it from the right,
 * and where the two meet is the score. Numbers in the bar lead to the words below it.
 */
import type { Contribution, Explanation } from '../decisions/explanation.ts';
import {
  type Block,
  drawArrow,
  drawWords,
  MARGIN,
  PLOT_WIDTH,
  pixel,
  type Step,
  splitReasons,
  sumOthers,
} from './explanation-parts.ts';
import { formatScore, formatSigned } from './format-number.ts';
import { type Html, html } from './html.ts';

const BAR_TOP = 48;
const BAR_HEIGHT = 30;
const COLUMN_GAP = 32;
const COLUMN_WIDTH = (PLOT_WIDTH - 2 * MARGIN - COLUMN_GAP) / 2;
const LIST_TOP = BAR_TOP + BAR_HEIGHT + 66;

/** A step with its number in the plot; the sum of small ones has none. */
interface Push extends Step {
  readonly number: number | null;
}

export function drawForce(explanation: Explanation): Block {
  const raising = pushes(explanation.contributions, (contribution) => contribution >= 0);
  const lowering = pushes(explanation.contributions, (contribution) => contribution < 0);
  const left = listPushes('▲ raises the score', raising, 'up', MARGIN);
  const right = listPushes('▼ lowers the score', lowering, 'down', MARGIN + COLUMN_WIDTH + COLUMN_GAP);
  return {
    markup: html`${drawBar(explanation, raising, lowering)}${left.markup}${right.markup}`,
    height: LIST_TOP + Math.max(left.height, right.height),
  };
}

function pushes(contributions: readonly Contribution[], belongs: (contribution: number) => boolean): Push[] {
  const { shown, rest } = splitReasons(contributions);
  const numbered = shown
    .map(({ contribution, words }, i) => ({ contribution, words, number: i + 1 }))
    .filter(({ contribution }) => belongs(contribution));
  const others = rest.filter(({ contribution }) => belongs(contribution));
  return others.length === 0 ? numbered : [...numbered, { ...sumOthers(others), number: null }];
}

function drawBar(
  { base, score, threshold }: Explanation,
  raising: readonly Push[],
  lowering: readonly Push[],
): Html {
  const sum = (list: readonly Push[]) => list.reduce((total, { contribution }) => total + contribution, 0);
  const low = Math.min(score - sum(raising), base, threshold, score);
  const high = Math.max(score - sum(lowering), base, threshold, score);
  const place = (value: number) =>
    MARGIN + ((value - low) / Math.max(high - low, 1e-9)) * (PLOT_WIDTH - 2 * MARGIN);
  const x = place(score);
  return html`<line class="line" x1="${MARGIN}" x2="${PLOT_WIDTH - MARGIN}" y1="${BAR_TOP + BAR_HEIGHT / 2}" y2="${BAR_TOP + BAR_HEIGHT / 2}"/>
${stack(raising, score, place)}${stack(lowering, score, place)}<line class="mark" stroke-width="3" x1="${pixel(x)}" x2="${pixel(x)}" y1="${BAR_TOP - 8}" y2="${BAR_TOP + BAR_HEIGHT + 8}"/>
${drawMark('score', score, x, BAR_TOP - 14, 'strong')}
<line class="link dashed" x1="${pixel(place(threshold))}" x2="${pixel(place(threshold))}" y1="${BAR_TOP - 32}" y2="${BAR_TOP + BAR_HEIGHT + 8}"/>
${drawMark('threshold', threshold, place(threshold), BAR_TOP - 36, 'muted')}
<line class="link" x1="${pixel(place(base))}" x2="${pixel(place(base))}" y1="${BAR_TOP}" y2="${BAR_TOP + BAR_HEIGHT + 12}"/>
${drawMark('start', base, place(base), BAR_TOP + BAR_HEIGHT + 26, 'muted')}
`;
}

/** Bars from the score outwards, the largest nearest to it. */
function stack(list: readonly Push[], score: number, place: (value: number) => number): Html {
  let tip = score;
  return html`${list.map(({ contribution, words, number }) => {
    const to = place(tip);
    tip -= contribution;
    const from = place(tip);
    const width = Math.abs(to - from);
    const gap = Math.min(1, width / 4) * Math.sign(to - from);
    const label =
      number !== null && width >= 22
        ? html`<text class="on-bar middle" x="${pixel((from + to) / 2)}" y="${BAR_TOP + BAR_HEIGHT / 2 + 4}">${number}</text>`
        : null;
    return html`<g><title>${formatSigned(contribution)} ${words}</title>${drawArrow(from + gap, to, BAR_TOP, BAR_HEIGHT)}${label}</g>`;
  })}`;
}

/** A word and a value at a place of the bar, kept inside the picture. */
function drawMark(word: string, value: number, x: number, y: number, kind: string): Html {
  const half = 50;
  const center = Math.min(PLOT_WIDTH - MARGIN - half, Math.max(MARGIN + half, x));
  return html`<text class="${kind} middle" x="${pixel(center)}" y="${y}">${word} ${formatScore(value)}</text>`;
}

function listPushes(title: string, list: readonly Push[], kind: 'up' | 'down', x: number): Block {
  let y = LIST_TOP;
  const lines: Html[] = [html`<text class="${kind} strong" x="${x}" y="${y}">${title}</text>`];
  lines.push(html`<line class="line" x1="${x}" x2="${x + COLUMN_WIDTH}" y1="${y + 8}" y2="${y + 8}"/>
`);
  y += 28;
  for (const { contribution, words, number } of list) {
    const text = drawWords(words, x + 84, y, COLUMN_WIDTH - 84);
    const index = number === null ? '' : `${number}`;
    lines.push(html`<text class="muted end" x="${x + 16}" y="${y}">${index}</text><text class="${kind} strong end" x="${x + 74}" y="${y}">${formatSigned(contribution)}</text>${text.markup}
`);
    y += text.height + 8;
  }
  if (list.length === 0) lines.push(html`<text class="muted" x="${x}" y="${y}">nothing</text>`);
  return { markup: html`${lines}`, height: y + 8 - LIST_TOP };
}
