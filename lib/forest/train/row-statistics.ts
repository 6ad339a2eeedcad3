/**
 * What a tree is grown from: a gradient and a hessian a row, each a multiple of one exact unit (exact-sums.ts).
 *
 * Both trainers fit them with the same trees. Boosting takes the log-loss's (negative) gradient and hessian. A forest takes
 * those of the squared loss at 0, weight × label and weight: then the Newton step G / H of a leaf is its weighted share of
 * positives, and the gain GL²/HL + GR²/HR - G²/H of a split is half the decrease of the weighted Gini impurity.
 *
 *     row            0       1       2    …
 *     statistics   G0 H0 | G1 H1 | G2 H2 | …     G: negative gradient, or weight × label
 *                                                H: hessian, or weight; above 0 in every row that a tree learns from
 */
export type RowStatistics = Float64Array;

/** Where a tree stops growing. */
export interface TreeLimits {
  readonly maxDepth: number;
  readonly maxLeaves: number;
  /** Rows that each side of a split must keep. */
  readonly minSamplesLeaf: number;
  /** Sum of hessians that each side of a split must keep. */
  readonly minHessian: number;
  /** Added to every sum of hessians: shrinks leaves and gains. */
  readonly l2: number;
  /** A split's gain must be above this; -Infinity takes any split that separates rows, as a random forest does. */
  readonly minGain: number;
  /** A node whose labels are all alike stays a leaf (in a forest: its gradient is 0 or all of its hessian). */
  readonly stopWhenPure: boolean;
  /** 1, -1 or 0 a column: whether scores may only rise, or only fall, with it; null: no column is constrained. */
  readonly directions: Int8Array | null;
}
