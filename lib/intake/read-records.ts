/**
 * Intake: reads delivered files into tables of records (typed) and rejects (with line, column, reason and original text), and proves
 * that nothing disappeared: what the scanner counted is what DuckDB holds, and received = accepted + rejected.
 *
 * A bad record never fails a delivery. A file that can't be read at all does, with an InputError that says why.
 */
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { defineTable } from '../engine/table.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { labelValueSql } from '../packs/label-values.ts';
import type { Pack } from '../packs/pack.ts';
import {
  type Delivery,
  type DeliveryOptions,
  examineFor,
  type Format,
  type ReadDelivery,
} from './delivery.ts';
import type { RecordColumns, Records, RejectEntities, Rejects } from './records.ts';
import { createRejectEntities, createRejects, openRejectSpool } from './rejects.ts';
import { deduplicateIds } from './repeated-ids.ts';
import { shapeWarnings } from './shape-counts.ts';
import type { Compression } from './source.ts';
import { doubtWarnings, type StagedDelivery, stageDelivery } from './stage-delivery.ts';
import { stagedValue } from './staging.ts';

export interface InputFile {
  readonly path: string;
  /** Its records are only there as the past of others. */
  readonly history?: boolean;
}

export interface IntakeOptions extends DeliveryOptions {
  /** Bytes of the files read so far, and of all of them. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  /** Whether it is wanted whose the rejected lines are, as far as they say. */
  readonly rejectEntities?: boolean;
}

interface IntakeFile {
  readonly name: string;
  /** Of the bytes as delivered, hex. */
  readonly sha256: string;
  readonly bytes: number;
  readonly format: Format;
  readonly compression: Compression;
  /** Of a text; null for Parquet. */
  readonly encoding: string | null;
  /** Of a CSV. */
  readonly delimiter: string | null;
  readonly columns: readonly string[];
}

/** The tables that a delivery becomes. */
export interface IntakeTables {
  readonly records: Records;
  readonly rejects: Rejects;
  /** Where they were asked for. */
  readonly rejectEntities?: RejectEntities;
}

export interface IntakeResult extends IntakeTables {
  /** received = accepted + rejected; histories are not in these. */
  readonly received: number;
  readonly accepted: number;
  readonly rejected: number;
  readonly history: { readonly received: number; readonly accepted: number };
  /** Of the rejects whose label could be read: how many, and how many are positive. */
  readonly rejectedLabels?: { readonly labelled: number; readonly positives: number };
  readonly files: readonly IntakeFile[];
  readonly warnings: readonly string[];
  /** How each file was read, in the order of the inputs: for `originalRows`. */
  readonly deliveries: readonly ReadDelivery[];
}

export async function readRecords(
  session: Session,
  pack: Pack,
  inputs: readonly InputFile[],
  options: IntakeOptions = {},
): Promise<IntakeResult> {
  const deliveries: Delivery[] = [];
  for (const { path } of inputs) deliveries.push(await examineFor(path, pack, options));
  const structural = openRejectSpool(session);
  const onDelivered = progressOf(deliveries, options);
  // Deliveries first: their records come first, and keep their ids against a history.
  const order = [...inputs.keys()].sort(
    (a, b) => Number(inputs[a]!.history ?? false) - Number(inputs[b]!.history ?? false) || a - b,
  );
  const staged: StagedDelivery[] = [];
  for (const file of order) {
    const delivery = deliveries[file]!;
    const isHistory = inputs[file]!.history ?? false;
    staged.push(
      await stageDelivery(session, pack, {
        file,
        delivery,
        isHistory,
        structural,
        onDelivered: onDelivered(file),
        rates: options.rates ?? null,
      }),
    );
  }
  const isRepeated = await deduplicateIds(session, pack, staged);
  const withRejects = staged.filter(({ loaded, accepted }) => isRepeated || accepted < loaded.sound);
  const rejects = await createRejects(session, pack, structural, withRejects);
  const entities =
    options.rejectEntities === true ? await createRejectEntities(session, pack, staged) : undefined;
  const { records, accepted } = await createRecords(session, pack, staged);
  const rejectedLabels = await countRejectedLabels(session, pack, withRejects);
  for (const { table } of staged) await table.drop();
  const mayReject = structural.rows > 0 || withRejects.length > 0;
  const counts = { accepted, rejected: mayReject ? await countByFile(rejects) : new Map<number, number>() };
  const tables = { records, rejects, ...(entities !== undefined && { rejectEntities: entities }) };
  return { ...tables, ...(await prove(counts, staged, deliveries)), rejectedLabels };
}

