/**
 * Turns float32 rows into one byte a value: each column is cut into at most `maxBins` bins, the last of them for missing values, and
 * the trainers never look at the floats again.
 *
 *     column        0             1           2           (2 has missing values, 1 is all missing)
 *     slot        0  1  2         3        4  5  6        slotStart = [0, 3, 4, 7]
 *     bin         0  1  2      missing     0  1  missing
 *     edge       .5 7.2 ∞         -       3.1 ∞   -
 *
 * `x <= edge[slot]` says exactly the same as `bin(x) <= bin of the slot`, for every row that was binned: so a tree grown on
 * bins and read with float32 thresholds never sends a training row another way.
 */

import type { TrainingSet } from '../training-set.ts';
import { findEdges, midpoint, type ValueRun } from './bin-edges.ts';
import { listBinaryColumns } from './binary-columns.ts';
import type { BinnedColumns } from './binned-columns.ts';

/** Columns copied out of the row-major values in one pass: sixteen float32 are a cache line. */
const COLUMNS_AT_ONCE = 16;
const HASH_SLOTS = 1024;

export function binColumns(data: TrainingSet, maxBins: number): BinnedColumns {
  const { rows, columns, values, labels } = data;
  const bins = new Uint8Array(new SharedArrayBuffer(rows * columns));
  const binned: BinnedColumn[] = [];
  const buffers = Array.from({ length: Math.min(columns, COLUMNS_AT_ONCE) }, () => new Float32Array(rows));
  for (let first = 0; first < columns; first += COLUMNS_AT_ONCE) {
    const width = Math.min(COLUMNS_AT_ONCE, columns - first);
    copyColumns(values, rows, columns, first, width, buffers);
    for (let k = 0; k < width; k++) {
      const codes = bins.subarray((first + k) * rows, (first + k + 1) * rows);
      binned.push(binColumn(buffers[k]!, labels, codes, maxBins - 1));
    }
  }
  const slots = joinColumns(binned);
  return { rows, columns, bins, ...slots, binary: listBinaryColumns(bins, rows, slots.slotStart) };
}

interface BinnedColumn {
  readonly runs: readonly ValueRun[];
  /** Bins in use, the missing bin among them. */
  readonly slots: number;
}

function copyColumns(
  values: Float32Array,
  rows: number,
  columns: number,
  first: number,
  width: number,
  buffers: readonly Float32Array[],
): void {
  for (let k = 0; k < width; k++) {
    const buffer = buffers[k]!;
    for (let row = 0, at = first + k; row < rows; row++, at += columns) buffer[row] = values[at]!;
  }
}

/** Writes a column's bins into `codes`: a bin for each value where they are few, quantiles where they are many. */
function binColumn(
  values: Float32Array,
  labels: Uint8Array,
  codes: Uint8Array,
  maxValueBins: number,
): BinnedColumn {
  const distinct = listFewValues(values, codes, maxValueBins);
  const runs = distinct === null ? findEdges(values, labels, maxValueBins) : renumber(distinct, codes);
  if (distinct === null) encode(values, runs, codes);
  return { runs, slots: runs.length + (codes.includes(runs.length) ? 1 : 0) };
}

/** Distinct values in order of appearance, `codes` pointing at them (255: missing); null if there are more than `limit`. */
function listFewValues(values: Float32Array, codes: Uint8Array, limit: number): number[] | null {
  const table = new Int16Array(HASH_SLOTS).fill(-1);
  const distinct: number[] = [];
  const bits = new Int32Array(values.buffer, values.byteOffset, values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    if (Number.isNaN(value)) {
      codes[row] = 255;
      continue;
    }
    let slot = value === 0 ? 0 : Math.imul(bits[row]!, 0x9e3779b1) >>> 22;
    while (table[slot]! >= 0 && distinct[table[slot]!] !== value) slot = (slot + 1) % HASH_SLOTS;
    if (table[slot]! < 0) {
      if (distinct.length === limit) return null;
      table[slot] = distinct.length;
      distinct.push(value === 0 ? 0 : value);
    }
    codes[row] = table[slot]!;
  }
  return distinct;
}

/** `codes` by order of appearance become bins by order of value, missing after them. */
function renumber(distinct: readonly number[], codes: Uint8Array): ValueRun[] {
  const sorted = Float32Array.from(distinct).sort();
  const place = new Map(Array.from(sorted, (value, bin) => [value, bin]));
  const binOf = new Uint8Array(256).fill(distinct.length);
  distinct.forEach((value, code) => {
    binOf[code] = place.get(value)!;
  });
  for (let row = 0; row < codes.length; row++) codes[row] = binOf[codes[row]!]!;
  return Array.from(sorted, (value) => ({ low: value, high: value }));
}

function encode(values: Float32Array, runs: readonly ValueRun[], codes: Uint8Array): void {
  const highs = new Float32Array(256).fill(Number.POSITIVE_INFINITY);
  runs.forEach((run, bin) => {
    highs[bin] = run.high;
  });
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    let bin = 0;
    for (let step = 128; step > 0; step >>= 1) if (highs[bin + step - 1]! < value) bin += step;
    codes[row] = Number.isNaN(value) ? runs.length : bin;
  }
}

function joinColumns(
  binned: readonly BinnedColumn[],
): Pick<BinnedColumns, 'slotStart' | 'valueBins' | 'low' | 'high' | 'edge'> {
  const slotStart = new Int32Array(binned.length + 1);
  for (const [c, column] of binned.entries()) slotStart[c + 1] = slotStart[c]! + column.slots;
  const slots = slotStart[binned.length]!;
  const [low, high, edge] = [new Float32Array(slots), new Float32Array(slots), new Float32Array(slots)];
  for (const [c, { runs }] of binned.entries()) {
    for (const [bin, run] of runs.entries()) {
      const slot = slotStart[c]! + bin;
      const next = runs[bin + 1];
      low[slot] = run.low;
      high[slot] = run.high;
      edge[slot] = next === undefined ? Number.POSITIVE_INFINITY : midpoint(run.high, next.low);
    }
  }
  const valueBins = Int32Array.from(binned, (column) => column.runs.length);
  return { slotStart, valueBins, low, high, edge };
}
