/** Operators between the trees and the score: what calibration and means of several models are made of. */
import { ELEMENT, type NodeProto } from '../onnx-proto.ts';
import { type GraphValue, sliceOf, unknown } from './graph-value.ts';
import { addForms, bendForm, divideByForm, type ScoreForm, scaleForm, shiftForm } from './score-form.ts';

type Scores = Extract<GraphValue, { kind: 'scores' }>;

/** Null: no operator on scores. */
export function applyToScores(node: NodeProto, values: readonly GraphValue[]): GraphValue | null {
  const [first, second] = values;
  if (values.every((value) => value.kind === 'stack' || value.kind === 'constant'))
    return applyToStacks(node, values);
  if (!values.some(({ kind }) => kind === 'scores')) return null;
  const scores = values.filter((value) => value.kind === 'scores');
  const areAll = scores.length === values.length;
  switch (node.op) {
    case 'Identity':
    case 'ZipMap':
    case 'Normalizer':
      return first!;
    case 'Cast': {
      const to = node.attributes.get('to')?.int;
      if (to === ELEMENT.float32 || to === ELEMENT.float64) return first!;
      return unknown(
        "a Cast of the trees' output to whole numbers, as in an IsolationForest; give its trees by --sklearn without --onnx",
      );
    }
    case 'Clip':
      return unknown(
        'the operator Clip behind the trees, as in isotonic calibration: skl2onnx writes the nearest step where Python interpolates, which gives other scores. Import the estimator without it, which ranks alike, or calibrate with method="sigmoid"',
      );
    case 'Reshape':
      return second?.kind === 'constant' ? reshape(first as Scores, second.values) : null;
    case 'ArrayFeatureExtractor':
    case 'Gather':
      return first?.kind === 'scores' && second?.kind === 'constant'
        ? { kind: 'scores', columns: second.values.map((at) => first.columns.at(at) ?? null) }
        : null;
    case 'Slice': {
      const range = first?.kind === 'scores' ? sliceOf(values, first.columns.length) : null;
      return range && { kind: 'scores', columns: (first as Scores).columns.slice(...range) };
    }
    case 'Concat':
      return areAll ? concatenate(node, scores) : null;
    case 'Sum':
      return areAll ? combine(scores, addForms) : null;
    case 'Mean':
      return areAll ? combine(scores, meanOf) : null;
    case 'Neg':
      return each(first as Scores, (form) => scaleForm(form, -1));
    case 'Exp':
      return each(first as Scores, (form) => bendForm(form, 'exp'));
    case 'Sigmoid':
      return each(first as Scores, (form) => bendForm(form, 'logistic'));
    case 'Add':
    case 'Sub':
    case 'Mul':
    case 'Div':
      return calculate(node.op, first!, second!);
    default:
      return null;
  }
}

function applyToStacks(node: NodeProto, values: readonly GraphValue[]): GraphValue | null {
  const models = values.flatMap((value) => (value.kind === 'stack' ? value.models : []));
  if (models.length === 0) return null;
  const axes = node.attributes.get('axes')?.ints ?? [];
  if (node.op === 'Concat' && node.attributes.get('axis')?.int === 0) return { kind: 'stack', models };
  const isMeanOfModels =
    node.op === 'ReduceMean' && (axes.length > 0 ? axes : constantOf(values[1])).join() === '0';
  if (!isMeanOfModels) return null;
  return combine(
    models.map((columns): Scores => ({ kind: 'scores', columns })),
    meanOf,
  );
}

function constantOf(value: GraphValue | undefined): readonly number[] {
  return value?.kind === 'constant' ? value.values : [];
}

function meanOf(forms: readonly ScoreForm[]): ScoreForm {
  return scaleForm(addForms(forms), 1 / forms.length);
}

/** A column that does not fit the operator is lost; the score may still be made of others. */
function each({ columns }: Scores, step: (form: ScoreForm, column: number) => ScoreForm | null): GraphValue {
  return { kind: 'scores', columns: columns.map((form, at) => (form === null ? null : step(form, at))) };
}

function combine(values: readonly Scores[], join: (forms: ScoreForm[]) => ScoreForm): GraphValue {
  const width = Math.max(...values.map(({ columns }) => columns.length));
  const columns = Array.from({ length: width }, (_, at) => {
    const forms = values.map(({ columns: own }) => own[own.length === 1 ? 0 : at] ?? null);
    return forms.every((form) => form !== null) ? join(forms) : null;
  });
  return { kind: 'scores', columns };
}

function concatenate(node: NodeProto, values: readonly Scores[]): GraphValue {
  const axis = node.attributes.get('axis')?.int ?? 1;
  if (axis !== 1 && axis !== -1) return unknown(`a Concat of scores along the axis ${axis}`);
  return { kind: 'scores', columns: values.flatMap(({ columns }) => columns) };
}

function reshape(value: Scores, sizes: readonly number[]): GraphValue {
  const isLayer =
    sizes.length === 3 && sizes[0] === 1 && sizes[1] === -1 && sizes[2] === value.columns.length;
  if (isLayer) return { kind: 'stack', models: [value.columns] };
  const isSame = sizes.length === 2 && sizes[0] === -1 && sizes[1] === value.columns.length;
  // A list of one score a record.
  const isList = sizes.length === 1 && sizes[0] === -1 && value.columns.length === 1;
  return isSame || isList ? value : unknown('a Reshape of scores');
}

function calculate(op: 'Add' | 'Sub' | 'Mul' | 'Div', first: GraphValue, second: GraphValue): GraphValue {
  if (first.kind === 'scores' && second.kind === 'scores') {
    if (op === 'Add') return combine([first, second], addForms);
    return op === 'Sub'
      ? combine([first, second], ([a, b]) => addForms([a!, scaleForm(b!, -1)]))
      : unknown(`a ${op} of two scores`);
  }
  const [scores, constant] = first.kind === 'scores' ? [first, second] : [second, first];
  if (scores.kind !== 'scores' || constant.kind !== 'constant')
    return unknown(`a ${op} of scores and inputs`);
  const isFirst = first.kind === 'scores';
  const numbers = constant.values;
  if (numbers.length !== 1 && numbers.length !== scores.columns.length)
    return unknown(`a ${op} of scores by ${numbers.length} numbers`);
  return each(scores, (form, column) => {
    const number = numbers[numbers.length === 1 ? 0 : column]!;
    if (op === 'Add') return shiftForm(form, number);
    if (op === 'Mul') return scaleForm(form, number);
    if (op === 'Sub') return isFirst ? shiftForm(form, -number) : shiftForm(scaleForm(form, -1), number);
    return isFirst ? scaleForm(form, 1 / number) : divideByForm(number, form);
  });
}
