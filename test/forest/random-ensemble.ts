/** Random tree ensembles and rows for property tests: same seed, same trees. */
import fc from 'fast-check';
import type { TreeEnsemble } from '../../lib/forest/tree-ensemble.ts';

export interface EnsembleShape {
  readonly seed: number;
  readonly features: number;
  readonly trees: number;
  readonly depth: number;
  readonly link: TreeEnsemble['link'];
  /** Whether some nodes have a cover of zero. */
  readonly zeroCovers: boolean;
}

export const ensembleShape = (most: { features: number; trees: number; depth: number }) =>
  fc.record<EnsembleShape>({
    seed: fc.integer({ min: 0, max: 2 ** 31 }),
    features: fc.integer({ min: 1, max: most.features }),
    trees: fc.integer({ min: 1, max: most.trees }),
    depth: fc.integer({ min: 0, max: most.depth }),
    link: fc.constantFrom('identity', 'logit'),
    zeroCovers: fc.boolean(),
  });

/** mulberry32: numbers in [0, 1) from a seed. */
export function numbersFrom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Everything in it is a float32, so that ONNX keeps it whole. Few thresholds: features repeat, rows meet them. */
export function randomEnsemble(shape: EnsembleShape): TreeEnsemble {
  const random = numbersFrom(shape.seed);
  const nodes: { f: number; t: number; l: number; r: number; m: number; c: number; v: number }[] = [];
  const grow = (depth: number, cover: number): number => {
    const at = nodes.length;
    const leaf = depth === 0 || random() < 0.15;
    const value = Math.fround(shape.link === 'identity' ? random() / shape.trees : random() * 4 - 2);
    nodes.push({ f: -1, t: 0, l: 0, r: 0, m: 0, c: cover, v: leaf ? value : 0 });
    if (leaf) return at;
    const share = shape.zeroCovers && random() < 0.2 ? Math.round(random()) : random();
    const left = Math.min(cover, Math.round(cover * share));
    const split = {
      f: Math.floor(random() * shape.features),
      t: Math.floor(random() * 5) - 2,
      m: random() < 0.5 ? 1 : 0,
    };
    Object.assign(nodes[at]!, split, { l: grow(depth - 1, left), r: grow(depth - 1, cover - left) });
    return at;
  };
  const treeStart = [0];
  for (let tree = 0; tree < shape.trees; tree++) {
    grow(shape.depth, 1000);
    treeStart.push(nodes.length);
  }
  return {
    featureCount: shape.features,
    treeStart: Int32Array.from(treeStart),
    feature: Int32Array.from(nodes, (node) => node.f),
    threshold: Float32Array.from(nodes, (node) => node.t),
    left: Int32Array.from(nodes, (node) => node.l),
    right: Int32Array.from(nodes, (node) => node.r),
    missingLeft: Uint8Array.from(nodes, (node) => node.m),
    cover: Float64Array.from(nodes, (node) => node.c),
    value: Float64Array.from(nodes, (node) => node.v),
    base: shape.link === 'identity' ? 0 : Math.fround(random() - 0.5),
    link: shape.link,
  };
}

/** Values on, beside and far from the thresholds; a sixth is missing. */
export function randomRows(seed: number, rows: number, columns: number): Float32Array {
  const random = numbersFrom(seed ^ 0x5eed);
  return Float32Array.from({ length: rows * columns }, () => {
    if (random() < 1 / 6) return Number.NaN;
    return random() < 0.3 ? Math.floor(random() * 5) - 2 : random() * 6 - 3;
  });
}
