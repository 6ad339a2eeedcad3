/**
 * From a graph to the one tree ensemble in it: what it is called by, and that nothing else in the graph changes its
 * probabilities. Every other graph is refused, by the name of the operator that is in the way.
 */
import { InputError } from '../../errors.ts';
import type { GraphProto, NodeProto } from './onnx-proto.ts';

export interface TreeGraph {
  readonly tree: NodeProto;
  readonly inputName: string;
  /** Columns of the input, if the file says so. */
  readonly inputColumns: number | null;
  readonly probabilitiesOutput: string;
}

const TREE_OPERATORS = ['TreeEnsembleClassifier', 'TreeEnsembleRegressor'];
/** Operators around a tree ensemble that hand its input or output on. */
const PASSING_OPERATORS = ['Cast', 'Identity', 'ZipMap', 'Normalizer'];
const FLOAT32 = 1;
/** Far above any model that was ever useful; a damaged file must not make us reserve the memory of a machine. */
const MAX_COLUMNS = 1_000_000;

export function findTree(graph: GraphProto, file: string): TreeGraph {
  const trees = graph.nodes.filter((node) => TREE_OPERATORS.includes(node.op));
  const foreign = graph.nodes.find((node) => !TREE_OPERATORS.includes(node.op) && !passesOn(node, graph));
  const expected =
    'expected one TreeEnsembleClassifier on a float32 input, with nothing around it but casts and a ZipMap';
  if (foreign !== undefined) throw new InputError(`${file}: found the operator ${foreign.op}; ${expected}`);
  if (trees.length !== 1) {
    throw new InputError(`${file}: found ${trees.length} tree ensembles in the graph; ${expected}`);
  }
  const tree = trees[0]!;
  const producers = new Map(
    graph.nodes.flatMap((node) => node.outputs.map((output) => [output, node] as const)),
  );
  const inputName = traceUp(tree.inputs[0] ?? '', producers, () => false);
  const input = graph.inputs.find((one) => one.name === inputName);
  if (input === undefined)
    throw new InputError(`${file}: the trees do not read an input of the graph; ${expected}`);
  if (input.tensor?.element !== FLOAT32) {
    throw new InputError(
      `${file}: input "${inputName}" is not a float32 tensor; convert the model with FloatTensorType([None, n])`,
    );
  }
  const inputColumns = input.tensor.dimensions[1] ?? null;
  if (inputColumns !== null && !(inputColumns > 0 && inputColumns <= MAX_COLUMNS)) {
    throw new InputError(
      `${file}: input "${inputName}" has ${inputColumns} columns, expected 1 to ${MAX_COLUMNS}`,
    );
  }
  const scores = tree.outputs[tree.op === 'TreeEnsembleClassifier' ? 1 : 0];
  const output = graph.outputs.find(
    ({ name }) => traceUp(name, producers, (tensor) => tensor === scores) === scores,
  );
  if (output === undefined)
    throw new InputError(`${file}: no output of the graph holds the trees' probabilities`);
  return { tree, inputName, inputColumns, probabilitiesOutput: output.name };
}

/** Follows a tensor's name up through the operators that hand on, to where `stop` says or to where nothing does. */
function traceUp(
  name: string,
  producers: ReadonlyMap<string, NodeProto>,
  stop: (name: string) => boolean,
): string {
  const seen = new Set<string>();
  let tensor = name;
  while (!stop(tensor) && !seen.has(tensor)) {
    seen.add(tensor);
    const producer = producers.get(tensor);
    if (producer === undefined || TREE_OPERATORS.includes(producer.op)) break;
    tensor = producer.inputs[0] ?? '';
  }
  return tensor;
}

/** LightGBM's converter ends in a multiplication by one. */
function passesOn(node: NodeProto, graph: GraphProto): boolean {
  if (node.op === 'Mul') {
    const factor = graph.initializers.find((one) => one.name === node.inputs[1]);
    return factor !== undefined && factor.floats.length === 1 && factor.floats[0] === 1;
  }
  return PASSING_OPERATORS.includes(node.op);
}
