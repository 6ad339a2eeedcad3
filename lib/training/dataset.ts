/**
 * From files to two matrices: the training part and the held-out part, which lies later and shares no entity with it.
 * Everything learned on the way (category values, medians, encodings) is learned on the training part alone.
 */

import { createHash } from 'node:crypto';
import { DOUBLE } from '@duckdb/node-api';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { fillTable, type Table } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { Dependence } from '../evaluation/clustered-estimates.ts';
import { codeEntities } from '../evaluation/entity-codes.ts';
import { SIDE, splitByEntityAndTime } from '../evaluation/split.ts';
import type { SplitSummary } from '../evaluation/split-summary.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import { fitInputs } from '../features/fit-inputs.ts';
import type { FittedInputs } from '../features/model-input.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import { type IntakeResult, readRecords } from '../intake/read-records.ts';
import type { Records } from '../intake/records.ts';
import type { DatasetManifest } from '../models/card.ts';
import type { Pack } from '../packs/pack.ts';
import { countRejects } from '../report/count-rejects.ts';
import type { RejectCount } from '../report/report-data.ts';
import { emptyColumns } from '../scoring/run-warnings.ts';
import { writeRejects } from '../scoring/write-tables.ts';
import { readMatrix } from './read-matrix.ts';
import { rejectWarnings, warnOfOneSidedRejects } from './reject-warnings.ts';
import type { TrainOptions } from './train-options.ts';
import { limitToPeriod, readPeriod, type TrainingPeriod } from './training-period.ts';
import { type LabelledRows, labelOf, readLabelledRows, warnOfUnmapped } from './training-rows.ts';

export interface Dataset {
  readonly manifest: DatasetManifest;
  readonly fitted: FittedInputs;
  readonly split: SplitSummary;
  readonly train: DatasetPart;
  readonly heldOut: DatasetPart;
  /** Of the held-out part, by the pack's segments. */
  readonly segments: readonly SegmentValues[];
  readonly rejects: readonly RejectCount[];
  readonly warnings: readonly string[];
}

export type DatasetOptions = Pick<
  TrainOptions,
  'pack' | 'inputs' | 'reading' | 'seed' | 'progress' | 'rejectsPath' | 'period'
>;

/** A column's values, a text a row. */
export interface SegmentValues {
  readonly column: string;
  readonly values: readonly string[];
}

/** What is known of where records are from. */
export type RecordsOrigin = Pick<IntakeResult, 'received' | 'rejected' | 'warnings'> &
  Pick<DatasetManifest, 'files'>;

export interface RecordsOptions extends Pick<TrainOptions, 'pack' | 'seed' | 'progress' | 'period'> {
  /** By `seq`, how much a record counts where that is not 1: the inverse of its chance of having been reviewed. */
  readonly weights?: ReadonlyMap<number, number>;
}

export interface DatasetPart {
  readonly data: TrainingSet;
  /** Positions in the drop. */
  readonly seq: readonly number[];
  readonly id: readonly string[];
  /** Entity of each row (its id where there is none): what folds keep together. */
  readonly entity: readonly string[];
  /** Which of PERIODS equal spans of the part's time each row lies in; null where records have no time. */
  readonly period: readonly number[] | null;
  /** Days from the first record to the last; null where records have no time. */
  readonly days: number | null;
  /** Of what the labelled records of its time stand for, the share that is in it: the rest are other entities'. */
  readonly share: number;
}

/** Reads, types and windows the files, splits their records, and fits the model's inputs. */
export async function prepareDataset(session: Session, options: DatasetOptions): Promise<Dataset> {
  const { pack, seed, progress, period = {} } = options;
  labelOf(pack);
  readPeriod(pack, period);
  const { records, rejects, origin, rejectedLabels, warnings } = await readFiles(session, options);
  const dataset = await prepareRecords(records, origin, { pack, seed, progress, period });
  const oneSided = warnOfOneSidedRejects(rejectedLabels, dataset.manifest);
  return {
    ...dataset,
    rejects,
    warnings: [...dataset.warnings, ...warnings.rejects, ...oneSided, ...warnings.empty],
  };
}

export interface ReadFiles {
  readonly records: Records;
  readonly rejects: readonly RejectCount[];
  readonly origin: RecordsOrigin;
  readonly rejectedLabels: IntakeResult['rejectedLabels'];
  readonly warnings: { readonly rejects: readonly string[]; readonly empty: readonly string[] };
}

