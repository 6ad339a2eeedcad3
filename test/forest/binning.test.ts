import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BinnedColumns } from '../../lib/forest/train/binned-columns.ts';
import { binColumns } from '../../lib/forest/train/binning.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { drawSample, smallTrainingSet } from './training-samples.ts';

function column(...values: number[]): TrainingSet {
  return {
    rows: values.length,
    columns: 1,
    values: Float32Array.from(values),
    labels: new Uint8Array(values.length),
  };
}

function edgesOf(binned: BinnedColumns, c = 0): number[] {
  return Array.from(binned.edge.subarray(binned.slotStart[c]!, binned.slotStart[c]! + binned.valueBins[c]!));
}

/** What every training row must see: the edge says the same as the bin, and the bin's bounds hold the value. */
function expectExactRouting(data: TrainingSet, binned: BinnedColumns): void {
  let wrong = 0;
  for (let c = 0; c < data.columns; c++) {
    const edges = edgesOf(binned, c);
    for (let row = 0; row < data.rows; row++) {
      const value = data.values[row * data.columns + c]!;
      const bin = binned.bins[c * data.rows + row]!;
      const slot = binned.slotStart[c]! + bin;
      const agrees = Number.isNaN(value)
        ? bin === binned.valueBins[c]
        : edges.every((edge, b) => value <= edge === bin <= b) &&
          binned.low[slot]! <= value &&
          value <= binned.high[slot]!;
      if (!agrees) wrong++;
    }
  }
  expect(wrong).toBe(0);
}

