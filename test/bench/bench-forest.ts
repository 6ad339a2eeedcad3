/** Makes a forest of the size and shape that real data makes, without training one. */
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

const TREES = 100;
const DEPTH = 12;
const NUMERIC = 6;
const ONE_HOT = 74;
const ROWS = 160_000;
/** A node of fewer rows is a leaf, now and then one of more: it makes some 350 leaves a tree. */
const MIN_ROWS = 150;
const EARLY_LEAF = 0.06;

export function growBenchForest(random: () => number): { ensemble: TreeEnsemble; numeric: number } {
  const nodes: { f: number; t: number; l: number; r: number; c: number; v: number }[] = [];
  const grow = (
    depth: number,
    cover: number,
    bounds: readonly (readonly [number, number])[],
    used: ReadonlySet<number>,
  ): number => {
    const at = nodes.length;
    nodes.push({ f: -1, t: 0, l: 0, r: 0, c: cover, v: random() / TREES });
    if (depth === 0 || cover < MIN_ROWS || (depth < DEPTH - 3 && random() < EARLY_LEAF)) return at;
    let f = random() < 0.5 ? Math.floor(random() * NUMERIC) : NUMERIC + Math.floor(random() * ONE_HOT);
    if (used.has(f)) f = Math.floor(random() * NUMERIC);
    const numeric = f < NUMERIC;
    const [low, high] = numeric ? bounds[f]! : [0, 1];
    const t = numeric ? low + (high - low) * (0.1 + 0.8 * random()) : 0.5;
    const share = numeric ? (t - low) / (high - low) : 0.9 + 0.09 * random();
    const left = Math.min(Math.max(1, Math.round(cover * share)), cover - 1);
    const within = (own: readonly [number, number]) => bounds.map((one, i) => (i === f ? own : one));
    const usedBelow = numeric ? used : new Set([...used, f]);
    nodes[at] = {
      ...nodes[at]!,
      v: 0,
      f,
      t: Math.fround(t),
      l: grow(depth - 1, left, within([low, t]), usedBelow),
      r: grow(depth - 1, cover - left, within([t, high]), usedBelow),
    };
    return at;
  };
  const treeStart = [0];
  for (let tree = 0; tree < TREES; tree++) {
    grow(
      DEPTH,
      ROWS,
      Array.from({ length: NUMERIC }, () => [0, 1] as const),
      new Set(),
    );
    treeStart.push(nodes.length);
  }
  const ensemble: TreeEnsemble = {
    featureCount: NUMERIC + ONE_HOT,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(nodes, (node) => node.f),
    threshold: Float32Array.from(nodes, (node) => node.t),
    left: Int32Array.from(nodes, (node) => node.l),
    right: Int32Array.from(nodes, (node) => node.r),
    missingLeft: new Uint8Array(nodes.length),
    cover: Float64Array.from(nodes, (node) => node.c),
    value: Float64Array.from(nodes, (node) => node.v),
    base: 0,
    link: 'identity',
  };
  return { ensemble, numeric: NUMERIC };
}
