/** A model as its library saves it, read into the same trees that its ONNX file must hold. */
import { InputError } from '../../errors.ts';
import { floorToFloat32, type TreeEnsemble } from '../tree-ensemble.ts';

export interface OriginalModel {
  /** Its file's name, for messages. */
  readonly name: string;
  /** Which library's covers these are. */
  readonly library: 'XGBoost' | 'LightGBM' | 'scikit-learn';
  readonly ensemble: TreeEnsemble;
}

/** One node by its library's number; `left` and `right` are numbers in the same tree. */
export type OriginalNode =
  | { readonly isLeaf: true; readonly value: number; readonly cover: number }
  | {
      readonly isLeaf: false;
      readonly feature: number;
      /** `x <= threshold` goes left, in whatever precision the library compares by. */
      readonly threshold: number;
      readonly left: number;
      readonly right: number;
      readonly missingLeft: boolean;
      readonly cover: number;
    };

/** A tree's nodes by number, the root's first. */
export type OriginalTree = ReadonlyMap<number, OriginalNode>;

const MAX_DEPTH = 1_000;

/** Numbers nodes anew from each root: what pruning left out of reach is left out. */
export function buildEnsemble(
  trees: readonly OriginalTree[],
  { name, ...rest }: { name: string } & Pick<TreeEnsemble, 'featureCount' | 'base' | 'link'>,
): TreeEnsemble {
  if (trees.length === 0) throw new InputError(`${name}: has no trees`);
  const walked = trees.map((tree, number) => walkTree(tree, `${name}: tree ${number}`));
  const treeStart = Int32Array.from([0, ...walked.map(({ length }) => length)]);
  for (let tree = 1; tree < treeStart.length; tree++) treeStart[tree]! += treeStart[tree - 1]!;
  const count = treeStart.at(-1)!;
  const ensemble: TreeEnsemble = {
    ...rest,
    treeStart,
    feature: new Int32Array(count).fill(-1),
    threshold: new Float32Array(count),
    left: new Int32Array(count),
    right: new Int32Array(count),
    missingLeft: new Uint8Array(count),
    cover: new Float64Array(count),
    value: new Float64Array(count),
  };
  walked.forEach((nodes, tree) => {
    nodes.forEach((walkedNode, at) => {
      setNode(ensemble, treeStart[tree]!, at, walkedNode, `${name}: tree ${tree}`);
    });
  });
  return ensemble;
}

interface WalkedNode {
  readonly id: number;
  readonly node: OriginalNode;
  readonly depth: number;
  left: number;
  right: number;
}

/** A tree's nodes as they are reached, with their children's places among them. */
function walkTree(tree: OriginalTree, where: string): WalkedNode[] {
  const reached: WalkedNode[] = [];
  const seen = new Set<number>();
  const visit = (id: number, depth: number): number => {
    const node = tree.get(id);
    if (node === undefined) throw new InputError(`${where}: node ${id} is a child, but is not there`);
    if (seen.has(id)) throw new InputError(`${where}: node ${id} is reached by two ways`);
    if (depth > MAX_DEPTH)
      throw new InputError(`${where}: has more than ${MAX_DEPTH} levels; limit max_depth`);
    seen.add(id);
    const own: WalkedNode = { id, node, depth, left: 0, right: 0 };
    const at = reached.push(own) - 1;
    if (!node.isLeaf) {
      own.left = visit(node.left, depth + 1);
      own.right = visit(node.right, depth + 1);
    }
    return at;
  };
  const root = tree.keys().next();
  if (root.done === true) throw new InputError(`${where}: has no nodes`);
  visit(root.value, 0);
  return reached;
}

function setNode(
  ensemble: TreeEnsemble,
  start: number,
  at: number,
  { id, node, left, right }: WalkedNode,
  where: string,
): void {
  const place = start + at;
  if (!(node.cover >= 0 && node.cover < Number.POSITIVE_INFINITY))
    throw new InputError(`${where}, node ${id}: found the cover ${node.cover}, expected a number from 0 up`);
  ensemble.cover[place] = node.cover;
  if (node.isLeaf) {
    if (!Number.isFinite(node.value))
      throw new InputError(`${where}, node ${id}: found the leaf value ${node.value}, expected a number`);
    ensemble.value[place] = node.value;
    return;
  }
  if (Number.isNaN(node.threshold))
    throw new InputError(`${where}, node ${id}: the threshold is not a number`);
  if (!(node.feature >= 0 && node.feature < ensemble.featureCount))
    throw new InputError(
      `${where}, node ${id}: splits on feature ${node.feature}, expected 0 to ${ensemble.featureCount - 1}`,
    );
  ensemble.feature[place] = node.feature;
  ensemble.threshold[place] = floorToFloat32(node.threshold);
  ensemble.left[place] = start + left;
  ensemble.right[place] = start + right;
  ensemble.missingLeft[place] = node.missingLeft ? 1 : 0;
}
