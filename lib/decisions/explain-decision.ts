/**
 * The explanation of one decision from its score, the base it starts from and what each source did to it: sentences, largest
 * contribution first, adding up to the score to the last of nine decimals.
 *
 * The runtime sums float32 leaves, the explainer sums in float64: the two differ by up to 1e-5, and that difference is
 * shared out over the contributions. A larger one means that the parts do not explain the score. Then nothing is
 * shared out, and the explanation says in `unexplained` what is left open.
 */

import { InputError } from '../errors.ts';
import type { ScoreBand } from '../evaluation/evaluation.ts';
import type { Shown } from '../packs/shown-value.ts';
import type { Contribution, Explanation, RuleHit } from './explanation.ts';
import { apportion, fromBillionths, toBillionths } from './nine-decimals.ts';
import { standingOf } from './score-standing.ts';
import { describeFact, type Fact, type Fields, type Formats } from './words.ts';

export interface SourceFact extends Fact {
  /** Sum over the source's inputs, in units of the score. */
  readonly contribution: number;
  readonly group?: string;
  readonly context?: true;
}

export interface DecisionFacts {
  readonly recordId: string;
  /** As the runtime gave it. */
  readonly score: number;
  readonly threshold: number;
  readonly base: number;
  readonly sources: readonly SourceFact[];
  /** How the model's covers were made, where that is not its library's way. */
  readonly covers?: 'training_rows';
  /** What the card says of such scores. */
  readonly scoreBands?: readonly ScoreBand[];
  readonly rules: readonly RuleHit[];
  readonly model: string;
  readonly pack: string;
  readonly decisionId: string;
  /** Whatever a template may name. */
  readonly fields: Fields;
  readonly formats?: Formats;
}

export interface ExplainedDecision {
  readonly explanation: Explanation;
  /** Whether base + Σ contributions was within 1e-5 of the score. */
  readonly additive: boolean;
}

export function explainDecision(facts: DecisionFacts): ExplainedDecision {
  const score = billionths(facts.score, 'score', facts.recordId);
  const base = billionths(facts.base, 'base value', facts.recordId);
  // Sorted by name (UTF-16 code units) first: ties in size, and in what rounding leaves over, fall the same way
  // on every machine, whatever the order given.
  const sources = facts.sources.toSorted((a, b) => (a.source < b.source ? -1 : 1));
  const given = sources.map(({ contribution }) => contribution);
  const apportioned = apportion(given, score - base);
  const rounded = apportioned ?? given.map((contribution) => toBillionths(contribution) ?? 0);
  const sum = rounded.reduce((total, value) => total + value, 0);
  const standing = standingOf(facts.scoreBands ?? [], facts.score);
  const additive = apportioned !== undefined || (given.length === 0 && Math.abs(score - base) <= 10_000);
  return {
    additive,
    explanation: {
      record_id: facts.recordId,
      score: fromBillionths(score),
      threshold: fromBillionths(billionths(facts.threshold, 'threshold', facts.recordId)),
      // The same as `base`, but where there is no source at all to hold a rounding.
      base: fromBillionths(additive ? score - sum : base),
      contributions: listContributions(sources, rounded, facts),
      ...(additive ? {} : { unexplained: fromBillionths(score - base - sum) }),
      ...(facts.covers === undefined ? {} : { covers: facts.covers }),
      ...(standing === undefined ? {} : { standing }),
      rules: facts.rules,
      model: facts.model,
      pack: facts.pack,
      decision_id: facts.decisionId,
    },
  };
}

function listContributions(
  sources: readonly SourceFact[],
  billionths: readonly number[],
  { fields, formats }: DecisionFacts,
): Contribution[] {
  const order = sources.map((_, index) => index);
  order.sort((a, b) => Math.abs(billionths[b]!) - Math.abs(billionths[a]!));
  return order.map((index) => {
    const fact = asShown(sources[index]!);
    const contribution = {
      column: fact.source,
      value: fact.value,
      usual: fact.usual,
      contribution: fromBillionths(billionths[index]!),
      words: describeFact(fact, fields, formats),
    };
    const { group, context } = fact;
    if (group === undefined && context === undefined) return contribution;
    return {
      ...contribution,
      ...(group !== undefined && { group }),
      ...(context !== undefined && { context }),
    };
  });
}

function asShown(fact: SourceFact): SourceFact {
  const value = shown(fact.value);
  const usual = shown(fact.usual);
  return Object.is(value, fact.value) && Object.is(usual, fact.usual) ? fact : { ...fact, value, usual };
}

/** As JSON can hold it: NaN is a missing value, an infinite one a word, and -0 is 0. */
function shown(value: Shown): Shown {
  if (typeof value !== 'number') return value;
  if (Number.isNaN(value)) return null;
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite';
  return value + 0;
}

function billionths(x: number, what: string, recordId: string): number {
  const whole = toBillionths(x);
  if (whole !== undefined) return whole;
  throw new InputError(
    `record ${recordId}: the model gives a ${what} of ${x}; a number below a million was expected`,
  );
}
