/** Rows of the dataset as one float matrix in memory: what a trainer takes. */

import type { Session } from '../engine/session.ts';
import type { FittedInputs } from '../features/model-input.ts';
import { streamMatrix } from '../features/stream-matrix.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { Pack } from '../packs/pack.ts';

export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  /** Row-major. */
  readonly values: Float32Array;
}

/** The matrix of the records in the table `seqTable` (one column, `seq`), in input order. */
export async function readMatrix(
  session: Session,
  pack: Pack,
  fitted: FittedInputs,
  mode: 'train' | 'score',
  seqTable: string,
): Promise<Matrix> {
  const columns = fitted.inputs.length;
  const { rows } = await session.row<{ rows: number }>(`SELECT count(*)::INTEGER AS rows FROM ${seqTable}`);
  const values = new Float32Array(rows * columns);
  let filled = 0;
  for await (const block of streamMatrix(session, pack, fitted, {
    mode,
    where: `seq IN (SELECT seq::BIGINT FROM ${seqTable})`,
  })) {
    values.set(block.values.subarray(0, block.rows * columns), filled * columns);
    filled += block.rows;
  }
  if (filled !== rows) throw new Error(`the matrix has ${filled} rows, the table ${seqTable} has ${rows}`);
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
