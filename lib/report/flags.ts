/**
 * Every flag of a run for the person who decides: by entity, the most urgent first, with the facts of its record, the rules that it
 * hit, then the reasons of its score. Words only: no value of a feature stands here by itself.
 */
import type { Explanation } from '../decisions/explanation.ts';
import { listReasons, type Reason, raisingReasons } from '../decisions/reasons.ts';
import { sumOthers } from './explanation-parts.ts';
import { TIER_WORDS } from './explanation-text.ts';
import { countOf, formatCount, formatScore, formatSigned, isNumber } from './format-number.ts';
import { type Html, html, shorten } from './html.ts';
import type { ReportedFlag, ScoringSection } from './report-data.ts';
import type { Section } from './section.ts';

const MAX_REASONS = 3;
const SMALLEST_SHOWN = 0.0005;

interface Case {
  readonly entity: string | null;
  readonly flags: readonly ReportedFlag[];
}

export function describeFlags(scoring: ScoringSection): Section | null {
  const flags = flagsOf(scoring);
  if (flags.length === 0) return null;
  const cases = byEntity(flags);
  const entities = cases.filter(({ entity }) => entity !== null).length;
  const all = flags.length < scoring.flagged ? `The ${formatCount(flags.length)} most urgent of ` : '';
  const of = entities === 0 ? '' : `, of ${countOf(entities, 'entity', 'entities')}`;
  return {
    id: 'flags',
    title: 'Flags',
    lead: `${all}${countOf(scoring.flagged, 'flag')}${of}: the most severe rule hit first, then the highest score. All parts of every reason are in explanations.jsonl.`,
    body: html`<div class="cases">${cases.map(drawCase)}</div>`,
  };
}

function flagsOf({ flags, top = [] }: ScoringSection): readonly ReportedFlag[] {
  return flags ?? top.map((explanation) => ({ explanation, entity: null, facts: [] }));
}

/** In the order of each entity's most urgent flag; a record without an entity stands by itself. */
function byEntity(flags: readonly ReportedFlag[]): Case[] {
  const cases = new Map<string, ReportedFlag[]>();
  flags.forEach((flag, index) => {
    const key = flag.entity === null ? `#${index}` : `=${flag.entity}`;
    const others = cases.get(key);
    if (others === undefined) cases.set(key, [flag]);
    else others.push(flag);
  });
  return [...cases.values()].map((own) => ({ entity: own[0]!.entity, flags: own }));
}

function drawCase({ entity, flags }: Case): Html {
  const head =
    entity === null
      ? null
      : html`<h3><span class="code">${shorten(entity, 80)}</span> <small>${countOf(flags.length, 'flag')}</small></h3>`;
  return html`<article class="case">${head}${flags.map(drawFlag)}</article>
`;
}

function drawFlag({ explanation, facts }: ReportedFlag): Html {
  const { record_id, score, threshold, rules, contributions, standing } = explanation;
  const share = isNumber(score) ? Math.max(0, Math.min(1, score)) : 0;
  return html`<div class="flag"><div class="flag-head"><h4 class="code">${shorten(record_id, 80)}</h4>
<p class="score"><b>${formatScore(score)}</b> <span>${score >= threshold ? '≥' : '<'} ${formatScore(threshold)}</span><i class="meter" style="--share:${formatScore(share)}"></i></p></div>
${drawStanding(standing)}${drawFacts(facts)}<ul class="reasons">${rules.map(drawRule)}${raisingReasons(contributions, MAX_REASONS).map(drawReason)}</ul>
${drawAll(contributions)}</div>
`;
}

function drawStanding(standing: Explanation['standing']): Html | null {
  if (standing === undefined) return null;
  return html`<p class="standing"><span class="badge">${TIER_WORDS[standing.tier]}</span> ${standing.words}</p>
`;
}

function drawFacts(facts: ReportedFlag['facts']): Html | null {
  if (facts.length === 0) return null;
  return html`<dl class="keys">${facts.map(({ name, text }) => html`<div><dt>${name}</dt><dd>${shorten(text, 80)}</dd></div>`)}</dl>
`;
}

function drawRule({ severity, words }: Explanation['rules'][number]): Html {
  return html`<li><span class="badge">${severity}</span><span>${shorten(words, 300)}</span></li>`;
}

function drawReason({ contribution, words }: Pick<Reason, 'contribution' | 'words'>): Html {
  const kind = contribution < 0 ? 'down' : 'up';
  return html`<li><span class="${kind}">${formatSigned(contribution)}</span><span>${shorten(words, 300)}</span></li>`;
}

/** Behind an expander: all reasons, each group with its parts; what would read 0.000 is added up. */
function drawAll(contributions: Explanation['contributions']): Html | null {
  const reasons = listReasons(contributions);
  if (reasons.length === 0) return null;
  const isShown = ({ contribution }: Reason) => !(Math.abs(contribution) < SMALLEST_SHOWN);
  const rest = reasons.filter((reason) => !isShown(reason));
  const rows = reasons
    .filter(isShown)
    .map((reason) =>
      reason.parts.length === 1
        ? drawReason(reason)
        : html`<li><span class="${reason.contribution < 0 ? 'down' : 'up'}">${formatSigned(reason.contribution)}</span><div><b>${shorten(reason.group ?? '', 80)}</b><ul class="reasons">${reason.parts.map(drawReason)}</ul></div></li>`,
    );
  const others = rest.length === 0 ? null : drawReason(sumOthers(rest));
  return html`<details><summary>All ${countOf(reasons.length, 'reason')}</summary><ul class="reasons">${rows}${others}</ul></details>
`;
}
