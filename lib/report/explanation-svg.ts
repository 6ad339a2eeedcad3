/**
 * Draws an explanation as a self-standing SVG file: it brings its own colours for light and dark, and says in words and signs what
 * it says in colour.
 */
import type { Explanation } from '../decisions/explanation.ts';
import { listReasons } from '../decisions/reasons.ts';
import { drawForce } from './explanation-force.ts';
import { type Block, drawWords, MARGIN, PLOT_WIDTH } from './explanation-parts.ts';
import { drawWaterfall } from './explanation-waterfall.ts';
import { formatScore } from './format-number.ts';
import { Html, html } from './html.ts';
import { fitLines } from './text-fit.ts';

export interface ExplanationPlot {
  readonly kind: 'waterfall' | 'force';
}

const HEAD_HEIGHT = 78;

const STYLE = `.assay{--page:#fcfcfa;--ink:#1c2126;--muted:#5a636c;--line:#dcded9;--up:#b8480b;--down:#1f66ae;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-size:13px;font-variant-numeric:tabular-nums}
@media screen and (prefers-color-scheme:dark){.assay{--page:#14171a;--ink:#e7e9ea;--muted:#a4adb5;--line:#343a40;--up:#f0935c;--down:#70b0ee}}
.assay text{fill:var(--ink)}.assay .muted{fill:var(--muted)}.assay .strong{font-weight:600}.assay .head{font-size:19px;font-weight:600}
.assay .up{fill:var(--up)}.assay .down{fill:var(--down)}.assay .on-bar{fill:var(--page);font-size:11px;font-weight:600}
.assay .line{stroke:var(--line)}.assay .link{stroke:var(--muted)}.assay .mark{stroke:var(--ink)}.assay .dashed{stroke-dasharray:4 3}.assay .end{text-anchor:end}.assay .middle{text-anchor:middle}`;

/** One record's score taken apart: from the base by its contributions to the score, beside the threshold. */
export function renderExplanationSvg(explanation: Explanation, { kind }: ExplanationPlot): string {
  const plot = kind === 'waterfall' ? drawWaterfall(explanation) : drawForce(explanation);
  const rules = drawRules(explanation);
  const height = Math.ceil(HEAD_HEIGHT + plot.height + rules.height + 16);
  const name = `Why ${explanation.record_id} scored ${formatScore(explanation.score)}`;
  return html`<svg xmlns="http://www.w3.org/2000/svg" class="assay" role="img" width="${PLOT_WIDTH}" height="${height}" viewBox="0 0 ${PLOT_WIDTH} ${height}" style="max-width:100%;height:auto">
<title>${name}</title>
<desc>${describe(explanation)}</desc>
<style>${new Html(STYLE)}</style>
<rect width="100%" height="100%" fill="var(--page)"/>
${drawHead(explanation)}<g transform="translate(0,${HEAD_HEIGHT})">
${plot.markup}</g>
<g transform="translate(0,${HEAD_HEIGHT + plot.height})">${rules.markup}</g>
</svg>
`.text;
}

function drawHead({ record_id, score, threshold, model, pack }: Explanation): Html {
  const [id] = fitLines(record_id, 540, 19, 1);
  const outcome = score >= threshold ? 'at or above' : 'below';
  return html`<text class="head" x="${MARGIN}" y="38">${id!}</text>
<text class="head end" x="${PLOT_WIDTH - MARGIN}" y="38">score ${formatScore(score)}</text>
<text class="muted" x="${MARGIN}" y="60">${fitLines(`model ${model} · pack ${pack}`, 500, 13, 1)[0]!}</text>
<text class="muted end" x="${PLOT_WIDTH - MARGIN}" y="60">${outcome} the threshold, ${formatScore(threshold)}</text>
`;
}

function drawRules({ rules }: Explanation): Block {
  let height = 0;
  const lines: Html[] = [];
  for (const { severity, words } of rules) {
    const block = drawWords(words, MARGIN + 150, height + 28, PLOT_WIDTH - 2 * MARGIN - 150);
    lines.push(html`<text class="strong" x="${MARGIN}" y="${height + 28}">Rule hit · ${severity}</text>${block.markup}
`);
    height += block.height + 7;
  }
  return { markup: html`${lines}`, height: height === 0 ? 0 : height + 16 };
}

function describe({ base, score, threshold, contributions }: Explanation): string {
  const reasons = listReasons(contributions)
    .slice(0, 3)
    .map(({ words, contribution }) => {
      return `${cleanEnd(words)} (${contribution < 0 ? 'lowers' : 'raises'} it by ${formatScore(Math.abs(contribution))})`;
    });
  return `The score starts at ${formatScore(base)} and ends at ${formatScore(score)}; the threshold is ${formatScore(threshold)}. Largest reasons: ${reasons.join('; ')}.`;
}

function cleanEnd(words: string): string {
  return words.replace(/\.\s*$/, '');
}
