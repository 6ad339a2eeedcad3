/** What a tensor of an ONNX graph is, a column each, as a formula of the inputs before the trees and of the trees' sums after them. */
import { ELEMENT } from '../onnx-proto.ts';
import type { ScoreForm } from './score-form.ts';

/** One column as a function of one input; every step that is taken in rises or falls with it, or looks whether it is missing. */
export interface ColumnMap {
  /** The place of the input among all columns of the graph's inputs. */
  readonly input: number;
  /** Null: the input as it is. In the very arithmetic of ONNX Runtime. */
  readonly apply: ((x: number) => number) | null;
}

export type GraphValue =
  | { readonly kind: 'columns'; readonly element: number; readonly columns: readonly ColumnMap[] }
  | { readonly kind: 'constant'; readonly element: number; readonly values: readonly number[] }
  /** Null: a column that no score is made of. */
  | { readonly kind: 'scores'; readonly columns: readonly (ScoreForm | null)[] }
  /** Scores of several models, one upon the other, whose mean comes next. */
  | { readonly kind: 'stack'; readonly models: readonly (readonly (ScoreForm | null)[])[] }
  /** What is not understood, and why: an error only if the score depends on it. */
  | { readonly kind: 'unknown'; readonly reason: string };

export function unknown(reason: string): GraphValue {
  return { kind: 'unknown', reason };
}

/** A number as a tensor of this element holds it. */
export function roundTo(element: number): (x: number) => number {
  return element === ELEMENT.float64 ? (x) => x : Math.fround;
}

export function mapColumns(
  value: Extract<GraphValue, { kind: 'columns' }>,
  element: number,
  step: (column: number) => (x: number) => number,
): GraphValue {
  const columns = value.columns.map(({ input, apply }, column): ColumnMap => {
    const next = step(column);
    return { input, apply: apply === null ? next : (x) => next(apply(x)) };
  });
  return { kind: 'columns', element, columns };
}

/** From where to where a Slice takes columns, by its constants; null: it takes something else. */
export function sliceOf(values: readonly GraphValue[], count: number): [from: number, to: number] | null {
  const [starts, ends, axes, steps] = values
    .slice(1)
    .map((value) => (value.kind === 'constant' ? value.values : []));
  const isOfColumns =
    starts?.length === 1 && ends?.length === 1 && axes?.join() === '1' && (steps?.join() ?? '1') === '1';
  if (!isOfColumns) return null;
  const within = (at: number): number => Math.min(count, Math.max(0, at < 0 ? at + count : at));
  return [within(starts[0]!), within(ends[0]!)];
}
