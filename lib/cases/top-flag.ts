/** What a queue shows of a flag, from the flag as it is stored. */
import type { Explanation } from '../decisions/explanation.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { raisingReasons } from '../decisions/reasons.ts';
import type { ReasonSum, TopFlag } from './case.ts';

const MAX_RECORD_BYTES = 4_000;
const MAX_WORDS = 400;
const MAX_RULES = 10;

export function topFlagOf(flag: FlagItem): TopFlag {
  const explanation = flag.explanation === null ? null : (JSON.parse(flag.explanation) as Explanation);
  const fits = flag.record !== null && Buffer.byteLength(flag.record) <= MAX_RECORD_BYTES;
  return {
    id: flag.flag,
    recordId: flag.record_id,
    time: flag.time,
    score: flag.score,
    threshold: flag.threshold,
    severityRank: flag.severityRank,
    tier: explanation?.standing?.tier ?? 'look',
    model: flag.model,
    rules: (explanation?.rules ?? []).slice(0, MAX_RULES).map((rule) => ({
      id: rule.id,
      severity: rule.severity,
      words: rule.words.slice(0, MAX_WORDS),
    })),
    groups: explanation === null ? [] : topGroups(explanation.contributions),
    ...(flag.pending !== undefined && { pendingBy: flag.pending.by }),
    record: fits ? flag.record : null,
  };
}

/** The two groups that raised the score most: what was done before where, when and of what kind. */
function topGroups(contributions: Explanation['contributions']): ReasonSum[] {
  return raisingReasons(contributions, contributions.length)
    .slice(0, 2)
    .map(({ group, words, contribution, context }) => ({
      group,
      words: words.slice(0, MAX_WORDS),
      contribution,
      context,
    }));
}
