/** What the plots of one explanation are put together from: steps, words in lines, arrow-shaped bars. */
import type { Contribution } from '../decisions/explanation.ts';
import { listReasons, type Reason } from '../decisions/reasons.ts';
import { countOf } from './format-number.ts';
import { Html, html } from './html.ts';
import { fitLines } from './text-fit.ts';

/** What one bar of a plot stands for: a reason, or several small ones together. */
export interface Step {
  readonly contribution: number;
  readonly words: string;
}

/** A drawn block and the height that it takes. */
export interface Block {
  readonly markup: Html;
  readonly height: number;
}

export const PLOT_WIDTH = 860;
export const MARGIN = 28;
const MAX_STEPS = 10;

/** The reasons that are drawn one by one, largest first, and the rest, which are drawn together. */
export function splitReasons(contributions: readonly Contribution[]): {
  readonly shown: readonly Reason[];
  readonly rest: readonly Reason[];
} {
  const reasons = listReasons(contributions);
  const most = reasons.length === MAX_STEPS + 1 ? MAX_STEPS + 1 : MAX_STEPS;
  return { shown: reasons.slice(0, most), rest: reasons.slice(most) };
}

/** The small reasons as one step. */
export function sumOthers(rest: readonly Reason[]): Step {
  const contribution = rest.reduce((total, { contribution }) => total + contribution, 0);
  return { contribution, words: `${countOf(rest.length, 'other')}${rest.length === 1 ? '' : ' together'}` };
}

/** Lines of text one below the other, whose full text shows on hovering where it was cut. */
export function drawWords(words: string, x: number, y: number, width: number): Block {
  const lines = fitLines(words, width, 13, 2);
  const spans = lines.map((line, i) => html`<tspan x="${x}" y="${y + i * 17}">${line}</tspan>`);
  const cut = lines.at(-1)!.endsWith('…') ? html`<title>${words}</title>` : null;
  return { markup: html`<text>${cut}${spans}</text>`, height: lines.length * 17 };
}

/** A bar with a point at the end that it pushes towards. */
export function drawArrow(from: number, to: number, top: number, height: number): Html {
  const point = Math.min(7, Math.abs(to - from)) * Math.sign(to - from);
  const middle = top + height / 2;
  const corners = [
    [from, top],
    [to - point, top],
    [to, middle],
    [to - point, top + height],
    [from, top + height],
  ];
  const path = corners.map(([x, y]) => `${pixel(x!)},${pixel(y!)}`).join(' ');
  return new Html(`<polygon class="${to >= from ? 'up' : 'down'}" points="${path}"/>`);
}

/** A coordinate, to a tenth of a pixel. */
export function pixel(value: number): string {
  return String(Number(value.toFixed(1)));
}
