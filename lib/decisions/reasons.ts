/**
 * The reasons that a person reads: contributions that speak of one fact (a pack's `group`) are added up and shown once, in the words
 * of the part that did most. Contributions have nine decimals and are added as integers, so base + Σ reasons = score exactly, too.
 */
import type { Contribution } from './explanation.ts';
import { fromBillionths, toBillionths } from './nine-decimals.ts';

export interface Reason {
  /** As the pack calls it; null: one contribution that belongs to no group. */
  readonly group: string | null;
  /** Of all parts, in units of the score, nine decimals. */
  readonly contribution: number;
  /** Of the part that did most in the direction of the sum. */
  readonly words: string;
  /** It says where, when or of what kind, not what was done. */
  readonly context: boolean;
  /** Largest first. */
  readonly parts: readonly Contribution[];
}

/** All of them, largest first; ties in the order of the contributions. */
export function listReasons(contributions: readonly Contribution[]): Reason[] {
  const groups = new Map<string, Contribution[]>();
  for (const one of contributions) {
    // No source's name can begin with a blank: it names its column.
    const key = one.group === undefined ? ` ${one.column}` : one.group;
    const parts = groups.get(key);
    if (parts === undefined) groups.set(key, [one]);
    else parts.push(one);
  }
  const reasons = [...groups.values()].map(toReason);
  return reasons.sort((a, b) => Math.abs(b.contribution) - Math.abs(a.contribution));
}

/** Those that raise the score most: what was done before what it was done with. */
export function raisingReasons(contributions: readonly Contribution[], most: number): Reason[] {
  const raising = listReasons(contributions)
    .filter(({ contribution }) => contribution > 0)
    .slice(0, most);
  return [...raising.filter(({ context }) => !context), ...raising.filter(({ context }) => context)];
}

function toReason(parts: readonly Contribution[]): Reason {
  const sum = parts.reduce((total, { contribution }) => total + (toBillionths(contribution) ?? 0), 0);
  const leading = parts.find(({ contribution }) => contribution * sum > 0) ?? parts[0]!;
  return {
    group: leading.group ?? null,
    contribution: fromBillionths(sum),
    words: leading.words,
    context: parts.every(({ context }) => context === true),
    parts,
  };
}
