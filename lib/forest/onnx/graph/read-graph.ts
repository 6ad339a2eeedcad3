/**
 * A graph followed from its inputs to its score, operator by operator: which columns each tree ensemble reads, and how the score is made
 * of their sums. What cannot be followed is refused by its operator, if the score depends on it.
 */
import { InputError } from '../../../errors.ts';
import { ELEMENT, type GraphProto, type NodeProto, type ValueInfo } from '../onnx-proto.ts';
import { type ReadTrees, readTrees } from '../onnx-trees.ts';
import { applyToColumns } from './column-operators.ts';
import { type ColumnMap, type GraphValue, unknown } from './graph-value.ts';
import { type ScoreForm, scaleForm, shiftForm, sumOf } from './score-form.ts';
import { applyToScores } from './score-operators.ts';

export interface GraphInput {
  readonly name: string;
  /** Of the matrix; null: as many as the trees ask for. */
  readonly columns: number | null;
  readonly isDouble: boolean;
}

/** A tree ensemble of the graph, as its file has it, and what the columns that it reads are. */
export interface Member {
  readonly trees: ReadTrees;
  readonly columns: readonly ColumnMap[];
}

export interface ReadGraph {
  readonly inputs: readonly GraphInput[];
  readonly members: readonly Member[];
  readonly score: ScoreForm;
  readonly output: string;
  /** As what stands behind the trees names the classes; null: as the trees do. */
  readonly labels: readonly string[] | null;
}

const TREE_OPERATORS = ['TreeEnsembleClassifier', 'TreeEnsembleRegressor'];
/** Far above any model that was ever useful; a damaged file must not make us reserve the memory of a machine. */
const MAX_COLUMNS = 1_000_000;
const EXPECTED =
  'expected tree ensembles, with casts, scalers, imputers and choices of columns before them, and calibration or means of them behind';

export function readGraph(graph: GraphProto, file: string): ReadGraph {
  if (!graph.nodes.some(({ op }) => TREE_OPERATORS.includes(op)))
    throw new InputError(
      `${file}: found ${graph.nodes.map(({ op }) => `the operator ${op}`).join(', ') || 'no operator'} and no tree ensemble; ${EXPECTED}`,
    );
  const inputs = graph.inputs.map((input) => readInput(input, graph, file));
  const values = new Map<string, GraphValue>();
  for (const { name, element, values: numbers } of graph.initializers)
    values.set(name, { kind: 'constant', element, values: numbers });
  let before = 0;
  inputs.forEach(({ name, columns }, at) => {
    const width = columns ?? widestSplit(graph);
    values.set(name, {
      kind: 'columns',
      element: graph.inputs[at]!.tensor!.element,
      columns: Array.from({ length: width }, (_, column) => ({ input: before + column, apply: null })),
    });
    before += width;
  });
  const members: Member[] = [];
  for (const node of graph.nodes) {
    const given = node.inputs.map((name) => values.get(name) ?? unknown(`the tensor ${name}`));
    const results = TREE_OPERATORS.includes(node.op)
      ? addMember(members, node, given[0], file)
      : [applyOperator(node, given)];
    node.outputs.forEach((name, at) => {
      values.set(name, results[at] ?? unknown(`the operator ${node.op}${adviceOn(node.op)}`));
    });
  }
  const { score, output } = findScore(graph, values, file);
  return { inputs, members, score, output, labels: findLabels(graph) };
}

function readInput({ name, tensor }: ValueInfo, { inputs }: GraphProto, file: string): GraphInput {
  if (tensor?.element !== ELEMENT.float32 && tensor?.element !== ELEMENT.float64)
    throw new InputError(
      `${file}: input "${name}" is no tensor of floating point; convert the model with FloatTensorType([None, n])`,
    );
  const columns = tensor.dimensions[1] ?? null;
  if (columns === null && inputs.length > 1)
    throw new InputError(
      `${file}: input "${name}" does not say how many columns it has; convert the model with FloatTensorType([None, n])`,
    );
  if (columns !== null && !(columns > 0 && columns <= MAX_COLUMNS))
    throw new InputError(`${file}: input "${name}" has ${columns} columns, expected 1 to ${MAX_COLUMNS}`);
  return { name, columns, isDouble: tensor.element === ELEMENT.float64 };
}

/** The width of an input that does not say it. */
function widestSplit({ nodes }: GraphProto): number {
  const asked = nodes.flatMap(({ attributes }) => attributes.get('nodes_featureids')?.ints ?? []);
  return Math.min(
    MAX_COLUMNS,
    asked.reduce((most, feature) => Math.max(most, feature + 1), 1),
  );
}

