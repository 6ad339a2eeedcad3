/**
 * From the attributes of a TreeEnsembleClassifier or -Regressor to a TreeEnsemble: every branch mode becomes the one
 * split rule, two classes become the positive one, nodes are gathered by tree with the root first.
 */
import { InputError } from '../../errors.ts';
import { nextFloat32Below, type TreeEnsemble } from '../tree-ensemble.ts';
import type { NodeProto } from './onnx-proto.ts';
import { type LeafWeights, readLeafWeights } from './onnx-weights.ts';

export interface ReadTrees {
  readonly ensemble: TreeEnsemble;
  /** Whether the file has covers that can be averages: a parent's is the sum of its children's. */
  readonly hasCover: boolean;
  readonly labels: readonly string[] | null;
  readonly tracksMissing: boolean;
}

/** ONNX Runtime walks trees by recursion: some ten thousand levels end its process. No tree that was trained is that deep. */
const MAX_DEPTH = 1_000;

/** `columns` is the width of the input; null: as many as the splits ask for. */
export function readTrees(node: NodeProto, columns: number | null, file: string): ReadTrees {
  const table = readNodeTable(node, file);
  const { order, treeStart, placeOf } = gatherTrees(table, file);
  const weights = readLeafWeights(node, treeStart.length - 1, file);
  const count = order.length;
  const ensemble = {
    featureCount: columns ?? table.feature.reduce((most, feature) => Math.max(most, feature + 1), 1),
    treeStart,
    feature: new Int32Array(count),
    threshold: new Float32Array(count),
    left: new Int32Array(count),
    right: new Int32Array(count),
    missingLeft: new Uint8Array(count),
    cover: new Float64Array(count),
    value: new Float64Array(count),
    base: weights.base,
    link: weights.link,
  };
  order.forEach((source, place) => {
    ensemble.cover[place] = table.cover[source] ?? 0;
    if (table.mode[source] === 'LEAF') ensemble.feature[place] = -1;
    else setSplit(ensemble, place, table, source, placeOf, file);
  });
  checkTrees(ensemble, file);
  setValues(ensemble, weights, table, placeOf, file);
  return {
    ensemble,
    hasCover: table.cover.length === count && coversAddUp(ensemble),
    labels: weights.labels,
    tracksMissing: table.missingTrue.includes(1),
  };
}

/** Attributes of the nodes, in the order of the file. */
interface NodeTable {
  readonly tree: readonly number[];
  readonly id: readonly number[];
  readonly mode: readonly string[];
  readonly feature: readonly number[];
  readonly threshold: readonly number[];
  readonly whenTrue: readonly number[];
  readonly whenFalse: readonly number[];
  /** Empty if the file has none. */
  readonly missingTrue: readonly number[];
  readonly cover: readonly number[];
}

function readNodeTable({ attributes }: NodeProto, file: string): NodeTable {
  const mode = attributes.get('nodes_modes')?.texts ?? [];
  if (mode.length === 0) {
    const tensor = [...attributes.values()].find((attribute) => attribute.tensor !== null);
    throw new InputError(
      `${file}: the tree ensemble has no nodes${tensor ? ` but a tensor ${tensor.name}; float32 lists are expected` : ''}`,
    );
  }
  const list = (name: string, of: 'ints' | 'floats', optional = false): readonly number[] => {
    const values = attributes.get(name)?.[of] ?? [];
    if (values.length === mode.length || (optional && values.length === 0)) return values;
    throw new InputError(`${file}: ${name} has ${values.length} entries for ${mode.length} nodes`);
  };
  return {
    mode,
    tree: list('nodes_treeids', 'ints'),
    id: list('nodes_nodeids', 'ints'),
    feature: list('nodes_featureids', 'ints'),
    threshold: list('nodes_values', 'floats'),
    whenTrue: list('nodes_truenodeids', 'ints'),
    whenFalse: list('nodes_falsenodeids', 'ints'),
    missingTrue: list('nodes_missing_value_tracks_true', 'ints', true),
    cover: list('nodes_hitrates', 'floats', true),
  };
}

type PlaceOf = (tree: number, id: number) => number | undefined;

/** Orders the nodes tree by tree, in the order of the file but every root first. */
function gatherTrees(table: NodeTable, file: string) {
  const trees = new Map<number, number[]>();
  const places = new Map<number, Map<number, number>>();
  table.tree.forEach((tree, source) => {
    if (!trees.has(tree)) trees.set(tree, []);
    trees.get(tree)!.push(source);
  });
  const order: number[] = [];
  const treeStart = [0];
  for (const [tree, sources] of trees) {
    const place = new Map<number, number>();
    for (const source of putRootFirst(table, sources)) {
      if (place.has(table.id[source]!)) {
        throw new InputError(`${file}: tree ${tree} has two nodes numbered ${table.id[source]}`);
      }
      place.set(table.id[source]!, order.length);
      order.push(source);
    }
    places.set(tree, place);
    treeStart.push(order.length);
  }
  const placeOf: PlaceOf = (tree, id) => places.get(tree)?.get(id);
  return { order, treeStart: Int32Array.from(treeStart), placeOf };
}

