/**
 * The loops of shap-kernel.ts in WebAssembly SIMD: the same operations on float64 in the same order, so the same bits, but two
 * rows an instruction and up to ROWS_A_BLOCK rows an operation of a tree's program (simd-program.ts writes it).
 *
 * A program visits its tree depth first, so that what is between two visits fits the nearest cache however many splits
 * the tree has. A split has a slot by its depth and its side there, of ten vectors a row:
 *
 *     0 … 5   the six points: going down `down`, once the split is done `up`
 *     6, 7    the effects of the edges to the first and second child
 *     8, 9    1 if the row goes along the edge to the left, right (and went along its feature's edges above), else 0
 *
 * What a split contributes waits in a place of its own until the tree is done: it is added in the order of shap-kernel.ts.
 */

import type { Code, Local } from '../wasm-code.ts';
import * as wasm from '../wasm-code.ts';
import { POINTS_A_PASS } from './shap-layout.ts';

export const ROWS_A_BLOCK = 32;

/** Bytes of one number of every row of a block. */
export const VECTOR = 8 * ROWS_A_BLOCK;
export const SLOT = 10 * VECTOR;
const EFFECT = POINTS_A_PASS * VECTOR;
/** Where a slot holds what a twin below asks for: its row goes along the edge to this side. */
export const ALONG = EFFECT + 2 * VECTOR;

/**
 * Operations; with TWIN they are those of a split whose feature stands above it on the path. A family is a split over two
 * leaves of which one or both are pairs instead, all done at once: its variants add TWIN, FIRST_TWIN, and what its second child is.
 */
export const OPERATION = {
  ...{ down: 0, downToLeaf: 2, up: 4, upFromLeaf: 6, pair: 8 },
  ...{ start: 10, family: 11, end: 23 },
} as const;
export const TWIN = 1;
export const FIRST_TWIN = 2;
export const SECOND = { leaf: 0, pair: 4, twinPair: 8 } as const;

/** Bytes of an operation: twelve int32, then float64 constants. */
export const HEADER = 48;

/**
 * Where the int32 of an operation stand. `own`, `first`, `second`, `edge` and `place` are addresses, `value` is added to that of the
 * rows; those of a family's pairs stand where the slots below stand in other operations.
 */
export const FIELD = {
  ...{ operation: 0, own: 4, value: 8, edge: 12, place: 16, first: 20, second: 24 },
  ...{ value1: 20, edge1: 24, place1: 28, value2: 32, edge2: 36, place2: 40 },
} as const;

/** Constants of an operation that decides: the threshold, and what the ways to the left and right do. */
const DOWN_CONSTANTS = 5;
const PAIR_CONSTANTS = 4;

const PARAMETERS = 4;
/** Address of the operation, of the rows' values, of their contributions; bytes of a vector that hold rows. */
const OP: Local = 0;
const VALUES: Local = 1;
const CONTRIBUTIONS: Local = 2;
const BYTES: Local = 3;

export type RunProgram = (operation: number, values: number, contributions: number, bytes: number) => void;

let compiled: WebAssembly.Module | undefined;

/** The kernel over a memory of its own; compiled at the first call in a process. */
export function openSimdKernel(memory: WebAssembly.Memory): RunProgram {
  compiled ??= new WebAssembly.Module(new KernelWriter().module());
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports.run as RunProgram;
}

interface Variant {
  readonly twin: boolean;
  /** Its second child is one. */
  readonly leaf: boolean;
}
interface FamilyVariant {
  readonly twin: boolean;
  readonly firstTwin: boolean;
  readonly second: keyof typeof SECOND;
}

/** A pair of a family: its fields' names end so, its constants start there, and in these locals are its difference and its sum. */
interface PairOfFamily {
  readonly name: '1' | '2';
  readonly twin: boolean;
  readonly constants: number;
  readonly step: Local;
  readonly sum: Local;
}

/** Writes the function: one case an operation, each a loop over pairs of rows with the six points written out. */
class KernelWriter {
  readonly #locals = new wasm.Locals(PARAMETERS);
  readonly #at = this.#locals.i32();
  readonly #own = this.#locals.i32();
  readonly #first = this.#locals.i32();
  readonly #second = this.#locals.i32();
  readonly #goesLeft = this.#locals.v128();
  readonly #kept = this.#locals.v128();
  readonly #effect1 = this.#locals.v128();
  readonly #effect2 = this.#locals.v128();
  readonly #point = this.#locals.v128();
  readonly #step = this.#locals.v128();
  readonly #up1 = this.#locals.v128();
  readonly #up2 = this.#locals.v128();
  readonly #sum = this.#locals.v128();
  readonly #pairSteps = this.#locals.v128s(2);
  readonly #pairSums = this.#locals.v128s(2);
  readonly #points = this.#locals.v128s(POINTS_A_PASS);

