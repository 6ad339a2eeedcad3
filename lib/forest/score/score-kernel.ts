/**
 * The loop that walks rows down a tree, in WebAssembly: many rows step by step side by side, so that while one waits for its node or its
 * value, the others go on. Every row takes as many steps as the tree is deep; in a leaf a step leads nowhere.
 *
 * A group's values stand column by column, each with the group's rows beside each other; its sums likewise.
 */
import type { Code, Local } from '../wasm-code.ts';
import * as wasm from '../wasm-code.ts';
import { COLUMN_BITS, NODE_BYTES } from './score-layout.ts';

/** Rows that step side by side. */
export const ROWS_A_GROUP = 16;
/** Of a column of a group. */
export const COLUMN_BYTES = 4 * ROWS_A_GROUP;

/** Nodes lie from address 0 on. Adds the tree's leaves to the sums of the rows of `groups` groups. */
export type AddTree = (
  root: number,
  depth: number,
  leaves: number,
  values: number,
  groupBytes: number,
  sums: number,
  groups: number,
) => void;

const PARAMETERS = 7;
const [ROOT, DEPTH, LEAVES, VALUES, GROUP_BYTES, SUMS, GROUPS] = [0, 1, 2, 3, 4, 5, 6] as const;

let compiled: WebAssembly.Module | undefined;

export function openScoreKernel(memory: WebAssembly.Memory): AddTree {
  compiled ??= new WebAssembly.Module(writeKernel());
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports.run as AddTree;
}

function writeKernel(): Uint8Array<ArrayBuffer> {
  const locals = new wasm.Locals(PARAMETERS);
  const left = locals.i32();
  const link = locals.i32();
  const nodes = Array.from({ length: ROWS_A_GROUP }, () => locals.i32());
  const { get, set, i32Const } = wasm;
  const body = wasm.loop([
    nodes.map((node) => set(node, get(ROOT))),
    set(left, get(DEPTH)),
    wasm.block(
      wasm.loop([
        wasm.branchIf(1, wasm.i32IsZero(get(left))),
        nodes.map((node, row) => stepDown(node, link, row)),
        set(left, wasm.i32Sub(get(left), i32Const(1))),
        wasm.branch(0),
      ]),
    ),
    nodes.map((node, row) => addLeaf(node, row)),
    set(VALUES, wasm.i32Add(get(VALUES), get(GROUP_BYTES))),
    set(SUMS, wasm.i32Add(get(SUMS), i32Const(COLUMN_BYTES))),
    set(GROUPS, wasm.i32Sub(get(GROUPS), i32Const(1))),
    wasm.branchIf(0, get(GROUPS)),
  ]);
  return wasm.wasmModule(PARAMETERS, locals, body);
}

/** node = (first child + (value <= threshold)) · 8 */
function stepDown(node: Local, link: Local, row: number): Code {
  const { get, set, i32Const } = wasm;
  const column = wasm.i32And(get(link), i32Const(2 ** COLUMN_BITS - 1));
  const address = wasm.i32Add(get(VALUES), wasm.i32ShiftLeft(column, i32Const(Math.log2(COLUMN_BYTES))));
  const goesLeft = wasm.f32LessOrEqual(wasm.f32Load(address, 4 * row), wasm.f32Load(get(node), 0));
  const first = wasm.i32ShiftRight(get(link), i32Const(COLUMN_BITS));
  return [
    set(link, wasm.i32Load(get(node), 4)),
    set(node, wasm.i32ShiftLeft(wasm.i32Add(first, goesLeft), i32Const(Math.log2(NODE_BYTES)))),
  ];
}

function addLeaf(node: Local, row: number): Code {
  const { get } = wasm;
  const address = wasm.i32Add(get(LEAVES), wasm.i32ShiftRight(get(node), wasm.i32Const(1)));
  const sum = wasm.f32Add(wasm.f32Load(get(SUMS), 4 * row), wasm.f32Load(address, 0));
  return wasm.f32Store(get(SUMS), 4 * row, sum);
}