function putRootFirst(table: NodeTable, sources: number[]): number[] {
  const children = new Set<number>();
  for (const source of sources) {
    if (table.mode[source] === 'LEAF') continue;
    children.add(table.whenTrue[source]!);
    children.add(table.whenFalse[source]!);
  }
  const root = sources.find((source) => !children.has(table.id[source]!));
  return root === undefined || root === sources[0]
    ? sources
    : [root, ...sources.filter((one) => one !== root)];
}

/**
 * x < t is x <= the float32 below t. "Greater" modes are these two the other way round: the children swap, and a
 * missing value, which fails every comparison, goes where it did.
 */
function setSplit(
  ensemble: { -readonly [K in keyof TreeEnsemble]: TreeEnsemble[K] },
  place: number,
  table: NodeTable,
  source: number,
  placeOf: PlaceOf,
  file: string,
): void {
  const mode = table.mode[source]!;
  const where = `${file}: tree ${table.tree[source]}, node ${table.id[source]}`;
  if (!['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'].includes(mode)) {
    throw new InputError(
      `${where}: found the mode ${mode}, expected BRANCH_LEQ, LT, GTE, GT or LEAF${mode === 'BRANCH_EQ' || mode === 'BRANCH_MEMBER' ? '; it is a categorical split: list the categories in the pack (encode) and train on these inputs' : ''}`,
    );
  }
  const threshold = Math.fround(table.threshold[source]!);
  if (Number.isNaN(threshold)) throw new InputError(`${where}: the threshold is not a number`);
  const child = (id: number): number => {
    const found = placeOf(table.tree[source]!, id);
    if (found === undefined) throw new InputError(`${where}: its child ${id} is not in the tree`);
    return found;
  };
  const whenTrue = child(table.whenTrue[source]!);
  const whenFalse = child(table.whenFalse[source]!);
  const missingTrue = table.missingTrue[source] === 1 ? 1 : 0;
  const swapped = mode === 'BRANCH_GTE' || mode === 'BRANCH_GT';
  ensemble.feature[place] = table.feature[source]!;
  ensemble.threshold[place] =
    mode === 'BRANCH_LT' || mode === 'BRANCH_GTE' ? nextFloat32Below(threshold) : threshold;
  ensemble.left[place] = swapped ? whenFalse : whenTrue;
  ensemble.right[place] = swapped ? whenTrue : whenFalse;
  ensemble.missingLeft[place] = swapped ? 1 - missingTrue : missingTrue;
  if (!(table.feature[source]! >= 0 && table.feature[source]! < ensemble.featureCount)) {
    throw new InputError(
      `${where}: splits on feature ${table.feature[source]}, expected 0 to ${ensemble.featureCount - 1}; a converter that drops columns which its pipeline adds (add_indicator) leaves such trees: add them in the pack`,
    );
  }
}

/** Every node but the roots is the child of exactly one node before we walk: no loops, nothing out of reach. */
function checkTrees({ treeStart, feature, left, right }: TreeEnsemble, file: string): void {
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const start = treeStart[tree]!;
    const end = treeStart[tree + 1]!;
    const reached = new Uint8Array(end - start);
    const depth = new Int32Array(end - start);
    const stack = [start];
    let visited = 0;
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (reached[node - start] === 1)
        throw new InputError(`${file}: tree ${tree} reaches a node by two ways`);
      reached[node - start] = 1;
      visited++;
      if (feature[node]! < 0) continue;
      const below = depth[node - start]! + 1;
      if (below > MAX_DEPTH)
        throw new InputError(`${file}: tree ${tree} has more than ${MAX_DEPTH} levels; limit max_depth`);
      for (const child of [right[node]!, left[node]!]) {
        depth[child - start] = below;
        stack.push(child);
      }
    }
    if (visited !== end - start) {
      throw new InputError(
        `${file}: tree ${tree} has ${end - start} nodes, but its root leads to ${visited}`,
      );
    }
  }
}

function setValues(
  ensemble: TreeEnsemble,
  weights: LeafWeights,
  table: NodeTable,
  placeOf: PlaceOf,
  file: string,
) {
  weights.values.forEach((value, i) => {
    const tree = weights.tree[i]!;
    const id = weights.node[i]!;
    const place = placeOf(tree, id);
    if (place === undefined || ensemble.feature[place] !== -1) {
      throw new InputError(
        `${file}: tree ${tree}, node ${id} has a weight but is not a leaf of the ${table.mode.length} nodes`,
      );
    }
    ensemble.value[place]! += value;
  });
  const bad = ensemble.value.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) throw new InputError(`${file}: the weight of leaf ${bad} is not finite`);
}

/** float32 sums of converters are this far off at most. */
const TOLERANCE = 1e-3;

function coversAddUp({ treeStart, feature, left, right, cover }: TreeEnsemble): boolean {
  const roots = treeStart.subarray(0, -1);
  if (cover.some((own) => !(own >= 0 && own < Infinity)) || roots.some((root) => cover[root] === 0))
    return false;
  return feature.every((f, node) => {
    if (f < 0) return true;
    return Math.abs(cover[node]! - cover[left[node]!]! - cover[right[node]!]!) <= TOLERANCE * cover[node]!;
  });
}
