/**
 * How each input of a training matrix is distributed: what later drops are compared with. Bins hold like numbers of rows, ten at
 * most; equal values are never divided.
 *
 *     up to ten distinct values     a bin each (so a one-hot input has the bins 0 and 1)
 *     a constant                    three bins: below it (empty), it, above it (empty), so that any change shows
 *     a heavy value (90 % zeros)    a bin by itself; the rest still gets the other nine
 *     all missing                   one bin, empty
 */
import { nextFloat32Below } from '../forest/tree-ensemble.ts';
import { clampToFinite } from './drift-bins.ts';
import type { InputProfile } from './evaluation.ts';

const BINS = 10;

/** `values` is row-major, rows × names.length; NaN is missing. */
export function profileInputs(values: Float32Array, rows: number, names: readonly string[]): InputProfile[] {
  const column = new Float32Array(rows);
  return names.map((name, at) => {
    let present = 0;
    for (let row = 0; row < rows; row++) {
      const value = values[row * names.length + at]!;
      if (!Number.isNaN(value)) column[present++] = clampToFinite(value);
    }
    return profileColumn(name, column.subarray(0, present).sort(), rows);
  });
}

function profileColumn(name: string, sorted: Float32Array, rows: number): InputProfile {
  const missingShare = rows === 0 ? 0 : 1 - sorted.length / rows;
  if (sorted.length === 0) return { name, missingShare, edges: [], shares: [0], median: null, mean: null };
  const edges = findEdges(sorted);
  const through = [...edges.map((edge) => countUpTo(sorted, edge)), sorted.length];
  const shares = through.map((count, bin) => (count - (through[bin - 1] ?? 0)) / sorted.length);
  const middle = sorted.length >>> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { name, missingShare, edges, shares, median, mean: meanOf(sorted) };
}

/**
 * A bin closes at the end of a run of equal values once it has its part of what was left when it began: of the last bin that is all,
 * so that it ends with the values.
 */
function findEdges(sorted: Float32Array): number[] {
  const runs = countRuns(sorted);
  if (runs.length === 1) return [nextFloat32Below(sorted[0]!), sorted[0]!];
  if (runs.length <= BINS) return runs.slice(0, -1).map((end) => sorted[end - 1]!);
  const edges: number[] = [];
  let start = 0;
  for (const end of runs.slice(0, -1)) {
    const part = (sorted.length - start) / (BINS - edges.length);
    if (end - start >= part) {
      edges.push(sorted[end - 1]!);
      start = end;
    }
  }
  return edges;
}

/** Where each run of equal values ends, exclusively. */
function countRuns(sorted: Float32Array): number[] {
  const ends: number[] = [];
  for (let at = 1; at <= sorted.length; at++) if (sorted[at] !== sorted[at - 1]) ends.push(at);
  return ends;
}

function countUpTo(sorted: Float32Array, edge: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! <= edge) low = middle + 1;
    else high = middle;
  }
  return low;
}

function meanOf(sorted: Float32Array): number {
  let sum = 0;
  for (const value of sorted) sum += value;
  return sum / sorted.length;
}
