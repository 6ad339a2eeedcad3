/**
 * The hot loops of TreeSHAP, for one tree, one row and six quadrature points at a time (tree-shap.ts has the mathematics).
 *
 * Written out point by point: a loop over the points costs a third more. Decisions are arithmetic on ranks, not branches:
 * a branch that the processor cannot foresee costs as much as the rest of a split.
 */
import { POINTS_A_PASS, type ShapLayout } from './shap-layout.ts';

/** Arrays for one tree at a time: `down` and `up` hold the six points of split 0, then of split 1 … */
export interface Scratch {
  readonly down: Float64Array;
  readonly up: Float64Array;
  /** Effects of the edges to the first and second child for this row. */
  readonly first: Float64Array;
  readonly second: Float64Array;
  /** By edge (see `edgeAbove`): 1 if the row keeps to its feature's way down to and along it, else 0; edge 0 is always 1. */
  readonly along: Float64Array;
  /** By 2 · feature + missingLeft: the rank of the row's value among the thresholds. */
  readonly ranks: Int32Array;
}

/** Decides every split but the pairs, and hands the products of factors down. */
export function goDown(layout: ShapLayout, tree: number, points: Float64Array, scratch: Scratch): void {
  const { rank, rankAt, edgeAbove, scale, effect, first, second } = layout;
  const { down, first: firstEffect, second: secondEffect, along, ranks } = scratch;
  const t0 = points[0]!;
  const t1 = points[1]!;
  const t2 = points[2]!;
  const t3 = points[3]!;
  const t4 = points[4]!;
  const t5 = points[5]!;
  const start = layout.splitStart[tree]!;
  const splits = layout.pairStart[tree]! - start;
  for (let i = 0; i < splits; i++) {
    const n = start + i;
    const side = (rank[n]! - ranks[rankAt[n]!]!) >>> 31;
    const edge = edgeAbove[n]!;
    const kept = along[edge]!;
    along[2 + 2 * i + side] = kept;
    along[3 + 2 * i - side] = 0;
    const e1 = kept * effect[4 * n + 2 * side]!;
    const e2 = kept * effect[4 * n + 2 * side + 1]!;
    firstEffect[i] = e1;
    secondEffect[i] = e2;
    const at = POINTS_A_PASS * i;
    const p0 = down[at]!;
    const p1 = down[at + 1]!;
    const p2 = down[at + 2]!;
    const p3 = down[at + 3]!;
    const p4 = down[at + 4]!;
    const p5 = down[at + 5]!;
    let g0 = t0 * p0;
    let g1 = t1 * p1;
    let g2 = t2 * p2;
    let g3 = t3 * p3;
    let g4 = t4 * p4;
    let g5 = t5 * p5;
    if (edge > 0 && kept > 0) {
      const odds = scale[n]! - 1;
      g0 /= 1 + odds * t0;
      g1 /= 1 + odds * t1;
      g2 /= 1 + odds * t2;
      g3 /= 1 + odds * t3;
      g4 /= 1 + odds * t4;
      g5 /= 1 + odds * t5;
    }
    const child1 = first[n]!;
    down[child1] = p0 + e1 * g0;
    down[child1 + 1] = p1 + e1 * g1;
    down[child1 + 2] = p2 + e1 * g2;
    down[child1 + 3] = p3 + e1 * g3;
    down[child1 + 4] = p4 + e1 * g4;
    down[child1 + 5] = p5 + e1 * g5;
    const child2 = second[n]!;
    if (child2 < 0) continue;
    down[child2] = p0 + e2 * g0;
    down[child2 + 1] = p1 + e2 * g1;
    down[child2 + 2] = p2 + e2 * g2;
    down[child2 + 3] = p3 + e2 * g3;
    down[child2 + 4] = p4 + e2 * g4;
    down[child2 + 5] = p5 + e2 * g5;
  }
}

