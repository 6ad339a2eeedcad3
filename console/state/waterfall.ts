/**
 * The bars of the reasons, added up by the fact that they speak of: each from one running total to the next. Sums are made in
 * billionths, as the API's are, so that what is shown adds up to the score to its last digit.
 */

export interface Contribution {
  readonly column: string;
  readonly contribution: number;
  readonly value: unknown;
  readonly usual: unknown;
  readonly words: string;
  readonly group?: string | undefined;
  readonly context?: true | undefined;
}

export interface Bar {
  readonly title: string;
  readonly sum: number;
  readonly isContext: boolean;
  /** The largest first. */
  readonly parts: readonly Contribution[];
  /** Running totals before and after it. */
  readonly from: number;
  readonly to: number;
}

export interface Waterfall {
  readonly base: number;
  readonly bars: readonly Bar[];
  /** Where the last bar ends: the score, less what the model leaves unexplained. */
  readonly total: number;
}

const BILLION = 1e9;
const inBillionths = (value: number): number => Math.round(value * BILLION);
/** Less than this moves no third digit. */
const SMALL = 500_000;
const MAX_GROUPS = 7;

/** `rest` names what the smaller groups are together; null: each stands by itself. */
export function makeWaterfall(
  base: number,
  contributions: readonly Contribution[],
  rest: ((count: number) => string) | null,
): Waterfall {
  const groups = groupsOf(contributions);
  const large =
    rest === null ? groups : groups.filter(({ sum }) => Math.abs(sum) >= SMALL).slice(0, MAX_GROUPS);
  const small = groups.filter((group) => !large.includes(group));
  const shown =
    small.length > 1 && rest !== null ? [...large, joined(small, rest(small.length))] : [...large, ...small];
  let at = inBillionths(base);
  const bars = shown.map(({ title, sum, parts, isContext }) => {
    const from = at;
    at += sum;
    return { title, parts, isContext, sum: sum / BILLION, from: from / BILLION, to: at / BILLION };
  });
  return { base, bars, total: at / BILLION };
}

interface Group {
  readonly title: string;
  readonly sum: number;
  readonly isContext: boolean;
  readonly parts: readonly Contribution[];
}

function groupsOf(contributions: readonly Contribution[]): Group[] {
  const members = new Map<string, Contribution[]>();
  for (const one of contributions) {
    if (inBillionths(one.contribution) === 0) continue;
    const key = one.group ?? one.words;
    members.set(key, [...(members.get(key) ?? []), one]);
  }
  return [...members]
    .map(([title, parts]) => ({
      title,
      parts: parts.toSorted((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution)),
      sum: parts.reduce((sum, { contribution }) => sum + inBillionths(contribution), 0),
      isContext: parts.every(({ context }) => context === true),
    }))
    .sort((one, other) => Math.abs(other.sum) - Math.abs(one.sum));
}

function joined(groups: readonly Group[], title: string): Group {
  return {
    title,
    sum: groups.reduce((total, { sum }) => total + sum, 0),
    isContext: false,
    parts: groups
      .flatMap(({ parts }) => parts)
      .sort((one, other) => Math.abs(other.contribution) - Math.abs(one.contribution)),
  };
}
