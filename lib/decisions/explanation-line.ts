/**
 * Writes an explanation as a line of explanations.jsonl, always with the same bytes. Keys stand in the order of the contract;
 * scores, base and contributions are plain decimals without exponent, so that a reader with decimal arithmetic finds base + Σ
 * contributions = score.
 */
import type { Contribution, Explanation, RuleHit, Standing } from './explanation.ts';
import { decimalText } from './nine-decimals.ts';

/** Without the line end. */
export function explanationLine(explanation: Explanation): string {
  const text = JSON.stringify;
  const { unexplained, covers, standing } = explanation;
  return object([
    ['record_id', text(explanation.record_id)],
    ['score', decimalText(explanation.score)],
    ['threshold', decimalText(explanation.threshold)],
    ['base', decimalText(explanation.base)],
    ['contributions', `[${explanation.contributions.map(contributionText).join(',')}]`],
    ...(unexplained === undefined ? [] : [['unexplained', decimalText(unexplained)] as const]),
    ...(covers === undefined ? [] : [['covers', text(covers)] as const]),
    ...(standing === undefined ? [] : [['standing', standingText(standing)] as const]),
    ['rules', `[${explanation.rules.map(ruleText).join(',')}]`],
    ['model', text(explanation.model)],
    ['pack', text(explanation.pack)],
    ['decision_id', text(explanation.decision_id)],
  ]);
}

function contributionText({
  column,
  value,
  usual,
  contribution,
  words,
  group,
  context,
}: Contribution): string {
  const text = JSON.stringify;
  const place = `${group === undefined ? '' : `,"group":${nameText(group)}`}${context === undefined ? '' : ',"context":true'}`;
  return `{"column":${nameText(column)},"value":${text(value)},"usual":${text(usual)},"contribution":${decimalText(contribution)},"words":${text(words)}${place}}`;
}

const nameTexts = new Map<string, string>();

/** Names are those of packs: few, and in every line. */
function nameText(name: string): string {
  let text = nameTexts.get(name);
  if (text === undefined) {
    text = JSON.stringify(name);
    nameTexts.set(name, text);
  }
  return text;
}

function standingText({ tier, confirmed, low, high, records, words }: Standing): string {
  return JSON.stringify({ tier, confirmed, low, high, records, words });
}

function ruleText({ id, severity, words }: RuleHit): string {
  return JSON.stringify({ id, severity, words });
}

function object(members: readonly (readonly [key: string, json: string])[]): string {
  return `{${members.map(([key, json]) => `"${key}":${json}`).join(',')}}`;
}
