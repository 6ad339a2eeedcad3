import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyToColumns } from '../../lib/forest/onnx/graph/column-operators.ts';
import { findTurn, foldColumns } from '../../lib/forest/onnx/graph/fold-columns.ts';
import type { ColumnMap, GraphValue } from '../../lib/forest/onnx/graph/graph-value.ts';
import { type Attribute, ELEMENT, type NodeProto } from '../../lib/forest/onnx/onnx-proto.ts';
import { goesLeft, nextFloat32Below, type TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

const attribute = (name: string, given: Partial<Attribute>): [string, Attribute] => [
  name,
  { name, float: null, int: null, text: null, floats: [], ints: [], texts: [], tensor: null, ...given },
];
const node = (op: string, ...attributes: [string, Attribute][]): NodeProto => ({
  op,
  domain: '',
  inputs: ['x', 'c', 'd'],
  outputs: ['y'],
  attributes: new Map(attributes),
});
const constant = (...values: number[]): GraphValue => ({
  kind: 'constant',
  element: ELEMENT.float32,
  values,
});

type Step = (value: GraphValue) => GraphValue | null;
const float = fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 });
const factor = float.filter((x) => Math.abs(x) > 1e-6);
const STEPS: fc.Arbitrary<Step>[] = [
  fc.tuple(float, factor).map(
    ([offset, scale]): Step =>
      (value) =>
        applyToColumns(
          node('Scaler', attribute('offset', { floats: [offset] }), attribute('scale', { floats: [scale] })),
          [value],
        ),
  ),
  float.map(
    (imputed): Step =>
      (value) =>
        applyToColumns(
          node(
            'Imputer',
            attribute('imputed_value_floats', { floats: [imputed] }),
            attribute('replaced_value_float', { float: Number.NaN }),
          ),
          [value],
        ),
  ),
  fc.tuple(fc.constantFrom('Add', 'Sub'), float, fc.boolean()).map(
    ([op, by, isFirst]): Step =>
      (value) =>
        applyToColumns(node(op), isFirst ? [constant(by), value] : [value, constant(by)]),
  ),
  fc.tuple(fc.constantFrom('Mul', 'Div'), factor).map(
    ([op, by]): Step =>
      (value) =>
        applyToColumns(node(op), [value, constant(by)]),
  ),
  fc.tuple(float, float).map(
    ([a, b]): Step =>
      (value) =>
        applyToColumns(node('Clip'), [value, constant(Math.min(a, b)), constant(Math.max(a, b))]),
  ),
  fc.constantFrom<[string, number]>(['Cast', ELEMENT.float64], ['Cast', ELEMENT.float32]).map(
    ([op, int]): Step =>
      (value) =>
        applyToColumns(node(op, attribute('to', { int })), [value]),
  ),
  fc.constant<Step>((value) => applyToColumns(node('Neg'), [value])),
];

const input = (columns: readonly ColumnMap[] = [{ input: 0, apply: null }]): GraphValue => ({
  kind: 'columns',
  element: ELEMENT.float32,
  columns,
});

/** One split, whose left leaf is 1. */
const stump = (threshold: number, missingLeft: number): TreeEnsemble => ({
  featureCount: 1,
  treeStart: Int32Array.of(0, 3),
  feature: Int32Array.of(0, -1, -1),
  threshold: Float32Array.of(threshold, 0, 0),
  left: Int32Array.of(1, 0, 0),
  right: Int32Array.of(2, 0, 0),
  missingLeft: Uint8Array.of(missingLeft, 0, 0),
  cover: new Float64Array(3),
  value: Float64Array.of(0, 1, 0),
  base: 0,
  link: 'identity',
});

function leafOf({ threshold, left, right, missingLeft, value }: TreeEnsemble, x: number): number {
  return value[goesLeft(x, threshold[0]!, missingLeft[0]!) ? left[0]! : right[0]!]!;
}

describe('what stands before the trees', () => {
  test('is folded into splits that send every float32, and a missing value, where it went', () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(...STEPS), { minLength: 1, maxLength: 5 }),
        float,
        fc.constantFrom(0, 1),
        fc.array(fc.float(), { maxLength: 20 }),
        (steps, cut, missingLeft, given) => {
          const value = steps.reduce<GraphValue>((so, step) => step(so)!, input());
          if (value.kind !== 'columns') throw new Error('not followed');
          const { apply } = value.columns[0]!;
          const tree = stump(cut, missingLeft);
          const folded = foldColumns(tree, value.columns, 1, 'm');
          const turn = folded.threshold[0]!;
          const beside = [turn, nextFloat32Below(turn), -nextFloat32Below(-turn)];
          const ends = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
          for (const x of [...given, ...beside, ...ends])
            expect(leafOf(folded, x), `x = ${x}`).toBe(leafOf(tree, apply === null ? x : apply(x)));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test('may take a missing value for a column of its own', () => {
    const isMissing = applyToColumns(node('IsNaN'), [input()]);
    if (isMissing?.kind !== 'columns') throw new Error('not followed');
    const folded = foldColumns(stump(0.5, 0), isMissing.columns, 1, 'm');
    expect([1, -1, Number.POSITIVE_INFINITY, Number.NaN].map((x) => leafOf(folded, x))).toEqual([1, 1, 1, 0]);
  });

  test('is refused where a split turns twice', () => {
    expect(findTurn((x) => Math.abs(x) <= 0.5)).toBeNull();
    const columns = [{ input: 0, apply: Math.abs }];
    expect(() => foldColumns(stump(0.5, 0), columns, 1, 'm')).toThrow(
      /m: node 0 splits on a column that neither/,
    );
  });

  test.each<[string, GraphValue | null]>([
    [
      'an Imputer that replaces -1',
      applyToColumns(
        node(
          'Imputer',
          attribute('replaced_value_float', { float: -1 }),
          attribute('imputed_value_floats', { floats: [0] }),
        ),
        [input()],
      ),
    ],
    [
      'a Scaler that multiplies by 0',
      applyToColumns(node('Scaler', attribute('scale', { floats: [0] })), [input()]),
    ],
    ['a Mul by 0', applyToColumns(node('Mul'), [input(), constant(0)])],
    ['a Mul of several inputs', applyToColumns(node('Mul'), [input(), input()])],
    ['a Div by an input', applyToColumns(node('Div'), [constant(1), input()])],
    [
      'a Concat of inputs along the axis 0',
      applyToColumns(node('Concat', attribute('axis', { int: 0 })), [input(), input()]),
    ],
    [
      'a Gather of records',
      applyToColumns(node('Gather', attribute('axis', { int: 0 })), [input(), constant(0)]),
    ],
    [
      'a Gather of column 3',
      applyToColumns(node('Gather', attribute('axis', { int: 1 })), [input(), constant(3)]),
    ],
    ['a Cast of inputs to the type 7', applyToColumns(node('Cast', attribute('to', { int: 7 })), [input()])],
  ])('%s is not followed', (reason, value) => {
    expect(value).toMatchObject({ kind: 'unknown', reason: expect.stringContaining(reason) });
  });
});
