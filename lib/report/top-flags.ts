/** The most urgent flags, each with the reasons that weigh most. Words only: no value stands here by itself. */
import type { Explanation } from '../decisions/explanation.ts';
import { listReasons, raisingReasons } from '../decisions/reasons.ts';
import { type Html, html, shorten } from './html.ts';
import { countOf, formatCount, formatScore, formatSigned, isNumber } from './number-words.ts';
import type { ScoringSection } from './report-data.ts';
import type { Section } from './section.ts';

const MOST_REASONS = 3;

export function describeTopFlags({ top, flagged }: ScoringSection): Section | null {
  if (top.length === 0) return null;
  const which =
    top.length < flagged
      ? `The ${formatCount(top.length)} most urgent of ${formatCount(flagged)} flags`
      : countOf(top.length, 'flag');
  return {
    id: 'flags',
    title: 'Most urgent flags',
    lead: `${which}, with the reasons that raised the score most and the rules that were hit. All reasons of every flag are in explanations.jsonl.`,
    body: html`<div class="scroll" role="region" aria-label="Most urgent flags" tabindex="0"><table class="flags" role="table"><caption>Flags, the gravest rule hit first, then by score</caption>
<thead role="rowgroup"><tr role="row"><th role="columnheader" scope="col">Record</th><th role="columnheader" scope="col" class="number">Score</th><th role="columnheader" scope="col">Reasons</th></tr></thead>
<tbody role="rowgroup">${top.map(flagRow)}</tbody></table></div>`,
  };
}

function flagRow({ record_id, score, contributions, rules }: Explanation): Html {
  const raising = raisingReasons(contributions, MOST_REASONS);
  const others = listReasons(contributions).length - raising.length;
  return html`<tr role="row"><th role="rowheader" scope="row" class="code">${shorten(record_id, 80)}</th>
<td role="cell" class="number"><b>${formatScore(score)}</b><i class="meter" style="--share:${formatScore(isNumber(score) ? Math.max(0, Math.min(1, score)) : 0)}"></i></td>
<td role="cell"><ul class="reasons">${raising.map(
    ({ contribution, words }) =>
      html`<li><span class="up">${formatSigned(contribution)}</span><span>${shorten(words, 300)}</span></li>`,
  )}${rules.map(
    ({ severity, words }) =>
      html`<li><span class="badge">rule</span><span>${shorten(words, 300)} (${severity})</span></li>`,
  )}${others > 0 ? html`<li class="others"><span></span><span>${countOf(others, 'other reason')}</span></li>` : null}</ul></td></tr>
`;
}