function applyOperator(node: NodeProto, given: readonly GraphValue[]): GraphValue {
  if (node.op === 'Constant') {
    const tensor = node.attributes.get('value')?.tensor;
    return tensor
      ? { kind: 'constant', element: tensor.element, values: tensor.values }
      : unknown('a Constant');
  }
  const lost = given.find((value, at) => value.kind === 'unknown' && node.inputs[at] !== '');
  return (
    lost ??
    applyToColumns(node, given) ??
    applyToScores(node, given) ??
    unknown(`the operator ${node.op}${adviceOn(node.op)}`)
  );
}

const ADVICE = new Map([
  ['OneHotEncoder', '; list the categories in the pack (encode) and train on these inputs'],
  ['Normalizer', ', which mixes the inputs of a record; trees need no scaling'],
  ['LinearClassifier', ', as in stacking; import one of the models'],
]);

function adviceOn(op: string): string {
  return ADVICE.get(op) ?? '';
}

/** The label, then the scores; a regressor has only scores. */
function addMember(
  members: Member[],
  node: NodeProto,
  given: GraphValue | undefined,
  file: string,
): GraphValue[] {
  const isClassifier = node.op === 'TreeEnsembleClassifier';
  if (given?.kind !== 'columns') {
    const lost = unknown(given?.kind === 'unknown' ? given.reason : 'trees that read no inputs');
    return isClassifier ? [lost, lost] : [lost];
  }
  const trees = readTrees(node, given.columns.length, file);
  const member = members.push({ trees, columns: given.columns }) - 1;
  const own = sumOf(member);
  const { link } = trees.ensemble;
  const positive: ScoreForm =
    link === 'identity'
      ? own
      : {
          constant: 0,
          terms: [
            {
              sum: [{ member, weight: 1 }],
              curves: [{ kind: 'logistic', scale: 1, offset: 0 }],
              weight: 1,
            },
          ],
        };
  if (!isClassifier) return [{ kind: 'scores', columns: [positive] }];
  // Of raw sums the first column is not one minus the second.
  const negative = link === 'logit' ? shiftForm(scaleForm(positive, -1), 1) : null;
  return [unknown('a label'), { kind: 'scores', columns: [negative, positive] }];
}

/** Models of an ensemble may number the classes that it names: a ZipMap has the names, or what the place of the highest score picks. */
function findLabels({ nodes, initializers }: GraphProto): readonly string[] | null {
  const zipped = nodes.find(({ op }) => op === 'ZipMap')?.attributes;
  const numbers = zipped?.get('classlabels_int64s')?.ints ?? [];
  const names = zipped?.get('classlabels_strings')?.texts ?? [];
  if (names.length === 2) return names;
  if (numbers.length === 2) return numbers.map(String);
  const places = new Set(nodes.flatMap(({ op, outputs }) => (op === 'ArgMax' ? outputs : [])));
  const picks = nodes.flatMap(({ op, inputs: [from = '', at = ''] }) =>
    (op === 'ArrayFeatureExtractor' || op === 'Gather') && places.has(at) ? [from] : [],
  );
  const classes = initializers.find(({ name }) => name === picks.at(-1));
  const found =
    classes === undefined || classes.texts.length > 0 ? classes?.texts : classes.values.map(String);
  return found?.length === 2 ? found : null;
}

/** The output called probabilities, else the last that is a score. */
function findScore(
  { outputs }: GraphProto,
  values: ReadonlyMap<string, GraphValue>,
  file: string,
): { score: ScoreForm; output: string } {
  const scored = outputs.flatMap(({ name }) => {
    const value = values.get(name);
    const score = value?.kind === 'scores' ? value.columns.at(-1) : null;
    return score ? [{ score, output: name }] : [];
  });
  const found = scored.find(({ output }) => output === 'probabilities') ?? scored.at(-1);
  if (found !== undefined) return found;
  const reasons = outputs.flatMap(({ name }) => {
    const value = values.get(name);
    return value?.kind === 'unknown' && value.reason !== 'a label' ? [value.reason] : [];
  });
  throw new InputError(
    reasons.length === 0
      ? `${file}: no output of the graph holds the trees' probabilities, or they are a curve over sums that have curves already`
      : `${file}: found ${reasons.at(-1)}; ${EXPECTED}`,
  );
}