async function countRejectedLabels(
  session: Session,
  pack: Pack,
  staged: readonly StagedDelivery[],
): Promise<{ labelled: number; positives: number }> {
  const label = pack.columns.findIndex(({ name }) => name === pack.record.label);
  if (label < 0 || staged.length === 0) return { labelled: 0, positives: 0 };
  const value = `(${labelValueSql(pack, stagedValue(label))})::INTEGER`;
  const rows = staged.map(({ table }) => `SELECT ${value} AS label FROM ${table} WHERE reason IS NOT NULL`);
  return session.row(
    `SELECT count(label)::DOUBLE AS labelled, (count(*) FILTER (label = 1))::DOUBLE AS positives
     FROM (${rows.join(' UNION ALL ')})`,
  );
}

/** Temporary tables spill to the session's folder as others do, but are not compressed on the way: three times as fast. */
async function createRecords(
  session: Session,
  pack: Pack,
  staged: readonly StagedDelivery[],
): Promise<{ readonly records: Records; readonly accepted: ReadonlyMap<number, number> }> {
  const columns = pack.columns.map((column) => `${quoteIdentifier(column.name)} ${sqlTypeOf(column.type)}`);
  const records = await defineTable<RecordColumns>(session, 'records', [
    ...['seq BIGINT', 'file INTEGER', 'line BIGINT', 'history BOOLEAN'],
    ...['record_id VARCHAR', 'record_hash VARCHAR', ...columns],
  ]);
  const values = pack.columns.map((_, at) => stagedValue(at)).join(', ');
  let first = 0;
  const accepted = new Map<number, number>();
  for (const { table, file, line, isHistory } of staged) {
    const inserted = await session.run(
      `INSERT INTO ${records} SELECT row_number() OVER () + ${first - 1}, ${file}, ${line}, ${isHistory}, ` +
        `record_id, record_hash, ${values} FROM ${table} WHERE reason IS NULL`,
    );
    accepted.set(file, inserted);
    first += inserted;
  }
  return { records, accepted };
}

interface CountsByFile {
  readonly accepted: ReadonlyMap<number, number>;
  readonly rejected: ReadonlyMap<number, number>;
}

async function prove(
  { accepted, rejected }: CountsByFile,
  staged: readonly StagedDelivery[],
  deliveries: readonly Delivery[],
): Promise<Omit<IntakeResult, keyof IntakeTables>> {
  const sums = { received: 0, accepted: 0, rejected: 0 };
  const history = { received: 0, accepted: 0 };
  const files: IntakeFile[] = [];
  const warnings: string[] = [];
  for (const { file, name, isHistory, loaded, delivery, doubts } of staged) {
    const good = accepted.get(file) ?? 0;
    const bad = rejected.get(file) ?? 0;
    if (loaded.received !== good + bad) {
      throw new Error(
        `${name}: ${loaded.received} records received, but ${good} accepted and ${bad} rejected`,
      );
    }
    const sum = isHistory ? history : sums;
    sum.received += loaded.received;
    sum.accepted += good;
    if (!isHistory) sums.rejected += bad;
    files[file] = describeFile(delivery, loaded.columns);
    warnings.push(...delivery.warnings, ...loaded.warnings, ...shapeWarnings(name, loaded.counts));
    warnings.push(...doubtWarnings(name, doubts));
    if (loaded.received === 0) warnings.push(noRecords(delivery));
  }
  const read = deliveries.map((delivery, file) => {
    const { loaded, isHistory } = staged.find((one) => one.file === file)!;
    return { ...delivery, header: delivery.format === 'jsonl' ? [] : loaded.columns, isHistory };
  });
  return { ...sums, history, files, warnings, deliveries: read };
}

/** The sentence about a file without a record. */
export function noRecords({ source, hasHeader }: Delivery): string {
  return hasHeader ? `${source.name} has a header, but no records` : `${source.name} has no records`;
}

async function countByFile(table: Rejects): Promise<Map<number, number>> {
  const rows = await table.session.rows<{ file: number; n: bigint }>(
    `SELECT file, count(*) AS n FROM ${table} GROUP BY file`,
  );
  return new Map(rows.map(({ file, n }) => [file, Number(n)]));
}

/** What a run's log and report say of a file that was read. */
export function describeFile(delivery: Delivery, columns: readonly string[]): IntakeFile {
  const { source, format, sha256, encoding, dialect } = delivery;
  return {
    name: source.name,
    sha256,
    bytes: source.bytes,
    format,
    compression: source.compression,
    encoding: format === 'parquet' ? null : encoding,
    delimiter: format === 'csv' ? String.fromCharCode(dialect.delimiter) : null,
    columns,
  };
}

/** A file may be read more than once; its bytes count once. */
function progressOf(
  deliveries: readonly Delivery[],
  options: IntakeOptions,
): (file: number) => (chunk: Uint8Array) => void {
  const total = deliveries.reduce((sum, { source }) => sum + source.bytes, 0);
  let before = 0;
  return (file) => {
    const { bytes } = deliveries[file]!.source;
    const start = before;
    before += bytes;
    let done = 0;
    return (chunk) => {
      done = Math.min(bytes, done + chunk.length);
      options.onProgress?.(start + done, total);
    };
  };
}