/** The splits with two leaves: decided, added, and their `up` set, all at once. */
export function addPairs(
  layout: ShapLayout,
  tree: number,
  points: Float64Array,
  scratch: Scratch,
  contributions: Float64Array,
): void {
  const { feature, rank, rankAt, edgeAbove, scale, effect, firstLeaf, secondLeaf } = layout;
  const { down, up, along, ranks } = scratch;
  const t0 = points[0]!;
  const t1 = points[1]!;
  const t2 = points[2]!;
  const t3 = points[3]!;
  const t4 = points[4]!;
  const t5 = points[5]!;
  const start = layout.splitStart[tree]!;
  const end = layout.splitStart[tree + 1]!;
  for (let n = layout.pairStart[tree]!; n < end; n++) {
    const side = (rank[n]! - ranks[rankAt[n]!]!) >>> 31;
    const edge = edgeAbove[n]!;
    const kept = along[edge]!;
    const u1 = firstLeaf[n]!;
    const u2 = secondLeaf[n]!;
    const sum = u1 + u2;
    const d = kept * (effect[4 * n + 2 * side]! * u1 + effect[4 * n + 2 * side + 1]! * u2);
    const at = POINTS_A_PASS * (n - start);
    if (edge > 0 && kept > 0) {
      const odds = scale[n]! - 1;
      const f0 = 1 / (1 + odds * t0);
      const f1 = 1 / (1 + odds * t1);
      const f2 = 1 / (1 + odds * t2);
      const f3 = 1 / (1 + odds * t3);
      const f4 = 1 / (1 + odds * t4);
      const f5 = 1 / (1 + odds * t5);
      contributions[feature[n]!]! +=
        d *
        (f0 * f0 * down[at]! +
          f1 * f1 * down[at + 1]! +
          f2 * f2 * down[at + 2]! +
          f3 * f3 * down[at + 3]! +
          f4 * f4 * down[at + 4]! +
          f5 * f5 * down[at + 5]!);
      up[at] = sum + t0 * f0 * d;
      up[at + 1] = sum + t1 * f1 * d;
      up[at + 2] = sum + t2 * f2 * d;
      up[at + 3] = sum + t3 * f3 * d;
      up[at + 4] = sum + t4 * f4 * d;
      up[at + 5] = sum + t5 * f5 * d;
      continue;
    }
    contributions[feature[n]!]! +=
      d * (down[at]! + down[at + 1]! + down[at + 2]! + down[at + 3]! + down[at + 4]! + down[at + 5]!);
    up[at] = sum + t0 * d;
    up[at + 1] = sum + t1 * d;
    up[at + 2] = sum + t2 * d;
    up[at + 3] = sum + t3 * d;
    up[at + 4] = sum + t4 * d;
    up[at + 5] = sum + t5 * d;
  }
}

/** All other splits, children before parents: sums what is below and adds what the split contributes. */
export function goUp(
  layout: ShapLayout,
  tree: number,
  points: Float64Array,
  scratch: Scratch,
  contributions: Float64Array,
): void {
  const { feature, edgeAbove, scale, first, second, secondLeaf } = layout;
  const { down, up, first: firstEffect, second: secondEffect } = scratch;
  const t0 = points[0]!;
  const t1 = points[1]!;
  const t2 = points[2]!;
  const t3 = points[3]!;
  const t4 = points[4]!;
  const t5 = points[5]!;
  const start = layout.splitStart[tree]!;
  for (let i = layout.pairStart[tree]! - start - 1; i >= 0; i--) {
    const n = start + i;
    const e1 = firstEffect[i]!;
    const e2 = secondEffect[i]!;
    const at = POINTS_A_PASS * i;
    const child1 = first[n]!;
    const a0 = up[child1]!;
    const a1 = up[child1 + 1]!;
    const a2 = up[child1 + 2]!;
    const a3 = up[child1 + 3]!;
    const a4 = up[child1 + 4]!;
    const a5 = up[child1 + 5]!;
    const child2 = second[n]!;
    let b0 = secondLeaf[n]!;
    let b1 = b0;
    let b2 = b0;
    let b3 = b0;
    let b4 = b0;
    let b5 = b0;
    if (child2 >= 0) {
      b0 = up[child2]!;
      b1 = up[child2 + 1]!;
      b2 = up[child2 + 2]!;
      b3 = up[child2 + 3]!;
      b4 = up[child2 + 4]!;
      b5 = up[child2 + 5]!;
    }
    let d0 = e1 * a0 + e2 * b0;
    let d1 = e1 * a1 + e2 * b1;
    let d2 = e1 * a2 + e2 * b2;
    let d3 = e1 * a3 + e2 * b3;
    let d4 = e1 * a4 + e2 * b4;
    let d5 = e1 * a5 + e2 * b5;
    let p0 = down[at]!;
    let p1 = down[at + 1]!;
    let p2 = down[at + 2]!;
    let p3 = down[at + 3]!;
    let p4 = down[at + 4]!;
    let p5 = down[at + 5]!;
    if (edgeAbove[n]! > 0) {
      const odds = scale[n]! - 1;
      const f0 = 1 / (1 + odds * t0);
      const f1 = 1 / (1 + odds * t1);
      const f2 = 1 / (1 + odds * t2);
      const f3 = 1 / (1 + odds * t3);
      const f4 = 1 / (1 + odds * t4);
      const f5 = 1 / (1 + odds * t5);
      d0 *= f0;
      d1 *= f1;
      d2 *= f2;
      d3 *= f3;
      d4 *= f4;
      d5 *= f5;
      p0 *= f0;
      p1 *= f1;
      p2 *= f2;
      p3 *= f3;
      p4 *= f4;
      p5 *= f5;
    }
    contributions[feature[n]!]! += d0 * p0 + d1 * p1 + d2 * p2 + d3 * p3 + d4 * p4 + d5 * p5;
    up[at] = a0 + b0 + t0 * d0;
    up[at + 1] = a1 + b1 + t1 * d1;
    up[at + 2] = a2 + b2 + t2 * d2;
    up[at + 3] = a3 + b3 + t3 * d3;
    up[at + 4] = a4 + b4 + t4 * d4;
    up[at + 5] = a5 + b5 + t5 * d5;
  }
}
