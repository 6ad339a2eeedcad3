/** The layout of an ensemble, one tree and one portion of its points at a time, as programs for simd-kernel.ts. */
import type { Quadrature } from './quadrature.ts';
import { POINTS_A_PASS, type ShapLayout } from './shap-layout.ts';
import { ALONG, FIELD, FIRST_TWIN, HEADER, OPERATION, SECOND, SLOT, TWIN, VECTOR } from './simd-kernel.ts';

/** Bytes that a split takes at most: going down and up with the constants of both, and its place in the order of adding. */
const MAX_SPLIT_BYTES = 2 * HEADER + 8 * (5 + 6 + 1 + 6) + 8;
/** Start with points and weights, end, and the end of the places. */
const FRAME_BYTES = HEADER + 16 * POINTS_A_PASS + HEADER + 8;

/** Where things stand in the kernel's memory, each aligned to its vectors. */
export interface MemoryPlan {
  readonly slots: number;
  readonly places: number;
  readonly programs: number;
  /** At most: pages that nothing is written to take no memory. */
  readonly end: number;
  /** By split: its slot's number. A root has 0; 2·depth − 1 and 2·depth are for the first and second child at a depth. */
  readonly slotOf: Int32Array;
}

export function planMemory(layout: ShapLayout): MemoryPlan {
  const { splitStart, passes } = layout;
  const slotOf = new Int32Array(splitStart.at(-1)!);
  let maxSlot = 0;
  let maxSplits = 0;
  let bytes = 0;
  for (let tree = 0; tree < passes.length; tree++) {
    const start = splitStart[tree]!;
    const splits = splitStart[tree + 1]! - start;
    for (let n = start; n < start + splits; n++) {
      const { first, second } = childrenOf(layout, start, n);
      maxSlot = Math.max(maxSlot, slotOf[n]!);
      if (first >= 0) slotOf[first] = firstSlot(slotOf[n]!);
      if (second >= 0) slotOf[second] = firstSlot(slotOf[n]!) + 1;
    }
    maxSplits = Math.max(maxSplits, splits);
    bytes += passes[tree]!.length * (FRAME_BYTES + splits * MAX_SPLIT_BYTES);
  }
  // Not 0, by which the list of places ends.
  const slots = VECTOR;
  const places = slots + (maxSlot + 1) * SLOT;
  const programs = places + maxSplits * VECTOR;
  return { slots, places, programs, end: programs + Math.ceil(bytes / VECTOR) * VECTOR, slotOf };
}

/** Writes the programs of all trees; where each starts, in the order in which they are to run. */
export function writePrograms(layout: ShapLayout, plan: MemoryPlan, memory: ArrayBuffer): Int32Array {
  const starts: number[] = [];
  const writer = new ProgramWriter(layout, plan, memory);
  for (let tree = 0; tree < layout.passes.length; tree++) {
    if (layout.splitStart[tree] === layout.splitStart[tree + 1]) continue;
    for (const quadrature of layout.passes[tree]!) starts.push(writer.write(tree, quadrature));
  }
  return Int32Array.from(starts);
}

/** The slot of the first child of a split in the given slot. */
function firstSlot(slot: number): number {
  return 2 * ((slot + 1) >> 1) + 1;
}

/** Numbers of the splits below a split, −1 for a leaf. */
function childrenOf({ first, second }: ShapLayout, start: number, n: number) {
  const number = (place: number) => (place < 0 ? -1 : start + place / POINTS_A_PASS);
  return { first: number(first[n]!), second: number(second[n]!) };
}

class ProgramWriter {
  readonly #layout: ShapLayout;
  readonly #plan: MemoryPlan;
  readonly #int32: Int32Array;
  readonly #float64: Float64Array;
  /** Where the operation begins that is being written, and where the next number goes. */
  #operation = 0;
  #at: number;
  #points: Float64Array = new Float64Array(0);
  #start = 0;

  constructor(layout: ShapLayout, plan: MemoryPlan, memory: ArrayBuffer) {
    this.#layout = layout;
    this.#plan = plan;
    this.#int32 = new Int32Array(memory);
    this.#float64 = new Float64Array(memory);
    this.#at = plan.programs;
  }

