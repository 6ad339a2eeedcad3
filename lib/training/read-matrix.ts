/** Rows of the dataset as one float matrix in memory: what a trainer takes. */

import type { Features } from '../features/feature-tables.ts';
import type { FittedInputs } from '../features/model-input.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { Selection } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float32Array;
}

/** The matrix of some records, in input order. */
export async function readMatrix(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  mode: 'train' | 'score',
  selection: Selection,
): Promise<Matrix> {
  const columns = fitted.inputs.length;
  const rows = await selection.count();
  const values = new Float32Array(rows * columns);
  let filled = 0;
  for await (const block of streamMatrix(features, pack, fitted, {
    mode,
    where: `seq IN (SELECT seq::BIGINT FROM ${selection})`,
  })) {
    values.set(block.values.subarray(0, block.rows * columns), filled * columns);
    filled += block.rows;
  }
  if (filled !== rows) throw new Error(`the matrix has ${filled} rows, ${rows} were asked for`);
  return { rows, columns, values };
}

/** The given rows of a training set, in the given order. */
export function selectRows(data: TrainingSet, rows: Int32Array): TrainingSet {
  const values = new Float32Array(rows.length * data.columns);
  const labels = new Uint8Array(rows.length);
  rows.forEach((row, i) => {
    values.set(data.values.subarray(row * data.columns, (row + 1) * data.columns), i * data.columns);
    labels[i] = data.labels[row]!;
  });
  const weights = data.weights && Float64Array.from(rows, (row) => data.weights![row]!);
  return { rows: rows.length, columns: data.columns, values, labels, ...(weights && { weights }) };
}