export async function readFiles(
  session: Session,
  { pack, inputs, reading, progress, rejectsPath }: DatasetOptions,
): Promise<ReadFiles> {
  progress.stage('reading records');
  const intake = await readRecords(session, pack, inputs, {
    ...reading,
    onProgress: (done, total) => progress.share(done / total),
  });
  if (rejectsPath !== undefined) {
    const names = intake.files.map(({ name }) => name);
    await writeRejects(intake.rejects, rejectsPath, names);
  }
  const rejects = await rejectWarnings(intake);
  if (intake.accepted === 0) {
    throw new InputError(
      [`no record could be read: ${intake.received} received, ${intake.rejected} rejected`, ...rejects].join(
        '; ',
      ),
    );
  }
  const empty = await emptyColumns(intake.records, pack, intake.warnings);
  const files = intake.files.map(({ name, sha256, bytes }, at) => ({
    ...{ name, sha256, bytes },
    ...(inputs[at]!.history === true && { history: true as const }),
  }));
  const { received, rejected, warnings } = intake;
  return {
    records: intake.records,
    rejects: await countRejects(intake.rejects),
    origin: { received, rejected, warnings, files },
    rejectedLabels: intake.rejectedLabels,
    warnings: { rejects, empty },
  };
}

/** The same of records that were read; none was rejected on the way. */
export async function prepareRecords(
  records: Records,
  origin: RecordsOrigin,
  { pack, seed, progress, weights, period = {} }: RecordsOptions,
): Promise<Dataset> {
  const label = labelOf(pack);
  progress.stage('computing features');
  const { heldOutFrom } = readPeriod(pack, period);
  await limitToPeriod(records, pack, period);
  const unmapped = await warnOfUnmapped(records, pack);
  const rows = await readLabelledRows(records, pack);
  const { side, summary } = splitByEntityAndTime(rows, {
    heldOutShare: 0.25,
    seed,
    labelDelay: pack.record.labelDelay,
    ...(heldOutFrom !== undefined && { heldOutFrom }),
    ...(weights && { weights: Float64Array.from(rows.seq, (seq) => weights.get(seq) ?? 1) }),
    formatTime: hasIntegerTime(pack) ? String : (time) => new Date(time / 1000).toISOString(),
  });
  const { session } = records;
  const train = await writeRowTable(session, rowsOf(rows, side, SIDE.train));
  const heldOut = await writeRowTable(session, rowsOf(rows, side, SIDE.heldOut));
  if (pack.record.time === null) await hideLabels(records, label, heldOut);
  const features = await buildFeatures(records, pack, { usual: false });
  progress.share(0.5);
  const fitted = await fitInputs(features, pack, among(train));
  const parts = {
    // Encodings of training rows come from earlier records only; the held-out rows meet them as any new record will.
    train: await readPart(features, pack, fitted, { rows, side, wanted: SIDE.train, table: train }, weights),
    heldOut: await readPart(
      features,
      pack,
      fitted,
      { rows, side, wanted: SIDE.heldOut, table: heldOut },
      weights,
    ),
  };
  progress.share(1);
  return {
    manifest: await describeDataset(records, origin, rows, period),
    fitted,
    split: summary,
    ...parts,
    segments: await readSegments(records, pack.segments, heldOut),
    rejects: [],
    warnings: [...origin.warnings, ...unmapped, ...warnOfUntimed(pack, rows)],
  };
}

/** Records without a time can be on neither side of the cut: that they take no part must not go unnoticed. */
function warnOfUntimed({ record }: Pack, { count, time }: LabelledRows): string[] {
  const untimed = time.filter((one) => one === null).length;
  if (record.time === null || untimed === 0) return [];
  return [
    untimed === count
      ? `no labelled record has a "${record.time}": windows over it see nothing`
      : `${untimed} of ${count} labelled records have no "${record.time}": they are neither trained on nor held out`,
  ];
}

/**
 * With times, nothing of the held-out part is earlier than a training row, so no encoding of one can have seen its
 * labels. Without, records have an order but no past, and "the records before this one" are of both parts.
 */
async function hideLabels(records: Records, label: string, heldOut: RowTable): Promise<void> {
  const column = quoteIdentifier(label);
  await records.replace(
    `SELECT * REPLACE (
       CASE WHEN seq NOT IN (SELECT seq::BIGINT FROM ${heldOut}) THEN ${column} END AS ${column}
     ) FROM ${records} ORDER BY seq`,
  );
}

/** The values of some columns in the rows of a table, in its order. */
async function readSegments(
  records: Records,
  columns: readonly string[],
  rows: RowTable,
): Promise<SegmentValues[]> {
  const segments = [];
  for (const column of columns) {
    const values = await records.session.rows<{ value: string }>(
      `SELECT coalesce(${quoteIdentifier(column)}::VARCHAR, '(missing)') AS value FROM ${records}
       WHERE ${among(rows)} ORDER BY seq`,
    );
    segments.push({ column, values: values.map(({ value }) => value) });
  }
  return segments;
}

