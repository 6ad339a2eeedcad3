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
import { POINTS_A_PASS } from './shap-layout.ts';
import type { Code, Local } from './wasm-code.ts';
import * as wasm from './wasm-code.ts';

export const ROWS_A_BLOCK = 32;

/** Bytes of one number of every row of a block. */
export const VECTOR = 8 * ROWS_A_BLOCK;
export const SLOT = 10 * VECTOR;
const EFFECT = POINTS_A_PASS * VECTOR;
/** Where a slot holds what a twin below asks for: its row goes along the edge to this side. */
export const ALONG = EFFECT + 2 * VECTOR;

/** Operations; with TWIN they are those of a split whose feature stands above it on the path. */
export const OPERATION = {
  down: 0,
  downToLeaf: 2,
  up: 4,
  upFromLeaf: 6,
  pair: 8,
  start: 10,
  end: 11,
} as const;
export const TWIN = 1;

/** Bytes of an operation: eight int32, then float64 constants. */
export const HEADER = 32;

/** Where the int32 of an operation stand. `own`, `first`, `second` and `edge` are addresses, `value` is added to the rows'. */
export const FIELD = {
  operation: 0,
  own: 4,
  first: 8,
  second: 12,
  value: 16,
  edge: 20,
  place: 24,
  next: 28,
} as const;

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
  readonly #other = this.#locals.v128();
  readonly #sum = this.#locals.v128();
  readonly #points = this.#locals.v128s(POINTS_A_PASS);
  readonly #constants = this.#locals.v128s(2 * POINTS_A_PASS + 5);

  module(): Uint8Array<ArrayBuffer> {
    const cases = [
      this.#down({ leaf: false, twin: false }),
      this.#down({ leaf: false, twin: true }),
      this.#down({ leaf: true, twin: false }),
      this.#down({ leaf: true, twin: true }),
      this.#up({ leaf: false, twin: false }),
      this.#up({ leaf: false, twin: true }),
      this.#up({ leaf: true, twin: false }),
      this.#up({ leaf: true, twin: true }),
      this.#pair({ twin: false }),
      this.#pair({ twin: true }),
      this.#start(),
      wasm.set(OP, wasm.i32Add(wasm.get(OP), wasm.i32Const(HEADER))),
    ];
    const body = [wasm.dispatch(this.#field('operation'), cases), this.#addPlaces()];
    return wasm.wasmModule(PARAMETERS, this.#locals, body);
  }

  /** The tree's six points into locals, their weights into the root's slot. */
  #start(): Code {
    const weights = this.#constants.slice(0, POINTS_A_PASS);
    return [
      this.#read([...this.#points, ...weights]),
      this.#eachPair(
        { own: 'own' },
        weights.map((weight, k) => wasm.store(wasm.get(this.#own), k * VECTOR, wasm.get(weight))),
      ),
      this.#next(2 * POINTS_A_PASS),
    ];
  }

  #down({ leaf, twin }: { leaf: boolean; twin: boolean }): Code {
    const [threshold, left1, right1, left2, right2, ...odds] = this.#constants as [Local, ...Local[]];
    const divisors = twin ? odds.slice(0, POINTS_A_PASS) : [];
    const constants = [threshold, left1!, right1!, left2!, right2!, ...divisors];
    const { get, mul, store } = wasm;
    const own = get(this.#own);
    const kept = (value: Code): Code => (twin ? mul(get(this.#kept), value) : value);
    const along = twin ? get(this.#kept) : wasm.splat(1);
    const effect = (left: Local, right: Local): Code =>
      kept(wasm.select(get(left), get(right), get(this.#goesLeft)));
    const child = (slot: Local, k: number, effectOf: Local): Code =>
      store(get(slot), k * VECTOR, wasm.add(get(this.#point), mul(get(effectOf), get(this.#step))));
    return [
      this.#read(constants),
      this.#eachPair({ own: 'own', first: 'first', ...(leaf ? {} : { second: 'second' }) }, [
        this.#decide(threshold, twin),
        wasm.set(this.#effect1, effect(left1!, right1!)),
        wasm.set(this.#effect2, effect(left2!, right2!)),
        store(own, EFFECT, get(this.#effect1)),
        store(own, EFFECT + VECTOR, get(this.#effect2)),
        store(own, ALONG, wasm.and(along, get(this.#goesLeft))),
        store(own, ALONG + VECTOR, wasm.andNot(along, get(this.#goesLeft))),
        this.#points.map((t, k) => {
          const step = mul(get(t), get(this.#point));
          return [
            wasm.set(this.#point, wasm.load(own, k * VECTOR)),
            wasm.set(this.#step, twin ? wasm.div(step, get(divisors[k]!)) : step),
            child(this.#first, k, this.#effect1),
            leaf ? [] : child(this.#second, k, this.#effect2),
          ];
        }),
      ]),
      this.#next(constants.length),
    ];
  }

  #up({ leaf, twin }: { leaf: boolean; twin: boolean }): Code {
    const factors = twin ? this.#constants.slice(0, POINTS_A_PASS) : [];
    const value = this.#constants.at(-1)!;
    const constants = [...factors, ...(leaf ? [value] : [])];
    const { get, mul, load, set, store } = wasm;
    const own = get(this.#own);
    const scaled = (number: Code, k: number): Code => (twin ? mul(number, get(factors[k]!)) : number);
    return [
      this.#read(constants),
      this.#eachPair({ own: 'own', first: 'first', ...(leaf ? {} : { second: 'second' }) }, [
        set(this.#effect1, load(own, EFFECT)),
        set(this.#effect2, load(own, EFFECT + VECTOR)),
        leaf ? [set(this.#other, get(value)), set(this.#effect2, mul(get(this.#effect2), get(value)))] : [],
        this.#points.map((t, k) => {
          const below2 = leaf ? get(this.#effect2) : mul(get(this.#effect2), get(this.#other));
          const difference = wasm.add(mul(get(this.#effect1), get(this.#point)), below2);
          const product = mul(get(this.#step), scaled(load(own, k * VECTOR), k));
          return [
            set(this.#point, load(get(this.#first), k * VECTOR)),
            leaf ? [] : set(this.#other, load(get(this.#second), k * VECTOR)),
            set(this.#step, scaled(difference, k)),
            set(this.#sum, k === 0 ? product : wasm.add(get(this.#sum), product)),
            store(
              own,
              k * VECTOR,
              wasm.add(wasm.add(get(this.#point), get(this.#other)), mul(get(t), get(this.#step))),
            ),
          ];
        }),
        store(this.#place(), 0, get(this.#sum)),
      ]),
      this.#next(constants.length),
    ];
  }

  /** A split of two leaves: where the row's way is known, so is its difference, at every point the same. */
  #pair({ twin }: { twin: boolean }): Code {
    const [threshold, left, right, both, ...factors] = this.#constants as [
      Local,
      Local,
      Local,
      Local,
      ...Local[],
    ];
    const squares = twin ? factors.slice(0, POINTS_A_PASS) : [];
    const rises = twin ? factors.slice(POINTS_A_PASS, 2 * POINTS_A_PASS) : this.#points;
    const constants = [threshold, left, right, both, ...squares, ...(twin ? rises : [])];
    const { get, mul, set } = wasm;
    const own = get(this.#own);
    const chosen = wasm.select(get(left), get(right), get(this.#goesLeft));
    return [
      this.#read(constants),
      this.#eachPair({ own: 'own' }, [
        this.#decide(threshold, twin),
        set(this.#step, twin ? mul(get(this.#kept), chosen) : chosen),
        rises.map((rise, k) => {
          const point = wasm.load(own, k * VECTOR);
          const product = twin ? mul(get(squares[k]!), point) : point;
          return [
            set(this.#sum, k === 0 ? product : wasm.add(get(this.#sum), product)),
            wasm.store(own, k * VECTOR, wasm.add(get(both), mul(get(rise), get(this.#step)))),
          ];
        }),
        wasm.store(this.#place(), 0, mul(get(this.#step), get(this.#sum))),
      ]),
      this.#next(constants.length),
    ];
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

  /** Whether the rows go left, and of a twin, whether they went along so far. */
  #decide(threshold: Local, twin: boolean): Code {
    const value = wasm.i32Add(wasm.i32Add(this.#field('value'), wasm.get(VALUES)), wasm.get(this.#at));
    const edge = wasm.i32Add(this.#field('edge'), wasm.get(this.#at));
    return [
      wasm.set(this.#goesLeft, wasm.lessOrEqual(wasm.load(value, 0), wasm.get(threshold))),
      twin ? wasm.set(this.#kept, wasm.load(edge, 0)) : [],
    ];
  }

  #place(): Code {
    return wasm.i32Add(this.#field('place'), wasm.get(this.#at));
  }

  #field(name: keyof typeof FIELD): Code {
    return wasm.i32Load(wasm.get(OP), FIELD[name]);
  }

  /** The operation's constants, in their order, into locals. */
  #read(constants: readonly Local[]): Code {
    return constants.map((local, i) => wasm.set(local, wasm.loadSplat(wasm.get(OP), HEADER + 8 * i)));
  }

  /** The body for each pair of rows, with the slots' addresses moved to it. */
  #eachPair(slots: { own: 'own'; first?: 'first'; second?: 'second' }, body: Code): Code {
    const address = (slot: Local, field: keyof typeof FIELD): Code =>
      wasm.set(slot, wasm.i32Add(this.#field(field), wasm.get(this.#at)));
    return [
      wasm.set(this.#at, wasm.i32Const(0)),
      wasm.loop([
        address(this.#own, slots.own),
        slots.first ? address(this.#first, slots.first) : [],
        slots.second ? address(this.#second, slots.second) : [],
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
