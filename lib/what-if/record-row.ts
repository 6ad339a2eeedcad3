/**
 * The row of inputs that a flag was scored by, rebuilt from its explanation: values are stored by source, and a model takes them by
 * input. Null: a value stands there in words only. What is rebuilt counts only where it gives the stored score again.
 */
import type { Contribution } from '../decisions/explanation.ts';
import type { FittedInputs, ModelInput } from '../features/model-input.ts';
import type { Shown } from '../packs/shown-value.ts';

export function rowOfExplanation(
  { inputs }: Pick<FittedInputs, 'inputs'>,
  contributions: readonly Pick<Contribution, 'column' | 'value'>[],
): Float32Array | null {
  const values = new Map(contributions.map(({ column, value }) => [column, value]));
  const kept = new Map<string, ReadonlySet<string>>();
  for (const [source, own] of Map.groupBy(inputs, (input) => input.source))
    kept.set(source, new Set(own.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))));
  const row = new Float32Array(inputs.length);
  for (const [at, input] of inputs.entries()) {
    const value = values.get(input.source);
    const number =
      value === undefined
        ? null
        : input.kind === 'category'
          ? isOfCategory(input, value, kept.get(input.source)!)
          : numberOf(value, input);
    if (number === null) return null;
    row[at] = number;
  }
  return row;
}

function isOfCategory({ value: own }: ModelInput, value: Shown, kept: ReadonlySet<string>): number {
  if (value === null) return own === undefined ? 1 : 0;
  const text = String(value);
  return (own === null ? !kept.has(text) : own === text) ? 1 : 0;
}

/** Null: an infinite value, which an explanation holds as a word. */
function numberOf(value: Shown, { impute }: ModelInput): number | null {
  if (value === null) return impute ?? Number.NaN;
  if (typeof value === 'boolean') return value ? 1 : 0;
  return typeof value === 'number' ? value : null;
}
