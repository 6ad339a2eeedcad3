/** Many rows at a time by the SIMD kernel: the same bits as row by row in TypeScript, five times as fast. */
import type { ShapLayout } from './shap-layout.ts';
import { openSimdKernel, ROWS_A_BLOCK, type RunProgram, VECTOR } from './simd-kernel.ts';
import { planMemory, writePrograms } from './simd-program.ts';

/** Blocks that go through a tree before the next tree is taken: its program is read from memory once for all of them. */
const MAX_BLOCKS = 4;
const PAGE = 65_536;
/** For larger ensembles (some 600,000 splits) no kernel is opened. */
const MAX_MEMORY = 128 * 1024 * 1024;

export class SimdExplainer {
  readonly #columns: number;
  readonly #run: RunProgram;
  readonly #starts: Int32Array;
  /** Of all blocks: two a feature and row (a missing value as NaN, then as −∞); one a feature and row. */
  readonly #values: Float64Array;
  readonly #contributions: Float64Array;

  private constructor(layout: ShapLayout, plan: ReturnType<typeof planMemory>) {
    this.#columns = layout.featureCount;
    const block = VECTOR * this.#columns;
    const memory = new WebAssembly.Memory({
      initial: Math.ceil((plan.end + 3 * block * MAX_BLOCKS) / PAGE),
    });
    this.#starts = writePrograms(layout, plan, memory.buffer);
    this.#values = new Float64Array(memory.buffer, plan.end, (2 * block * MAX_BLOCKS) / 8);
    this.#contributions = new Float64Array(
      memory.buffer,
      plan.end + 2 * block * MAX_BLOCKS,
      (block * MAX_BLOCKS) / 8,
    );
    this.#run = openSimdKernel(memory);
  }

  /** Undefined if the ensemble is too large, or the platform has no WebAssembly SIMD. */
  static open(layout: ShapLayout): SimdExplainer | undefined {
    const plan = planMemory(layout);
    if (plan.end > MAX_MEMORY) return undefined;
    try {
      return new SimdExplainer(layout, plan);
    } catch (error) {
      if (error instanceof WebAssembly.CompileError || error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** Rows from values[start] on, row-major; their contributions replace out[outStart] … */
  explain(values: Float32Array, start: number, out: Float64Array, outStart: number, rows: number): void {
    const most = MAX_BLOCKS * ROWS_A_BLOCK;
    for (let from = 0; from < rows; from += most) {
      const count = Math.min(most, rows - from);
      this.#readRows(values, start + from * this.#columns, count);
      this.#contributions.fill(0);
      this.#runPrograms(count);
      this.#writeRows(out, outStart + from * this.#columns, count);
    }
  }

  #runPrograms(rows: number): void {
    const block = VECTOR * this.#columns;
    const values = this.#values.byteOffset;
    const contributions = this.#contributions.byteOffset;
    for (const program of this.#starts) {
      for (let from = 0, b = 0; from < rows; from += ROWS_A_BLOCK, b++) {
        const bytes = 8 * Math.min(ROWS_A_BLOCK, rows - from);
        this.#run(program, values + 2 * b * block, contributions + b * block, bytes);
      }
    }
  }

  #readRows(values: Float32Array, start: number, rows: number): void {
    const columns = this.#columns;
    for (let row = 0; row < rows; row++) {
      let to = placeOf(row, 2 * columns);
      for (let f = 0; f < columns; f++) {
        const x = values[start + row * columns + f]!;
        this.#values[to] = x;
        this.#values[to + ROWS_A_BLOCK] = Number.isNaN(x) ? Number.NEGATIVE_INFINITY : x;
        to += 2 * ROWS_A_BLOCK;
      }
    }
  }

  #writeRows(out: Float64Array, start: number, rows: number): void {
    const columns = this.#columns;
    for (let row = 0; row < rows; row++) {
      let from = placeOf(row, columns);
      for (let f = 0; f < columns; f++) {
        out[start + row * columns + f] = this.#contributions[from]!;
        from += ROWS_A_BLOCK;
      }
    }
  }
}

/** Where the first number of a row stands among those of all blocks, which hold `numbers` a row, row beside row. */
function placeOf(row: number, numbers: number): number {
  const within = row % ROWS_A_BLOCK;
  return (row - within) * numbers + within;
}