/** What is trained on begins with the first record of all, what is held out goes on to the last. */
function shareOfTime(
  rows: LabelledRows,
  side: Uint8Array,
  wanted: number,
  weightOf: (seq: number) => number,
): number {
  const own = rows.time.filter((time, i) => side[i] === wanted && time !== null) as number[];
  const latest = own.reduce((most, time) => Math.max(most, time), -Infinity);
  const earliest = own.reduce((least, time) => Math.min(least, time), Infinity);
  const isWithin = (time: number) => (wanted === SIDE.train ? time <= latest : time >= earliest);
  let within = 0;
  let inPart = 0;
  for (let i = 0; i < rows.count; i++) {
    const time = rows.time[i] ?? null;
    if (side[i] === wanted) inPart += weightOf(rows.seq[i]!);
    if (side[i] === wanted || (time !== null && isWithin(time))) within += weightOf(rows.seq[i]!);
  }
  return inPart / within;
}

/** The rows that something is to be computed for. */
export type RowTable = Table<{ readonly seq: number }>;

/** A table of record numbers, for `among`. */
export async function writeRowTable(session: Session, seq: readonly number[]): Promise<RowTable> {
  return fillTable(session, 'rows', [['seq', DOUBLE]], [seq]);
}

/** SQL over records or features. */
export const among = (rows: RowTable): string => `seq IN (SELECT seq::BIGINT FROM ${rows})`;

function rowsOf(rows: LabelledRows, side: Uint8Array, wanted: number): number[] {
  return [...rows.seq].filter((_, i) => side[i] === wanted);
}

/** Those of the labelled rows that are on one side of a split. */
export interface PartRows {
  readonly rows: LabelledRows;
  readonly side: Uint8Array;
  readonly wanted: number;
  readonly table: RowTable;
}

export async function readPart(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  { rows, side, wanted, table }: PartRows,
  weights: ReadonlyMap<number, number> = new Map(),
): Promise<DatasetPart> {
  const matrix = await readMatrix(features, pack, fitted, wanted === SIDE.train ? 'train' : 'score', table);
  const chosen = Array.from(side.keys()).filter((i) => side[i] === wanted);
  const times = chosen.map((i) => rows.time[i] ?? null).filter((time) => time !== null);
  const span =
    times.reduce((most, t) => Math.max(most, t), -Infinity) -
    times.reduce((least, t) => Math.min(least, t), Infinity);
  const seq = chosen.map((i) => rows.seq[i]!);
  const labels = Uint8Array.from(chosen, (i) => rows.labels[i]!);
  const weightOf = (one: number) => weights.get(one) ?? 1;
  const weighed = weights.size > 0 && { weights: Float64Array.from(seq, weightOf) };
  return {
    data: { ...matrix, labels, ...weighed },
    seq,
    id: chosen.map((i) => rows.id[i]!),
    entity: chosen.map((i) => rows.entity[i] ?? rows.id[i]!),
    period: periodsOf(chosen.map((i) => rows.time[i] ?? null)),
    days: times.length === 0 || hasIntegerTime(pack) ? null : Math.max(1, span / 86_400e6),
    share: shareOfTime(rows, side, wanted, weightOf),
  };
}

/** Spans whose records are taken to be alike: enough of them to say how much. */
const PERIODS = 60;

function periodsOf(times: readonly (number | null)[]): number[] | null {
  const known = times.filter((time) => time !== null);
  const first = known.reduce((least, time) => Math.min(least, time), Infinity);
  const span = known.reduce((most, time) => Math.max(most, time), -Infinity) - first;
  if (!(span > 0)) return null;
  return times.map((time) =>
    time === null ? 0 : Math.min(PERIODS - 1, Math.floor(((time - first) / span) * PERIODS)),
  );
}

/** The rows of a part that are alike: those of an entity, and those of a time. */
export function dependenceOf({ entity, period }: Pick<DatasetPart, 'entity' | 'period'>): Dependence {
  const { code, count } = codeEntities(entity, String, entity.length, 0);
  return {
    entity: { code, count },
    period: period ? { code: Int32Array.from(period), count: PERIODS } : null,
  };
}

/** Whether the pack's time counts steps of its own; else times are microseconds. */
function hasIntegerTime(pack: Pack): boolean {
  return pack.columns.find((column) => column.name === pack.record.time)?.type.kind === 'integer';
}

/** What the model was made from; the hash is over the records themselves, so a renamed file is the same dataset. */
export async function describeDataset(
  records: Records,
  { files, received, rejected }: RecordsOrigin,
  rows: Pick<LabelledRows, 'count' | 'labels'>,
  { from, until }: TrainingPeriod,
): Promise<DatasetManifest> {
  const hash = createHash('sha256');
  const own = { where: 'NOT history', orderBy: 'seq' };
  for await (const [hashes] of records.scan(['record_hash'], own)) for (const one of hashes) hash.update(one);
  hash.update(rows.labels);
  return {
    files,
    ...((from ?? until) !== undefined && { period: { from: from ?? null, until: until ?? null } }),
    received,
    rejected,
    labelled: rows.count,
    positives: rows.labels.reduce((sum, label) => sum + label, 0),
    hash: hash.digest('hex'),
  };
}
