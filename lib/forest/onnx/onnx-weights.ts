/**
 * What the leaves of an ONNX tree ensemble weigh for the positive class, the base, and how their sum becomes a
 * probability: as ONNX Runtime computes column 1 of the probabilities, tried out against it case by case.
 */
import { InputError } from '../../errors.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import type { NodeProto } from './onnx-proto.ts';

export interface LeafWeights {
  /** Which leaf each value belongs to. A leaf may have several (their sum counts) or none. */
  readonly tree: readonly number[];
  readonly node: readonly number[];
  readonly values: readonly number[];
  readonly base: number;
  readonly link: TreeEnsemble['link'];
  /** The two classes as the file names them, the second one's probability is the sum's; null: a regressor. */
  readonly labels: readonly string[] | null;
}

export function readLeafWeights(node: NodeProto, trees: number, file: string): LeafWeights {
  return node.op === 'TreeEnsembleClassifier'
    ? readClassWeights(node, file)
    : readTargetWeights(node, trees, file);
}

function readLists({ attributes }: NodeProto, prefix: 'class' | 'target', file: string) {
  const tree = attributes.get(`${prefix}_treeids`)?.ints ?? [];
  const node = attributes.get(`${prefix}_nodeids`)?.ints ?? [];
  const id = attributes.get(`${prefix}_ids`)?.ints ?? [];
  const weight = attributes.get(`${prefix}_weights`)?.floats ?? [];
  if (weight.length === 0) throw new InputError(`${file}: the tree ensemble has no ${prefix}_weights`);
  if ([tree, node, id].some((list) => list.length !== weight.length)) {
    throw new InputError(
      `${file}: ${prefix}_weights has ${weight.length} entries, its tree, node and id lists ${tree.length}, ${node.length} and ${id.length}`,
    );
  }
  return { tree, node, id, weight };
}

/**
 * Two classes may be written as one: weights of class 0 alone stand for the *second* class (so do scikit-learn's,
 * XGBoost's and LightGBM's converters), weights of class 1 alone for itself, without the base.
 */
function readClassWeights(operator: NodeProto, file: string): LeafWeights {
  const { attributes } = operator;
  const numbers = attributes.get('classlabels_int64s')?.ints ?? [];
  const labels =
    numbers.length > 0 ? numbers.map(String) : (attributes.get('classlabels_strings')?.texts ?? []);
  if (labels.length !== 2)
    throw new InputError(`${file}: the model separates ${labels.length} classes, expected two`);
  const { tree, node, id, weight } = readLists(operator, 'class', file);
  const other = id.find((one) => one !== 0 && one !== 1);
  if (other !== undefined) throw new InputError(`${file}: found weights of class ${other}, expected 0 and 1`);
  const transform = attributes.get('post_transform')?.text ?? 'NONE';
  const bases = attributes.get('base_values')?.floats ?? [];
  const bothClasses = id.includes(0) && id.includes(1);
  const softmax = transform === 'SOFTMAX' && bothClasses;
  if (transform !== 'NONE' && transform !== 'LOGISTIC' && !softmax) {
    throw new InputError(`${file}: found the post_transform ${transform}, expected NONE or LOGISTIC`);
  }
  const baseless = bothClasses || id[0] === 1;
  if (bases.length > 1 || (baseless && bases.length > 0)) {
    throw new InputError(
      `${file}: found ${bases.length} base_values beside weights of class ${baseless ? 1 : 0}, which runtimes read differently`,
    );
  }
  const sign = (one: number) => (!bothClasses || one === 1 ? 1 : softmax ? -1 : 0);
  return {
    tree,
    node,
    values: weight.map((value, i) => (sign(id[i]!) === 0 ? 0 : sign(id[i]!) * value)),
    base: bases[0] ?? 0,
    link: transform === 'NONE' ? 'identity' : 'logit',
    labels,
  };
}

/** A regressor with one target whose sum is the probability. ONNX Runtime ignores LOGISTIC there: no transform is taken. */
function readTargetWeights(operator: NodeProto, trees: number, file: string): LeafWeights {
  const { attributes } = operator;
  const targets = attributes.get('n_targets')?.int ?? 1;
  const aggregate = attributes.get('aggregate_function')?.text ?? 'SUM';
  const transform = attributes.get('post_transform')?.text ?? 'NONE';
  if (targets !== 1) throw new InputError(`${file}: the regressor has ${targets} targets, expected one`);
  if (aggregate !== 'SUM' && aggregate !== 'AVERAGE') {
    throw new InputError(`${file}: found the aggregate_function ${aggregate}, expected SUM or AVERAGE`);
  }
  if (transform !== 'NONE') {
    throw new InputError(`${file}: found the post_transform ${transform} of a regressor, expected NONE`);
  }
  const { tree, node, weight } = readLists(operator, 'target', file);
  return {
    tree,
    node,
    values: aggregate === 'SUM' ? weight : weight.map((value) => value / trees),
    base: attributes.get('base_values')?.floats[0] ?? 0,
    link: 'identity',
    labels: null,
  };
}