  write(tree: number, { points, weights }: Quadrature): number {
    const { splitStart, pairStart } = this.#layout;
    const began = this.#at;
    const start = splitStart[tree]!;
    const end = splitStart[tree + 1]!;
    this.#points = points;
    this.#start = start;
    this.#begin(OPERATION.start);
    this.#field('own', this.#slot(start));
    points.forEach(this.#constant);
    weights.forEach(this.#constant);
    this.#visitSplits(pairStart[tree]!);
    this.#begin(OPERATION.end);
    for (let n = pairStart[tree]!; n < end; n++) this.#addPlace(n);
    for (let n = pairStart[tree]! - 1; n >= start; n--) this.#addPlace(n);
    this.#at += 8;
    return began;
  }

  /** Depth first with a stack of its own; ~n stands for coming up to split n. */
  #visitSplits(pairStart: number): void {
    const stack = [this.#start];
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      if (visit < 0) this.#up(~visit);
      else if (visit >= pairStart) this.#pair(visit);
      else {
        const { first, second } = childrenOf(this.#layout, this.#start, visit);
        if (first >= pairStart && (second < 0 || second >= pairStart)) {
          this.#family(visit, first, second);
          continue;
        }
        this.#down(visit);
        stack.push(~visit);
        if (second >= 0) stack.push(second);
        stack.push(first);
      }
    }
  }

  #down(n: number): void {
    this.#begin((this.#layout.second[n]! < 0 ? OPERATION.downToLeaf : OPERATION.down) + this.#twin(n));
    this.#slots(n);
    this.#decision(n, 'value', 'edge');
    this.#effects(n);
    if (this.#isTwin(n)) this.#factors(n).forEach(this.#constant);
  }

  #up(n: number): void {
    const leaf = this.#layout.second[n]! < 0;
    this.#begin((leaf ? OPERATION.upFromLeaf : OPERATION.up) + this.#twin(n));
    this.#slots(n);
    this.#field('place', this.#place(n));
    if (this.#isTwin(n)) this.#inverse(n).forEach(this.#constant);
    if (leaf) this.#constant(this.#layout.secondLeaf[n]!);
  }

  #pair(n: number): void {
    this.#begin(OPERATION.pair + this.#twin(n));
    this.#field('own', this.#slot(n));
    this.#field('place', this.#place(n));
    this.#decision(n, 'value', 'edge');
    this.#pairConstants(n);
  }

  /** A split over pairs; `second` is −1 for a leaf. */
  #family(n: number, first: number, second: number): void {
    const kind = second < 0 ? SECOND.leaf : this.#isTwin(second) ? SECOND.twinPair : SECOND.pair;
    this.#begin(OPERATION.family + this.#twin(n) + (this.#isTwin(first) ? FIRST_TWIN : 0) + kind);
    this.#field('own', this.#slot(n));
    this.#field('place', this.#place(n));
    this.#decision(n, 'value', 'edge');
    this.#effects(n);
    if (this.#isTwin(n)) {
      this.#factors(n).forEach(this.#constant);
      this.#inverse(n).forEach(this.#constant);
    }
    this.#field('place1', this.#place(first));
    this.#decision(first, 'value1', 'edge1');
    this.#pairConstants(first);
    if (second < 0) {
      this.#constant(this.#layout.secondLeaf[n]!);
      return;
    }
    this.#field('place2', this.#place(second));
    this.#decision(second, 'value2', 'edge2');
    this.#pairConstants(second);
  }

  /** Of the edges to the first and second child, each if the row goes left and if it goes right. */
  #effects(n: number): void {
    const { effect } = this.#layout;
    for (const i of [0, 2, 1, 3]) this.#constant(effect[4 * n + i]!);
  }

  /** What a pair does if the row goes left and right, its leaves' sum, and of a twin the squares and rises of its factors. */
  #pairConstants(n: number): void {
    const { effect, firstLeaf, secondLeaf } = this.#layout;
    const u1 = firstLeaf[n]!;
    const u2 = secondLeaf[n]!;
    this.#constant(effect[4 * n]! * u1 + effect[4 * n + 1]! * u2);
    this.#constant(effect[4 * n + 2]! * u1 + effect[4 * n + 3]! * u2);
    this.#constant(u1 + u2);
    if (!this.#isTwin(n)) return;
    const inverse = this.#inverse(n);
    for (const f of inverse) this.#constant(f * f);
    inverse.forEach((f, k) => {
      this.#constant(this.#points[k]! * f);
    });
  }

  #begin(operation: number): void {
    this.#operation = this.#at;
    this.#int32[this.#at / 4] = operation;
    this.#at += HEADER;
  }

  #field(name: keyof typeof FIELD, value: number): void {
    this.#int32[(this.#operation + FIELD[name]) / 4] = value;
  }

  readonly #constant = (value: number): void => {
    this.#float64[this.#at / 8] = value;
    this.#at += 8;
  };

  #addPlace(n: number): void {
    this.#int32[this.#at / 4] = this.#place(n);
    this.#int32[this.#at / 4 + 1] = VECTOR * this.#layout.feature[n]!;
    this.#at += 8;
  }

  #slots(n: number): void {
    const first = this.#plan.slots + SLOT * firstSlot(this.#plan.slotOf[n]!);
    this.#field('own', this.#slot(n));
    this.#field('first', first);
    this.#field('second', first + SLOT);
  }

  /** What the rows' way is decided by: their values, the threshold, and of a twin, whether they went along the edge above. */
  #decision(n: number, value: keyof typeof FIELD, edge: keyof typeof FIELD): void {
    const { rankAt, edgeAbove, cuts, cutStart, feature, rank } = this.#layout;
    this.#field(value, VECTOR * rankAt[n]!);
    if (this.#isTwin(n)) {
      const above = edgeAbove[n]! - 2;
      this.#field(edge, this.#slot(this.#start + (above >> 1)) + ALONG + VECTOR * (above & 1));
    }
    this.#constant(cuts[cutStart[feature[n]!]! + rank[n]!]!);
  }

  #slot(n: number): number {
    return this.#plan.slots + SLOT * this.#plan.slotOf[n]!;
  }

  #place(n: number): number {
    return this.#plan.places + VECTOR * (n - this.#start);
  }

  /** Of the feature of a split before it, at each point. */
  #factors(n: number): number[] {
    const odds = this.#layout.scale[n]! - 1;
    return Array.from(this.#points, (t) => 1 + odds * t);
  }

  #inverse(n: number): number[] {
    return this.#factors(n).map((factor) => 1 / factor);
  }

  #isTwin(n: number): boolean {
    return this.#layout.edgeAbove[n]! > 0;
  }

  #twin(n: number): number {
    return this.#isTwin(n) ? TWIN : 0;
  }
}
