/** A score as a formula of sums of trees: constant + Σ weight · curve(sum of an ensemble). */
import type { Curve } from '../../tree-ensemble.ts';

export interface ScoreTerm {
  /** Which tree ensembles of the graph, each by its weight: their sum goes through the curves. */
  readonly sum: readonly { readonly member: number; readonly weight: number }[];
  readonly curves: readonly Curve[];
  readonly weight: number;
}

export interface ScoreForm {
  readonly constant: number;
  readonly terms: readonly ScoreTerm[];
}

export function sumOf(member: number): ScoreForm {
  return { constant: 0, terms: [{ sum: [{ member, weight: 1 }], curves: [], weight: 1 }] };
}

export function scaleForm({ constant, terms }: ScoreForm, by: number): ScoreForm {
  return { constant: constant * by, terms: terms.map((term) => ({ ...term, weight: term.weight * by })) };
}

export function shiftForm(form: ScoreForm, by: number): ScoreForm {
  return { ...form, constant: form.constant + by };
}

export function addForms(forms: readonly ScoreForm[]): ScoreForm {
  return {
    constant: forms.reduce((sum, { constant }) => sum + constant, 0),
    terms: forms.flatMap(({ terms }) => terms),
  };
}

/** The logistic or exponential curve of a form; null if it is of sums that have different curves already. */
export function bendForm({ constant, terms }: ScoreForm, kind: Curve['kind']): ScoreForm | null {
  const [term] = terms;
  if (term === undefined) return null;
  if (terms.every(({ curves }) => curves.length === 0)) {
    const sum = terms.flatMap(({ sum: own, weight }) =>
      own.map((one) => ({ ...one, weight: one.weight * weight })),
    );
    // The scale of a single sum stays in its curve.
    const scale = sum.length === 1 ? sum[0]!.weight : 1;
    const scaled = sum.map((one) => ({ ...one, weight: one.weight / scale }));
    return { constant: 0, terms: [{ sum: scaled, curves: [{ kind, scale, offset: constant }], weight: 1 }] };
  }
  if (terms.length > 1) return null;
  const curve: Curve = { kind, scale: term.weight, offset: constant };
  return { constant: 0, terms: [{ ...term, curves: [...term.curves, curve], weight: 1 }] };
}

/** `dividend / form`, for 1 / (1 + exp(x)) and its multiples; null for any other quotient. */
export function divideByForm(dividend: number, { constant, terms }: ScoreForm): ScoreForm | null {
  const [term] = terms;
  const last = term?.curves.at(-1);
  if (term === undefined || terms.length > 1 || last?.kind !== 'exp') return null;
  const share = term.weight / constant;
  if (!(share > 0 && Number.isFinite(share))) return null;
  const curve: Curve = { kind: 'logistic', scale: -last.scale, offset: -last.offset - Math.log(share) };
  return {
    constant: 0,
    terms: [{ ...term, curves: [...term.curves.slice(0, -1), curve], weight: dividend / constant }],
  };
}
