/**
 * As much of WebAssembly's binary format as a kernel of one function over one memory needs: instructions as nested lists of
 * bytes, and the module around them. Expressions are written operands first, as they are evaluated.
 */
export type Code = number | readonly Code[];

/** A local of the function, by its number; its type stands in the function's list. */
export type Local = number;

const I32 = 0x7f;
const V128 = 0x7b;

/** The function's locals: parameters (all i32) first, then those asked for. */
export class Locals {
  readonly #types: number[] = [];
  readonly #parameters: number;

  constructor(parameters: number) {
    this.#parameters = parameters;
  }

  i32(): Local {
    return this.#parameters + this.#types.push(I32) - 1;
  }

  v128(): Local {
    return this.#parameters + this.#types.push(V128) - 1;
  }

  /** As many v128 as there are quadrature points, or any other number. */
  v128s(count: number): Local[] {
    return Array.from({ length: count }, () => this.v128());
  }

  declaration(): Code {
    return [unsigned(this.#types.length), this.#types.map((type) => [1, type])];
  }
}

export const get = (local: Local): Code => [0x20, unsigned(local)];
export const set = (local: Local, value: Code): Code => [value, 0x21, unsigned(local)];

export const i32Const = (value: number): Code => [0x41, signed(value)];
export const i32Load = (address: Code, offset: number): Code => [address, 0x28, 2, unsigned(offset)];
export const i32Add = (a: Code, b: Code): Code => [a, b, 0x6a];
export const i32Sub = (a: Code, b: Code): Code => [a, b, 0x6b];
export const i32And = (a: Code, b: Code): Code => [a, b, 0x71];
export const i32ShiftLeft = (a: Code, b: Code): Code => [a, b, 0x74];
export const i32ShiftRight = (a: Code, b: Code): Code => [a, b, 0x76];
export const i32IsZero = (a: Code): Code => [a, 0x45];
export const i32Less = (a: Code, b: Code): Code => [a, b, 0x49];

export const f32Load = (address: Code, offset: number): Code => [address, 0x2a, 2, unsigned(offset)];
export const f32Store = (address: Code, offset: number, value: Code): Code => [
  address,
  value,
  0x38,
  2,
  unsigned(offset),
];
export const f32Add = (a: Code, b: Code): Code => [a, b, 0x92];
/** 1 or 0. */
export const f32LessOrEqual = (a: Code, b: Code): Code => [a, b, 0x5f];

const simd = (opcode: number): Code => [0xfd, unsigned(opcode)];
export const load = (address: Code, offset: number): Code => [address, simd(0x00), 3, unsigned(offset)];
/** One float64 of the memory in both lanes. */
export const loadSplat = (address: Code, offset: number): Code => [address, simd(0x0a), 3, unsigned(offset)];
export const store = (address: Code, offset: number, value: Code): Code => [
  address,
  value,
  simd(0x0b),
  3,
  unsigned(offset),
];
export const splat = (value: number): Code => [
  0x44,
  [...new Uint8Array(Float64Array.of(value).buffer)],
  simd(0x14),
];
export const and = (a: Code, b: Code): Code => [a, b, simd(0x4e)];
/** a where b has no bit. */
export const andNot = (a: Code, b: Code): Code => [a, b, simd(0x4f)];
/** Bits of `a` where the mask has one, of `b` elsewhere. */
export const select = (a: Code, b: Code, mask: Code): Code => [a, b, mask, simd(0x52)];
export const lessOrEqual = (a: Code, b: Code): Code => [a, b, simd(0x4b)];
export const add = (a: Code, b: Code): Code => [a, b, simd(0xf0)];
export const mul = (a: Code, b: Code): Code => [a, b, simd(0xf2)];
export const div = (a: Code, b: Code): Code => [a, b, simd(0xf3)];

const VOID = 0x40;
const END = 0x0b;
export const block = (body: Code): Code => [0x02, VOID, body, END];
export const loop = (body: Code): Code => [0x03, VOID, body, END];
/** Leaves the block, or repeats the loop, that stands `depth` around this one. */
export const branch = (depth: number): Code => [0x0c, unsigned(depth)];
export const branchIf = (depth: number, condition: Code): Code => [condition, 0x0d, unsigned(depth)];

/**
 * Repeats for ever: reads a number, does the case of that number. The last case does not repeat: what follows the loop comes
 * next.
 */
export function dispatch(number: Code, cases: readonly Code[]): Code {
  const last = cases.length - 1;
  const table: Code = [0x0e, unsigned(last), cases.map((_, i) => unsigned(i))];
  let nested: Code = block([number, table]);
  cases.forEach((body, i) => {
    nested = i === last ? [nested, body] : block([nested, body, branch(last - i)]);
  });
  return loop(nested);
}

/** A module that imports its memory as `env.memory` and exports `run(i32 …)`. */
export function wasmModule(parameters: number, locals: Locals, body: Code): Uint8Array<ArrayBuffer> {
  const name = (text: string): Code => sized([...new TextEncoder().encode(text)]);
  const section = (id: number, content: Code): Code => [id, sized(content)];
  const noLimit = [0x00, 0x01];
  return Uint8Array.from(
    flatten([
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      section(1, [1, 0x60, unsigned(parameters), Array(parameters).fill(I32), 0]),
      section(2, [1, name('env'), name('memory'), 0x02, noLimit]),
      section(3, [1, 0]),
      section(7, [1, name('run'), 0x00, 0]),
      section(10, [1, sized([locals.declaration(), body, END])]),
    ]),
  );
}

function sized(content: Code): Code {
  const bytes = flatten(content);
  return [unsigned(bytes.length), bytes];
}

function flatten(code: Code): number[] {
  return typeof code === 'number' ? [code] : code.flatMap(flatten);
}

/** LEB128, as WebAssembly writes its integers. */
function unsigned(value: number): Code {
  return value < 0x80 ? value : [(value & 0x7f) | 0x80, unsigned(value >>> 7)];
}

function signed(value: number): Code {
  const low = value & 0x7f;
  const rest = value >> 7;
  const done = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
  return done ? low : [low | 0x80, signed(rest)];
}
