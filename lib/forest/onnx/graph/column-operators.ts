/**
 * Operators between the inputs and the trees, as ONNX Runtime computes them. Each keeps a column a function of one input that only rises
 * or only falls, so that a split on it is a split on the input.
 */
import { ELEMENT, type NodeProto } from '../onnx-proto.ts';
import { type ColumnMap, type GraphValue, mapColumns, roundTo, sliceOf, unknown } from './graph-value.ts';

type Columns = Extract<GraphValue, { kind: 'columns' }>;
type Constant = Extract<GraphValue, { kind: 'constant' }>;

/** Null: no operator on columns. The values are those of the node's inputs. */
export function applyToColumns(node: NodeProto, values: readonly GraphValue[]): GraphValue | null {
  const [first, second] = values;
  switch (node.op) {
    case 'Identity':
      return first ?? null;
    case 'Cast':
      return first?.kind === 'columns' ? cast(first, node.attributes.get('to')?.int ?? 0) : null;
    case 'CastLike':
      return first?.kind === 'columns' && second !== undefined && 'element' in second
        ? cast(first, second.element)
        : null;
    case 'Concat':
    case 'FeatureVectorizer':
      return values.length > 0 && values.every((value) => value.kind === 'columns')
        ? concatenate(node, values)
        : null;
    case 'ArrayFeatureExtractor':
    case 'Gather':
      return first?.kind === 'columns' && second?.kind === 'constant' ? pick(node, first, second) : null;
    case 'Slice': {
      const range = first?.kind === 'columns' ? sliceOf(values, first.columns.length) : null;
      return range && { ...(first as Columns), columns: (first as Columns).columns.slice(...range) };
    }
    case 'Reshape':
      return first?.kind === 'columns' && second?.kind === 'constant' ? reshape(first, second) : null;
    case 'Imputer':
      return first?.kind === 'columns' ? impute(node, first) : null;
    case 'Scaler':
      return first?.kind === 'columns' ? scale(node, first) : null;
    case 'IsNaN':
      return first?.kind === 'columns'
        ? mapColumns(first, ELEMENT.bool, () => (x) => (Number.isNaN(x) ? 1 : 0))
        : null;
    case 'Neg':
      return first?.kind === 'columns' ? mapColumns(first, first.element, () => (x) => -x) : null;
    case 'Clip':
      return first?.kind === 'columns' ? clip(node, first, values) : null;
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return calculate(node.op, first, second);
    default:
      return null;
  }
}

function cast(value: Columns, element: number): GraphValue {
  if (element === ELEMENT.float64) return { ...value, element };
  if (element !== ELEMENT.float32)
    return unknown(
      `a Cast of inputs to the type ${element}, as encoders of categories need; list the categories in the pack and train on these inputs`,
    );
  return value.element === ELEMENT.float64
    ? mapColumns(value, element, () => Math.fround)
    : { ...value, element };
}

/** A FeatureVectorizer makes float32 of whatever it joins. */
function concatenate(node: NodeProto, values: readonly Columns[]): GraphValue {
  const axis = node.attributes.get('axis')?.int ?? 1;
  if (axis !== 1 && axis !== -1) return unknown(`a Concat of inputs along the axis ${axis}`);
  const parts =
    node.op === 'Concat' ? values : values.map((value) => cast(value, ELEMENT.float32) as Columns);
  const element = parts[0]!.element;
  if (parts.some((part) => part.element !== element))
    return unknown(`a ${node.op} of inputs of several types`);
  return { kind: 'columns', element, columns: parts.flatMap(({ columns }) => columns) };
}

function pick(node: NodeProto, value: Columns, { values }: Constant): GraphValue {
  if (node.op === 'Gather' && (node.attributes.get('axis')?.int ?? 0) !== 1)
    return unknown('a Gather of records');
  const columns = values.map((at) => value.columns[at < 0 ? at + value.columns.length : at]);
  return columns.every((column): column is ColumnMap => column !== undefined)
    ? { ...value, columns }
    : unknown(`a ${node.op} of column ${values.find((at) => value.columns[at] === undefined)}`);
}

