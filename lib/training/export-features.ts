/**
 * The matrix that `train` would use, as a Parquet file: for a model trained elsewhere on the same inputs and the same
 * split, which `import` then takes in. Columns: record_id, label, part (train or held_out), then the inputs by name.
 */

import { FLOAT, VARCHAR } from '@duckdb/node-api';
import { quoteIdentifier, quoteText, Session } from '../engine/session.ts';
import { type DatasetPart, prepareDataset } from './dataset.ts';
import type { TrainOptions } from './train-options.ts';

export interface ExportOptions
  extends Pick<
    TrainOptions,
    'pack' | 'inputs' | 'reading' | 'seed' | 'threads' | 'memoryLimitMb' | 'progress' | 'period'
  > {
  readonly out: string;
}

export interface ExportedFeatures {
  readonly rows: number;
  readonly inputs: number;
  readonly train: number;
  readonly heldOut: number;
  /** What a person should know of the files. */
  readonly warnings: readonly string[];
}

const blockRows = 8192;

export async function exportFeatures(options: ExportOptions): Promise<ExportedFeatures> {
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const dataset = await prepareDataset(session, options);
    const names = dataset.fitted.inputs.map((input) => quoteIdentifier(input.name));
    options.progress.stage('writing features');
    await session.run(
      `CREATE TABLE matrix(record_id VARCHAR, label FLOAT, part VARCHAR, ${names.map((name) => `${name} FLOAT`).join(', ')})`,
    );
    await appendPart(session, dataset.train, 'train');
    await appendPart(session, dataset.heldOut, 'held_out');
    await session.run(
      `COPY (SELECT * REPLACE (label::INTEGER AS label) FROM matrix) TO ${quoteText(options.out)} (FORMAT parquet, COMPRESSION zstd)`,
    );
    const [train, heldOut] = [dataset.train.data.rows, dataset.heldOut.data.rows];
    return { rows: train + heldOut, inputs: names.length, train, heldOut, warnings: dataset.warnings };
  } finally {
    await session.close();
  }
}

async function appendPart(session: Session, { data, id }: DatasetPart, part: string): Promise<void> {
  const appender = await session.append('matrix', [
    VARCHAR,
    FLOAT,
    VARCHAR,
    ...new Array(data.columns).fill(FLOAT),
  ]);
  for (let from = 0; from < data.rows; from += blockRows) {
    const rows = Math.min(blockRows, data.rows - from);
    const inputs = Array.from({ length: data.columns }, (_, column) =>
      Float32Array.from({ length: rows }, (_, row) => data.values[(from + row) * data.columns + column]!),
    );
    const ids = id.slice(from, from + rows);
    const labels = Float32Array.from(data.labels.subarray(from, from + rows));
    appender.columns([ids, labels, ids.map(() => part), ...inputs]);
  }
  appender.close();
}
