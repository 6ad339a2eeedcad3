/**
 * The matrix that `train` would use, as a Parquet file: for a model trained elsewhere on the same inputs and the same
 * split, which `import` then takes in. Columns: record_id, label, part (train or held_out), then the inputs by name.
 */

import { FLOAT, VARCHAR } from '@duckdb/node-api';
import { copyToParquet } from '../engine/parquet.ts';
import { Session, type TableAppender } from '../engine/session.ts';
import { openTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { ModelInput } from '../features/model-input.ts';
import { type Dataset, type DatasetPart, prepareDataset } from './dataset.ts';
import type { TrainOptions } from './train-options.ts';
import { prepareUnlabelled } from './unlabelled.ts';

export interface ExportOptions
  extends Pick<
    TrainOptions,
    'pack' | 'inputs' | 'reading' | 'seed' | 'threads' | 'memoryLimitMb' | 'progress' | 'period'
  > {
  readonly out: string;
  /** All records, for a model that needs no labels. */
  readonly unlabelled?: boolean;
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
    const { fitted, warnings, ...parts } = await prepareParts(session, options);
    checkNames(fitted.inputs);
    const names = fitted.inputs.map((input) => input.name);
    options.progress.stage('writing features');
    const { table, appender } = await openTable(session, 'matrix', [
      ...([
        ['record_id', VARCHAR],
        ['label', FLOAT],
        ['part', VARCHAR],
      ] as const),
      ...names.map((name) => [name, FLOAT] as const),
    ]);
    appendPart(appender, parts.train, 'train', options.unlabelled === true);
    if (parts.heldOut !== null) appendPart(appender, parts.heldOut, 'held_out', false);
    appender.close();
    const sql = `SELECT * REPLACE (label::INTEGER AS label) FROM ${table}`;
    await copyToParquet(session, sql, options.out);
    const [train, heldOut] = [parts.train.data.rows, parts.heldOut?.data.rows ?? 0];
    return { rows: train + heldOut, inputs: names.length, train, heldOut, warnings };
  } finally {
    await session.close();
  }
}

async function prepareParts(
  session: Session,
  options: ExportOptions,
): Promise<Pick<Dataset, 'fitted' | 'train' | 'warnings'> & { readonly heldOut: DatasetPart | null }> {
  if (options.unlabelled !== true) return await prepareDataset(session, options);
  const { part, fitted, warnings } = await prepareUnlabelled(session, options);
  return { train: part, heldOut: null, fitted, warnings };
}

const RECORD_COLUMNS = ['record_id', 'label', 'part'];

function checkNames(inputs: readonly ModelInput[]): void {
  const clash = inputs.find(({ name }) => RECORD_COLUMNS.includes(name.toLowerCase()));
  if (clash === undefined) return;
  throw new InputError(
    `${clash.kind === 'encoding' ? 'encodings' : 'features'}.${clash.source}: found an input called like a column of the file, which has ${RECORD_COLUMNS.join(', ')} of each record; give it another name`,
  );
}

function appendPart(
  appender: TableAppender,
  { data, id }: DatasetPart,
  part: string,
  isUnlabelled: boolean,
): void {
  for (let from = 0; from < data.rows; from += blockRows) {
    const rows = Math.min(blockRows, data.rows - from);
    const inputs = Array.from({ length: data.columns }, (_, column) =>
      Float32Array.from({ length: rows }, (_, row) => data.values[(from + row) * data.columns + column]!),
    );
    const ids = id.slice(from, from + rows);
    const labels = ids.map((_, row) => (isUnlabelled ? null : data.labels[from + row]!));
    appender.columns([ids, labels, ids.map(() => part), ...inputs]);
  }
}
