/** The pack's rules beside the model: the hits of a record in words, the most severe first. */
import type { Rule, Severity } from '../packs/pack.ts';
import type { Explanation, RuleHit } from './explanation.ts';
import { type Fields, type Formats, renderWords } from './words.ts';

const GRAVITY: Readonly<Record<Severity, number>> = { low: 1, medium: 2, high: 3, critical: 4 };

/** How grave the most severe of the hits is: 4 critical, 3 high, 2 medium, 1 low; 0 without any. */
export function severityRank(rules: readonly RuleHit[]): number {
  return Math.max(0, ...rules.map((rule) => GRAVITY[rule.severity]));
}

/** `hits[i]` says whether the record meets `rules[i]`; null (an unknown value in the condition) is no hit. */
export function ruleHits(
  rules: readonly Rule[],
  hits: ArrayLike<boolean | number | null>,
  fields: Fields,
  formats: Formats = {},
): RuleHit[] {
  return rules
    .filter((_, index) => Boolean(hits[index]))
    .toSorted((a, b) => GRAVITY[b.severity] - GRAVITY[a.severity])
    .map(({ id, severity, because }) => ({ id, severity, words: renderWords(because, fields, formats) }));
}

/** The order in which officers look at flags: the most severe rule hit, then the score, then the record id. */
export function compareUrgency(
  a: Pick<Explanation, 'rules' | 'score' | 'record_id'>,
  b: Pick<Explanation, 'rules' | 'score' | 'record_id'>,
): number {
  const byId = a.record_id < b.record_id ? -1 : a.record_id > b.record_id ? 1 : 0;
  return severityRank(b.rules) - severityRank(a.rules) || b.score - a.score || byId;
}