  module(): Uint8Array<ArrayBuffer> {
    const twins = [false, true];
    const cases = [
      ...[false, true].flatMap((leaf) => twins.map((twin) => this.#down({ leaf, twin }))),
      ...[false, true].flatMap((leaf) => twins.map((twin) => this.#up({ leaf, twin }))),
      ...twins.map((twin) => this.#pair(twin)),
      this.#start(),
      ...(Object.keys(SECOND) as (keyof typeof SECOND)[]).flatMap((second) =>
        twins.flatMap((firstTwin) => twins.map((twin) => this.#family({ twin, firstTwin, second }))),
      ),
      wasm.set(OP, wasm.i32Add(wasm.get(OP), wasm.i32Const(HEADER))),
    ];
    const body = [wasm.dispatch(this.#field('operation'), cases), this.#addPlaces()];
    return wasm.wasmModule(PARAMETERS, this.#locals, body);
  }

  /** The tree's six points into locals, their weights into the root's slot. */
  #start(): Code {
    return [
      this.#points.map((t, k) => wasm.set(t, this.#constant(k))),
      this.#eachPair({ own: true }, [
        this.#points.map((_, k) =>
          wasm.store(wasm.get(this.#own), k * VECTOR, this.#constant(POINTS_A_PASS + k)),
        ),
      ]),
      this.#next(2 * POINTS_A_PASS),
    ];
  }

  #down({ leaf, twin }: Variant): Code {
    const own = wasm.get(this.#own);
    const child = (slot: Local, k: number, effect: Local): Code =>
      wasm.store(wasm.get(slot), k * VECTOR, this.#below(effect));
    return [
      this.#eachPair({ own: true, first: true, second: !leaf }, [
        this.#decideSplit(twin),
        wasm.store(own, EFFECT, wasm.get(this.#effect1)),
        wasm.store(own, EFFECT + VECTOR, wasm.get(this.#effect2)),
        this.#storeAlong(twin),
        this.#points.map((_, k) => [
          this.#stepDown(k, twin),
          child(this.#first, k, this.#effect1),
          leaf ? [] : child(this.#second, k, this.#effect2),
        ]),
      ]),
      this.#next(DOWN_CONSTANTS + (twin ? POINTS_A_PASS : 0)),
    ];
  }

  #up({ leaf, twin }: Variant): Code {
    const factors = twin ? POINTS_A_PASS : 0;
    const { get, load, set } = wasm;
    const own = get(this.#own);
    return [
      this.#eachPair({ own: true, first: true, second: !leaf }, [
        set(this.#effect1, load(own, EFFECT)),
        set(this.#effect2, load(own, EFFECT + VECTOR)),
        leaf ? this.#readLeaf(factors) : [],
        this.#points.map((_, k) => [
          set(this.#point, load(own, k * VECTOR)),
          set(this.#up1, load(get(this.#first), k * VECTOR)),
          leaf ? [] : set(this.#up2, load(get(this.#second), k * VECTOR)),
          this.#stepUp(k, leaf, twin ? this.#constant(k) : undefined),
        ]),
        wasm.store(this.#placeOf('place'), 0, get(this.#sum)),
      ]),
      this.#next(factors + (leaf ? 1 : 0)),
    ];
  }

  /** A split of two leaves: where the row's way is known, so is its difference, at every point the same. */
  #pair(twin: boolean): Code {
    return [
      this.#eachPair({ own: true }, [
        this.#decide('value', 0),
        twin ? this.#readStored('edge') : [],
        wasm.set(this.#step, this.#difference(0, twin)),
        this.#points.map((_, k) => [
          wasm.set(this.#point, wasm.load(wasm.get(this.#own), k * VECTOR)),
          this.#sumUp(k, this.#sum, this.#pairProduct(k, 0, twin, wasm.get(this.#point))),
          wasm.store(wasm.get(this.#own), k * VECTOR, this.#pairUp(k, 0, twin, this.#step)),
        ]),
        wasm.store(this.#placeOf('place'), 0, wasm.mul(wasm.get(this.#step), wasm.get(this.#sum))),
      ]),
      this.#next(pairConstants(twin)),
    ];
  }

  /** Down to the pairs, the pairs, and up again, without a slot for what is between. */
  #family({ twin, firstTwin, second }: FamilyVariant): Code {
    const leaf = second === 'leaf';
    const own = DOWN_CONSTANTS + (twin ? 2 * POINTS_A_PASS : 0);
    const pairs = this.#pairsOf({ firstTwin, second }, own);
    const after = own + pairConstants(firstTwin);
    const factor = (k: number) => (twin ? this.#constant(DOWN_CONSTANTS + POINTS_A_PASS + k) : undefined);
    return [
      this.#eachPair({ own: true }, [
        this.#decideSplit(twin),
        pairs.some((pair) => pair.twin) ? this.#storeAlong(twin) : [],
        pairs.map((pair) => [
          this.#decide(`value${pair.name}`, pair.constants),
          pair.twin ? this.#readStored(`edge${pair.name}`) : [],
          wasm.set(pair.step, this.#difference(pair.constants, pair.twin)),
        ]),
        leaf ? this.#readLeaf(after) : [],
        this.#points.map((_, k) => [
          this.#stepDown(k, twin),
          pairs.map((pair, i) => this.#passPair(k, pair, i === 0)),
          this.#stepUp(k, leaf, factor(k)),
        ]),
        wasm.store(this.#placeOf('place'), 0, wasm.get(this.#sum)),
        pairs.map(({ name, step, sum }) =>
          wasm.store(this.#placeOf(`place${name}`), 0, wasm.mul(wasm.get(step), wasm.get(sum))),
        ),
      ]),
      this.#next(leaf ? after + 1 : after + pairConstants(second === 'twinPair')),
    ];
  }

  #pairsOf({ firstTwin, second }: Omit<FamilyVariant, 'twin'>, constants: number): PairOfFamily[] {
    const pair = (i: 0 | 1, twin: boolean, start: number): PairOfFamily => ({
      name: i === 0 ? '1' : '2',
      twin,
      constants: start,
      step: this.#pairSteps[i]!,
      sum: this.#pairSums[i]!,
    });
    const first = pair(0, firstTwin, constants);
    if (second === 'leaf') return [first];
    return [first, pair(1, second === 'twinPair', constants + pairConstants(firstTwin))];
  }

  /** One point of a pair under the split in hand: what comes down to it, and what it sends up. */
  #passPair(k: number, { twin, constants, step, sum }: PairOfFamily, first: boolean): Code {
    const down = this.#below(first ? this.#effect1 : this.#effect2);
    return [
      this.#sumUp(k, sum, this.#pairProduct(k, constants, twin, down)),
      wasm.set(first ? this.#up1 : this.#up2, this.#pairUp(k, constants, twin, step)),
    ];
  }

  #pairProduct(k: number, constants: number, twin: boolean, down: Code): Code {
    return twin ? wasm.mul(this.#constant(constants + PAIR_CONSTANTS + k), down) : down;
  }

  #pairUp(k: number, constants: number, twin: boolean, step: Local): Code {
    const rise = twin
      ? this.#constant(constants + PAIR_CONSTANTS + POINTS_A_PASS + k)
      : wasm.get(this.#points[k]!);
    return wasm.add(this.#constant(constants + 3), wasm.mul(rise, wasm.get(step)));
  }

  /** Of a pair: what the way of the row does, nothing if it left its feature's way above. */
  #difference(constants: number, twin: boolean): Code {
    const chosen = this.#choose(constants + 1);
    return twin ? wasm.mul(wasm.get(this.#kept), chosen) : chosen;
  }

  /** The way of the rows at a split that is no pair, and the effects of its edges. */
  #decideSplit(twin: boolean): Code {
    const effect = (constant: number): Code =>
      twin ? wasm.mul(wasm.get(this.#kept), this.#choose(constant)) : this.#choose(constant);
    return [
      this.#decide('value', 0),
      twin ? this.#readStored('edge') : [],
      wasm.set(this.#effect1, effect(1)),
      wasm.set(this.#effect2, effect(3)),
    ];
  }

  #decide(value: keyof typeof FIELD, threshold: number): Code {
    const address = wasm.i32Add(wasm.i32Add(this.#field(value), wasm.get(VALUES)), wasm.get(this.#at));
    return wasm.set(this.#goesLeft, wasm.lessOrEqual(wasm.load(address, 0), this.#constant(threshold)));
  }

  /** The constant for the way to the left, or the one after it for the way to the right. */
  #choose(constant: number): Code {
    return wasm.select(this.#constant(constant), this.#constant(constant + 1), wasm.get(this.#goesLeft));
  }

  #readStored(edge: keyof typeof FIELD): Code {
    return wasm.set(this.#kept, wasm.load(this.#placeOf(edge), 0));
  }

  #storeAlong(twin: boolean): Code {
    const along = twin ? wasm.get(this.#kept) : wasm.splat(1);
    const own = wasm.get(this.#own);
    return [
      wasm.store(own, ALONG, wasm.and(along, wasm.get(this.#goesLeft))),
      wasm.store(own, ALONG + VECTOR, wasm.andNot(along, wasm.get(this.#goesLeft))),
    ];
  }

  /** One point of a split on the way down: `down`, and how much of it an effect of 1 adds. */
  #stepDown(k: number, twin: boolean): Code {
    const step = wasm.mul(wasm.get(this.#points[k]!), wasm.get(this.#point));
    return [
      wasm.set(this.#point, wasm.load(wasm.get(this.#own), k * VECTOR)),
      wasm.set(this.#step, twin ? wasm.div(step, this.#constant(DOWN_CONSTANTS + k)) : step),
    ];
  }

  #below(effect: Local): Code {
    return wasm.add(wasm.get(this.#point), wasm.mul(wasm.get(effect), wasm.get(this.#step)));
  }

  /** A second child that is a leaf: its value, and what the edge to it does with that, are the same at every point. */
  #readLeaf(constant: number): Code {
    return [
      wasm.set(this.#up2, this.#constant(constant)),
      wasm.set(this.#effect2, wasm.mul(wasm.get(this.#effect2), wasm.get(this.#up2))),
    ];
  }

  /** One point of a split on the way up, its `down` in #point; a twin's is scaled by its feature's factor before it. */
  #stepUp(k: number, leaf: boolean, factor: Code | undefined): Code {
    const { get, mul, add } = wasm;
    const scaled = (number: Code): Code => (factor === undefined ? number : mul(number, factor));
    const below2 = leaf ? get(this.#effect2) : mul(get(this.#effect2), get(this.#up2));
    const both = add(get(this.#up1), get(this.#up2));
    return [
      wasm.set(this.#step, scaled(add(mul(get(this.#effect1), get(this.#up1)), below2))),
      this.#sumUp(k, this.#sum, mul(get(this.#step), scaled(get(this.#point)))),
      wasm.store(get(this.#own), k * VECTOR, add(both, mul(get(this.#points[k]!), get(this.#step)))),
    ];
  }

  #sumUp(k: number, sum: Local, product: Code): Code {
    return wasm.set(sum, k === 0 ? product : wasm.add(wasm.get(sum), product));
  }

  /** After the tree: [place, feature's contributions] a split, until one whose place is 0. */
  #addPlaces(): Code {
    const { get, set, i32Add } = wasm;
    const target = i32Add(get(this.#second), get(this.#at));
    const sum = wasm.add(wasm.load(target, 0), wasm.load(i32Add(get(this.#first), get(this.#at)), 0));
    return wasm.block(
      wasm.loop([
        set(this.#first, wasm.i32Load(get(OP), 0)),
        wasm.branchIf(1, wasm.i32IsZero(get(this.#first))),
        set(this.#second, i32Add(wasm.i32Load(get(OP), 4), get(CONTRIBUTIONS))),
        set(OP, i32Add(get(OP), wasm.i32Const(8))),
        set(this.#at, wasm.i32Const(0)),
        wasm.loop([wasm.store(target, 0, sum), this.#advance()]),
        wasm.branch(0),
      ]),
    );
  }

  #placeOf(field: keyof typeof FIELD): Code {
    return wasm.i32Add(this.#field(field), wasm.get(this.#at));
  }

  #field(name: keyof typeof FIELD): Code {
    return wasm.i32Load(wasm.get(OP), FIELD[name]);
  }

  /** Read where it is used: a register for it would be one fewer for the points. */
  #constant(index: number): Code {
    return wasm.loadSplat(wasm.get(OP), HEADER + 8 * index);
  }

  /** The body for each pair of rows, with the slots' addresses moved to it. */
  #eachPair(slots: { own: true; first?: boolean; second?: boolean }, body: Code): Code {
    return [
      wasm.set(this.#at, wasm.i32Const(0)),
      wasm.loop([
        wasm.set(this.#own, this.#placeOf('own')),
        slots.first ? wasm.set(this.#first, this.#placeOf('first')) : [],
        slots.second ? wasm.set(this.#second, this.#placeOf('second')) : [],
        body,
        this.#advance(),
      ]),
    ];
  }

  /** To the next pair of rows, and back to the loop's start if there is one. */
  #advance(): Code {
    const { get, set, i32Add, i32Const } = wasm;
    return [
      set(this.#at, i32Add(get(this.#at), i32Const(16))),
      wasm.branchIf(0, wasm.i32Less(get(this.#at), get(BYTES))),
    ];
  }

  #next(constants: number): Code {
    return wasm.set(OP, wasm.i32Add(wasm.get(OP), wasm.i32Const(HEADER + 8 * constants)));
  }
}

function pairConstants(twin: boolean): number {
  return PAIR_CONSTANTS + (twin ? 2 * POINTS_A_PASS : 0);
}
