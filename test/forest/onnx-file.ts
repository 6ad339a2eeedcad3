/** ONNX files as tests want them, right or wrong: any operators, any attributes. */
import { PbfWriter } from 'pbf';

export interface Operator {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, string | number | readonly number[] | readonly string[]>>;
}

export interface OnnxFile {
  readonly operators: readonly Operator[];
  readonly outputs: readonly string[];
  readonly element?: number;
  readonly columns?: number;
}

/** Attributes that hold float32; other lists of numbers are integers. */
const FLOATS = [
  'nodes_values',
  'nodes_hitrates',
  'class_weights',
  'target_weights',
  'base_values',
  'coefficients',
];

export function onnxFile({ operators, outputs, element = 1, columns = 2 }: OnnxFile): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  const graph = (_: null, inner: PbfWriter) => {
    for (const operator of operators) inner.writeMessage(1, writeOperator, operator);
    inner.writeStringField(2, 'graph');
    inner.writeMessage(11, writeInfo, { name: 'X', element, sizes: [0, columns] });
    for (const name of outputs) {
      const info = name === 'label' ? { name, element: 7, sizes: [0] } : { name, element: 1, sizes: [0, 2] };
      inner.writeMessage(12, writeInfo, info);
    }
  };
  pbf.writeMessage(7, graph, null);
  for (const domain of ['', 'ai.onnx.ml']) {
    const opset = (version: number, inner: PbfWriter) => {
      inner.writeStringField(1, domain);
      inner.writeVarintField(2, version);
    };
    pbf.writeMessage(8, opset, domain === '' ? 15 : 1);
  }
  return pbf.finish().slice();
}

function writeOperator({ op, inputs, outputs, attributes = {} }: Operator, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(4, op);
  for (const [name, value] of Object.entries(attributes)) {
    const attribute = (_: null, inner: PbfWriter) => {
      inner.writeStringField(1, name);
      if (typeof value === 'number') inner.writeVarintField(3, value);
      else if (typeof value === 'string') inner.writeStringField(4, value);
      else if (typeof value[0] === 'string')
        for (const text of value) inner.writeStringField(9, String(text));
      else if (FLOATS.includes(name)) for (const number of value) inner.writeFloatField(7, Number(number));
      else for (const number of value) inner.writeVarintField(8, Number(number));
      inner.writeVarintField(20, typeOf(name, value));
    };
    pbf.writeMessage(5, attribute, null);
  }
  pbf.writeStringField(7, ['Identity', 'Cast'].includes(op) ? '' : 'ai.onnx.ml');
}

/** AttributeProto names its type by these numbers. */
function typeOf(name: string, value: string | number | readonly unknown[]): number {
  if (typeof value === 'number') return 2;
  if (typeof value === 'string') return 3;
  if (typeof value[0] === 'string') return 8;
  return FLOATS.includes(name) ? 6 : 7;
}

function writeInfo(info: { name: string; element: number; sizes: readonly number[] }, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  const dimension = (size: number, inner: PbfWriter) => {
    if (size > 0) inner.writeVarintField(1, size);
  };
  const shape = (_: null, inner: PbfWriter) => {
    for (const size of info.sizes) inner.writeMessage(1, dimension, size);
  };
  const tensor = (_: null, inner: PbfWriter) => {
    inner.writeVarintField(1, info.element);
    inner.writeMessage(2, shape, null);
  };
  const type = (_: null, inner: PbfWriter) => {
    inner.writeMessage(1, tensor, null);
  };
  pbf.writeMessage(2, type, null);
}

type Attributes = NonNullable<Operator['attributes']>;

/** One tree: X[0] against 0.5, then (on "false") X[1] against −1; three leaves of 0.1, 0.25 and 0.7. */
export function smallTree(changes: Attributes = {}, mode = 'BRANCH_LEQ'): Operator {
  return {
    op: 'TreeEnsembleClassifier',
    inputs: ['X'],
    outputs: ['label', 'probabilities'],
    attributes: {
      nodes_treeids: [0, 0, 0, 0, 0],
      nodes_nodeids: [0, 1, 2, 3, 4],
      nodes_featureids: [0, 0, 1, 0, 0],
      nodes_values: [0.5, 0, -1, 0, 0],
      nodes_modes: [mode, 'LEAF', mode, 'LEAF', 'LEAF'],
      nodes_truenodeids: [1, 0, 3, 0, 0],
      nodes_falsenodeids: [2, 0, 4, 0, 0],
      nodes_missing_value_tracks_true: [1, 0, 0, 0, 0],
      class_treeids: [0, 0, 0],
      class_nodeids: [1, 3, 4],
      class_ids: [0, 0, 0],
      class_weights: [0.1, 0.25, 0.7],
      classlabels_int64s: [0, 1],
      post_transform: 'NONE',
      ...changes,
    },
  };
}

/** Around one operator or several, with a label and probabilities out. */
export function modelOf(...operators: readonly Operator[]): Uint8Array {
  return onnxFile({ operators, outputs: ['label', 'probabilities'] });
}