describe('binColumns', () => {
  test('gives few values a bin each and puts edges halfway between neighbours, rounded down to float32', () => {
    const binned = binColumns(column(3, 1, 3, 2, 10), 256);
    expect([...binned.bins]).toEqual([2, 0, 2, 1, 3]);
    expect(edgesOf(binned)).toEqual([1.5, 2.5, 6.5, Infinity]);
  });

  test('an edge between neighbouring float32 values is the lower of them', () => {
    const next = 1 + 2 ** -23;
    expect(edgesOf(binColumns(column(1, next), 256))).toEqual([1, Infinity]);
  });

  test('missing values have a bin after the others, and no bin where there are none', () => {
    const withMissing = binColumns(column(1, Number.NaN, 2), 256);
    expect([...withMissing.bins]).toEqual([0, 2, 1]);
    expect([...withMissing.slotStart]).toEqual([0, 3]);
    expect([...binColumns(column(1, 2), 256).slotStart]).toEqual([0, 2]);
  });

  test('a constant column and one of missing values only have one bin', () => {
    expect([...binColumns(column(4, 4, 4), 256).slotStart]).toEqual([0, 1]);
    const missing = binColumns(column(Number.NaN, Number.NaN), 256);
    expect([...missing.slotStart, ...missing.valueBins]).toEqual([0, 1, 0]);
  });

  test('infinities are values: the edge next to one keeps all finite values on one side', () => {
    const binned = binColumns(column(-Infinity, 0, Infinity), 256);
    expect(edgesOf(binned)).toEqual([-Infinity, 3.4028234663852886e38, Infinity]);
    expect([...binned.bins]).toEqual([0, 1, 2]);
  });

  test('0 and -0 share a bin', () => {
    expect([...binColumns(column(0, -0, 1), 256).bins]).toEqual([0, 0, 1]);
  });

  test('many values share bins of about equal size, and one that many rows have is alone in its bin', () => {
    const many = Array.from({ length: 9000 }, (_, i) => (i < 3000 ? 500.5 : (i * 7919) % 6000));
    const data = column(...many);
    const binned = binColumns(data, 64);
    const counts = new Array<number>(63).fill(0);
    for (const bin of binned.bins) counts[bin]!++;
    const [largest, ...rest] = counts.filter((count) => count > 0).sort((a, b) => b - a);
    expect(binned.valueBins[0]).toBe(63);
    expect(largest).toBe(3000);
    expect(Math.max(...rest)).toBeLessThan(2 * Math.min(...rest));
    expectExactRouting(data, binned);
  });

  test.each([
    ['the upper end', (rank: number) => rank >= 19_960],
    ['the lower end', (rank: number) => rank < 40],
    ['the middle', (rank: number) => rank >= 12_000 && rank < 12_040],
    ['both ends', (rank: number) => rank < 20 || rank >= 19_980],
  ])('a rule on 40 of 20,000 rows at %s has bins of its own', (_, isPositive) => {
    const ranks = Array.from({ length: 20_000 }, (_, row) => (row * 7919) % 20_000);
    const data = { ...column(...ranks), labels: Uint8Array.from(ranks, (rank) => Number(isPositive(rank))) };
    const binned = binColumns(data, 256);
    const mixed = new Set(ranks.flatMap((rank, row) => (isPositive(rank) ? [binned.bins[row]!] : [])));
    const strangers = ranks.filter((rank, row) => !isPositive(rank) && mixed.has(binned.bins[row]!));
    expect(strangers).toEqual([]);
    expectExactRouting(data, binned);
  });

  test('a rule on 35 rows that two equal bins share has bins of its own, but for one row, however they share it', () => {
    const ranks = Array.from({ length: 20_000 }, (_, row) => (row * 7919) % 20_000);
    for (let from = 12_000; from < 12_080; from++) {
      const isPositive = (rank: number): boolean => rank >= from && rank < from + 35;
      const data = {
        ...column(...ranks),
        labels: Uint8Array.from(ranks, (rank) => Number(isPositive(rank))),
      };
      const { bins } = binColumns(data, 256);
      const counts = Array.from({ length: 256 }, () => [0, 0] as [number, number]);
      for (const [row, bin] of bins.entries()) counts[bin]![data.labels[row]!]!++;
      const lost = counts.reduce((sum, pair) => sum + Math.min(...pair), 0);
      expect(lost, `from rank ${from}`).toBeLessThanOrEqual(1);
    }
  });

  test('labels without a pattern leave all bins equal', () => {
    const ranks = Array.from({ length: 20_000 }, (_, row) => (row * 7919) % 20_000);
    const labels = Uint8Array.from(ranks, (_, row) => Number((row * 31) % 97 === 0));
    const binned = binColumns({ ...column(...ranks), labels }, 256);
    const counts = new Array<number>(256).fill(0);
    for (const bin of binned.bins) counts[bin]!++;
    expect(binned.valueBins[0]).toBe(255);
    expect(Math.max(...counts) - Math.min(...counts.slice(0, 255))).toBeLessThanOrEqual(1);
  });

  test('where positives are the rule, the rarer class is the negatives', () => {
    const ranks = Array.from({ length: 20_000 }, (_, row) => (row * 7919) % 20_000);
    const labels = Uint8Array.from(ranks, (rank) => Number(rank % 500 === 0));
    const turned = labels.map((label) => 1 - label);
    const data = { ...column(...ranks), labels };
    expect(binColumns({ ...data, labels: turned }, 256).edge).toEqual(binColumns(data, 256).edge);
  });

  test('lists the flags that are active in each row: the rarer bin of each column of two', () => {
    const rows = 300;
    const values = Float32Array.from({ length: rows * 4 }, (_, i) => {
      const row = Math.floor(i / 4);
      return [row % 3 === 0 ? 1 : 0, row, row % 5 === 0 ? -1 : 2, row % 4 === 0 ? Number.NaN : 7][i % 4]!;
    });
    const { binary } = binColumns({ rows, columns: 4, values, labels: new Uint8Array(rows) }, 256);
    expect([...binary.column, ...binary.ofColumn]).toEqual([0, 2, 3, 0, -1, 1, 2]);
    for (let row = 0; row < rows; row++) {
      const expected = [row % 3, row % 5, row % 4].flatMap((rest, flag) => (rest === 0 ? [flag] : []));
      expect([...binary.active.subarray(binary.activeStart[row], binary.activeStart[row + 1])]).toEqual(
        expected,
      );
    }
  });

  test('columns beyond the first sixteen are binned like the others', () => {
    const data = drawSample(50, 35, 1);
    expectExactRouting(data, binColumns(data, 256));
  });

  test('whatever the values and the number of bins, x <= edge says the same as the bin', () => {
    fc.assert(
      fc.property(smallTrainingSet, fc.integer({ min: 3, max: 12 }), (data, maxBins) => {
        const binned = binColumns(data, maxBins);
        for (let c = 0; c < data.columns; c++) {
          expect(binned.slotStart[c + 1]! - binned.slotStart[c]!).toBeLessThanOrEqual(maxBins);
        }
        expectExactRouting(data, binned);
      }),
      { numRuns: 300 },
    );
  });
});
