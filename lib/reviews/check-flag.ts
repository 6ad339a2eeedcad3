/**
 * A flag as its table has it against what proves it: the entry of its drop's log, which holds the hash of its explanation, and the
 * reviews in the log of the domain, from which its status follows.
 */
import { hash } from 'node:crypto';
import type { AuditEntry } from '../audit/audit-entry.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { cutReasons, type FlagItem, fitsBeside, SEVERITIES } from '../decisions/flag-item.ts';
import { severityRank } from '../decisions/rule-hits.ts';
import { topReasons } from '../decisions/top-reasons.ts';
import type { StoreProblem } from './check-reviews.ts';
import type { FlagState } from './logged-reviews.ts';

/** A flag as the log of its drop has it. */
export interface FlagOfLog {
  readonly decision: string;
  readonly recordId: string;
  readonly score: number;
  /** Of its line in explanations.jsonl. */
  readonly sha256: string;
}

/** Null: the entry is about no flag. */
export function flagOfLog({ event, data }: AuditEntry): FlagOfLog | null {
  if (event !== 'flagged') return null;
  const { decision_id, record_id, score, sha256 } = data;
  return {
    decision: String(decision_id),
    recordId: String(record_id),
    score: Number(score),
    sha256: String(sha256),
  };
}

/** What it was raised on. `result`: of a flag without an explanation, the line in the drop's results that the log has the hash of. */
export function checkFlag(flag: FlagItem, logged: FlagOfLog, result: string | null = null): StoreProblem[] {
  const line = flag.explanation ?? result;
  const facts: Fact[] = [
    ['record_id', flag.record_id, logged.recordId],
    ['score', flag.score, logged.score],
  ];
  if (line === null) {
    const message = "its explanation is neither in the table nor in the drop's explanations.jsonl";
    return [
      { ...problem(flag, message), kind: 'missing' },
      ...mismatches(flag, facts, 'the log of its drop'),
    ];
  }
  if (hash('sha256', line) !== logged.sha256) {
    const message = 'its explanation in the table is not the one that the log of its drop has the hash of';
    return [problem(flag, message), ...mismatches(flag, facts, 'the log of its drop')];
  }
  // Only one that is too large for an item stands in the drop's results alone.
  const isTakenOut = flag.explanation === null && fitsBeside(line, null);
  return [
    ...(isTakenOut ? [problem(flag, 'its explanation was taken out of the table')] : []),
    ...mismatches(flag, [...facts, ...factsOf(flag, JSON.parse(line) as Explanation)], 'its explanation'),
  ];
}

/** What people made of it. */
export function checkFlagState(flag: FlagItem, { status, version, pending }: FlagState): StoreProblem[] {
  const waits = (one: FlagState['pending'] | undefined) =>
    one == null ? 'none' : `${one.verdict} by ${one.by} at ${one.at}`;
  const facts: Fact[] = [
    ['status', flag.status, status],
    ['version', flag.version, version],
    ['verdict that waits for a second person', waits(flag.pending), waits(pending)],
  ];
  return mismatches(flag, facts, 'the log of the domain');
}

type Fact = readonly [name: string, found: unknown, expected: unknown];

/** What a list shows of a flag, which all stands in its explanation. */
function factsOf(flag: FlagItem, explanation: Explanation): Fact[] {
  const { decision_id, threshold, base, model, pack, rules, contributions } = explanation;
  const grave = severityRank(rules);
  return [
    ['decision', flag.flag, decision_id],
    ['threshold', flag.threshold, threshold],
    ['base', flag.base, base],
    ['model', flag.model, model],
    ['pack', flag.pack, pack],
    ['severity', flag.severity, SEVERITIES[grave] ?? null],
    ['severityRank', flag.severityRank, grave],
    ['rules', flag.rules.join(', '), rules.map(({ id }) => id).join(', ')],
    ['reasons', cutReasons(flag.reasons).join(' | '), cutReasons(topReasons(contributions)).join(' | ')],
  ];
}

function mismatches(flag: FlagItem, facts: readonly Fact[], source: string): StoreProblem[] {
  return facts
    .filter(([, found, expected]) => found !== expected)
    .map(([name, found, expected]) =>
      problem(flag, `${name} ${String(found)} in the table; ${source} says ${String(expected)}`),
    );
}

function problem({ flag }: FlagItem, message: string): StoreProblem {
  return { where: `flag ${flag}`, kind: 'mismatch', message, decision: flag };
}