function reshape(value: Columns, { values }: Constant): GraphValue {
  const isSame = values.length === 2 && (values[1] === value.columns.length || values[1] === -1);
  return isSame && (values[0] === -1 || values[0] === 0) ? value : unknown('a Reshape of inputs');
}

/** One number for all columns, or one for each. */
function perColumn(list: readonly number[], count: number): ((column: number) => number) | null {
  if (list.length === 1) return () => list[0]!;
  return list.length === count ? (column) => list[column]! : null;
}

function impute(node: NodeProto, value: Columns): GraphValue {
  const replaced = node.attributes.get('replaced_value_float')?.float ?? 0;
  if (!Number.isNaN(replaced))
    return unknown(`an Imputer that replaces ${replaced}; impute missing values (NaN), or in the pack`);
  const imputed = perColumn(node.attributes.get('imputed_value_floats')?.floats ?? [], value.columns.length);
  if (imputed === null) return unknown('an Imputer without a value for each input');
  return mapColumns(value, value.element, (column) => {
    const instead = imputed(column);
    return (x) => (Number.isNaN(x) ? instead : x);
  });
}

/** Its output is float32, whatever comes in. */
function scale(node: NodeProto, value: Columns): GraphValue {
  const count = value.columns.length;
  const offset = perColumn(node.attributes.get('offset')?.floats ?? [0], count);
  const factor = perColumn(node.attributes.get('scale')?.floats ?? [1], count);
  if (offset === null || factor === null) return unknown('a Scaler without a number for each input');
  const round = roundTo(value.element);
  if (value.columns.some((_, column) => !isUsable(factor(column)) || !Number.isFinite(offset(column))))
    return unknown('a Scaler that multiplies by 0 or infinity');
  return mapColumns(value, ELEMENT.float32, (column) => {
    const [from, by] = [offset(column), factor(column)];
    return (x) => Math.fround(round(round(x - from) * by));
  });
}

function isUsable(factor: number): boolean {
  return factor !== 0 && Number.isFinite(factor);
}

function clip(node: NodeProto, value: Columns, values: readonly GraphValue[]): GraphValue {
  const bound = (at: number, name: string, otherwise: number): number | undefined => {
    const given = values[at];
    if (given === undefined || node.inputs[at] === '') return node.attributes.get(name)?.float ?? otherwise;
    return given.kind === 'constant' && given.values.length === 1 ? given.values[0] : undefined;
  };
  const low = bound(1, 'min', Number.NEGATIVE_INFINITY);
  const high = bound(2, 'max', Number.POSITIVE_INFINITY);
  if (low === undefined || high === undefined) return unknown('a Clip between no constants');
  return mapColumns(value, value.element, () => (x) => (x < low ? low : x > high ? high : x));
}

function calculate(
  op: 'Add' | 'Sub' | 'Mul' | 'Div',
  first: GraphValue | undefined,
  second: GraphValue | undefined,
): GraphValue | null {
  const isFirst = first?.kind === 'columns';
  const [value, constant] = isFirst ? [first, second] : [second, first];
  if (value?.kind !== 'columns') return null;
  if (constant?.kind !== 'constant') return unknown(`a ${op} of several inputs`);
  const number = perColumn(constant.values, value.columns.length);
  if (number === null) return unknown(`a ${op} without a number for each input`);
  if (op === 'Div' && !isFirst) return unknown('a Div by an input');
  const isFactor = op === 'Mul' || op === 'Div';
  if (value.columns.some((_, at) => !(isFactor ? isUsable(number(at)) : Number.isFinite(number(at)))))
    return unknown(`a ${op} by 0 or infinity`);
  const round = roundTo(value.element);
  return mapColumns(value, value.element, (column) => {
    const by = number(column);
    if (op === 'Add') return (x) => round(x + by);
    if (op === 'Mul') return (x) => round(x * by);
    if (op === 'Div') return (x) => round(x / by);
    return isFirst ? (x) => round(x - by) : (x) => round(by - x);
  });
}
