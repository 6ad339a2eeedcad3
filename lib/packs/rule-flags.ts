/** Whether a rule's hit flags the record whatever its score: as the pack says, else by severity. */
import type { Pack, Rule } from './pack.ts';

export function flagsByItself({ flag, severity }: Pick<Rule, 'flag' | 'severity'>): boolean {
  return flag ?? (severity === 'high' || severity === 'critical');
}

/** The pack as a run read it: with the rules that flagged then; null: only those where the pack says `flag: true`. */
export function withFlagsOf(pack: Pack, flagging: readonly string[] | null): Pack {
  const flagOf = ({ id, flag }: Rule) => (flagging === null ? flag === true : flagging.includes(id));
  return { ...pack, rules: pack.rules.map((rule) => ({ ...rule, flag: flagOf(rule) })) };
}
