import { describe, expect, test } from 'vitest';
import { exactUnit, roundToUnit } from '../../lib/forest/exact-sums.ts';
import { Random } from '../../lib/forest/random.ts';
import { createBinarySums, fillBinarySums, writeBinarySlots } from '../../lib/forest/train/binary-columns.ts';
import type { BinnedColumns } from '../../lib/forest/train/binned-columns.ts';
import { binColumns } from '../../lib/forest/train/binning.ts';
import {
  createHistogram,
  fillColumn,
  fillColumns,
  gatherStatistics,
  type Histogram,
  subtractHistogram,
} from '../../lib/forest/train/histogram.ts';
import { drawSample } from './training-samples.ts';

function setUp(seed: number) {
  const data = drawSample(700, 6, seed);
  const flags = data.values.map((value, i) => (i % 6 === 2 ? (value > 4 ? 1 : 0) : value));
  const binned = binColumns({ ...data, values: flags }, 32);
  const random = new Random(seed, 1);
  const unit = exactUnit(1000);
  const statistics = new Float64Array(1400).map((_, i) =>
    roundToUnit(random.uniform() - (i % 2 ? 0 : 0.5), unit),
  );
  const rows = Int32Array.from({ length: 700 }, (_, row) => row);
  random.shuffle(rows);
  return { binned, statistics, rows };
}

function fill(
  binned: BinnedColumns,
  statistics: Float64Array,
  rows: Int32Array,
  start: number,
  end: number,
): Histogram {
  const histogram = createHistogram(binned, true);
  const sum = (of: number): number =>
    rows.subarray(start, end).reduce((s, row) => s + statistics[2 * row + of]!, 0);
  const bounds = { minStep: Number.NEGATIVE_INFINITY, maxStep: Number.POSITIVE_INFINITY };
  const node = { start, end, gradient: sum(0), hessian: sum(1), ...bounds };
  const gathered = new Float64Array(statistics.length);
  gatherStatistics(gathered, statistics, rows, node);
  const { binary } = binned;
  const binarySums = createBinarySums(binary, true);
  fillBinarySums(binarySums, binary, statistics, rows, node);
  for (let c = 0; c < binned.columns; c++) {
    const flag = binary.ofColumn[c]!;
    if (flag < 0) fillColumn(histogram, binned, c, gathered, rows, node);
    else writeBinarySlots(histogram, binned.slotStart[c]!, binary, flag, binarySums, node);
  }
  return histogram;
}

function fillTogether(
  binned: BinnedColumns,
  columns: readonly number[],
  statistics: Float64Array,
  rows: Int32Array,
  withCounts: boolean,
): Histogram {
  const histogram = createHistogram(binned, withCounts);
  // What a node before it left there.
  histogram.sums.fill(9);
  histogram.counts?.fill(9);
  const bounds = { minStep: Number.NEGATIVE_INFINITY, maxStep: Number.POSITIVE_INFINITY };
  const node = { start: 0, end: rows.length, gradient: 0, hessian: 0, ...bounds };
  const gathered = new Float64Array(statistics.length);
  gatherStatistics(gathered, statistics, rows, node);
  fillColumns(histogram, binned, Int32Array.from(columns), gathered, rows, node);
  return histogram;
}

function recount(binned: BinnedColumns, statistics: Float64Array, rows: Int32Array): Histogram {
  const histogram = createHistogram(binned, true);
  for (const row of rows) {
    for (let c = 0; c < binned.columns; c++) {
      const slot = binned.slotStart[c]! + binned.bins[c * binned.rows + row]!;
      histogram.sums[2 * slot]! += statistics[2 * row]!;
      histogram.sums[2 * slot + 1]! += statistics[2 * row + 1]!;
      histogram.counts![slot]!++;
    }
  }
  return histogram;
}

describe('fillColumn and fillBinarySums', () => {
  test.each([1, 2, 3])('give the sums of a naive recount to the last bit (sample %i)', (seed) => {
    const { binned, statistics, rows } = setUp(seed);
    expect(binned.binary.column.length).toBeGreaterThan(0);
    expect(fill(binned, statistics, rows, 100, 400)).toEqual(
      recount(binned, statistics, rows.subarray(100, 400)),
    );
  });

  test('an empty slot holds exactly 0, so that it cannot pass for a side of a split', () => {
    const { binned, statistics, rows } = setUp(4);
    const { sums, counts } = fill(binned, statistics, rows, 0, 9);
    expect(counts!.includes(0)).toBe(true);
    counts!.forEach((count, slot) => {
      if (count === 0) expect([sums[2 * slot], sums[2 * slot + 1]]).toEqual([0, 0]);
    });
  });
});

describe('fillColumns', () => {
  test.each([
    [[0, 1, 2, 3, 4, 5], true],
    [[0, 1, 2, 3, 4, 5], false],
    [[4, 1, 5], true],
    [[3], false],
  ])(
    'gives columns %j (with counts: %s) what a naive recount gives, and leaves the others',
    (columns, withCounts) => {
      const { binned, statistics, rows } = setUp(6);
      const filled = fillTogether(binned, columns, statistics, rows.subarray(0, 333), withCounts);
      const all = recount(binned, statistics, rows.subarray(0, 333));
      for (let c = 0; c < binned.columns; c++) {
        const [first, last] = [binned.slotStart[c]!, binned.slotStart[c + 1]!];
        const isFilled = columns.includes(c);
        expect([...filled.sums.slice(2 * first, 2 * last)]).toEqual(
          [...all.sums.slice(2 * first, 2 * last)].map((sum) => (isFilled ? sum : 9)),
        );
        if (withCounts)
          expect([...filled.counts!.slice(first, last)]).toEqual(
            [...all.counts!.slice(first, last)].map((count) => (isFilled ? count : 9)),
          );
      }
    },
  );
});

describe('subtractHistogram', () => {
  test('parent less one child is the other child to the last bit', () => {
    const { binned, statistics, rows } = setUp(5);
    const parent = fill(binned, statistics, rows, 0, 700);
    subtractHistogram(parent, fill(binned, statistics, rows, 0, 130));
    expect(parent).toEqual(fill(binned, statistics, rows, 130, 700));
  });
});
