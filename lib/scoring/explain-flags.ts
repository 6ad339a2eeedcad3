/**
 * The flagged records of a drop, explained: in input order, a block at a time, so that memory does not grow with the
 * number of flags. Where there are enough for worker threads, these explain the next block while one is written.
 */
import type { ExplainedDecision } from '../decisions/explain-decision.ts';
import { createTable } from '../engine/table.ts';
import { type DescribeRows, type RecordDescription, rowDescriber } from '../features/describe-rows.ts';
import { Features } from '../features/feature-tables.ts';
import type { MatrixBlock } from '../features/model-input.ts';
import { matrixReader, type ReadMatrix } from '../features/stream-matrix.ts';
import { treesOf } from '../forest/onnx/onnx-read.ts';
import { ExplainerPool } from '../forest/shap/explain-rows.ts';
import { toProbabilityContributions } from '../forest/shap/tree-shap.ts';
import type { Records, Selection } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import { type ExplainRecord, type InScore, recordExplainer } from './explain-record.ts';
import type { Decisions } from './score-records.ts';

const blockRows = 512;

export interface ExplainedFlag extends ExplainedDecision {
  readonly seq: number;
  /** The record's model inputs and what each did to the score: for the beeswarm. */
  readonly values: Float32Array;
  readonly contributions: Float64Array;
}

export interface ExplainSettings {
  readonly model: Model;
  readonly threshold: number;
  readonly threads: number;
  readonly onProgress?: (share: number) => void;
  /** What explains, where it is open already and stays so. */
  readonly opened?: OpenedExplainer;
}

/** The model's explainers, which take longer to open than to explain a record. */
export interface OpenedExplainer {
  readonly pool: ExplainerPool;
  readonly explain: ExplainRecord;
}

export async function openExplainer(
  model: Model,
  threshold: number,
  threads: number,
): Promise<OpenedExplainer> {
  const pool = await ExplainerPool.open(treesOf(model.onnx), threads);
  return { pool, explain: recordExplainer(model, threshold) };
}

interface FlaggedRow extends Record<string, unknown> {
  readonly seq: number;
  readonly score: number;
}

interface PreparedRow extends FlaggedRow {
  readonly values: Float32Array;
  readonly inScore: InScore;
  readonly record: RecordDescription;
}

/** What is to be explained. */
export interface Explained {
  readonly features: Features;
  readonly decisions: Decisions;
  /** SQL over the decisions; absent: the flagged ones. */
  readonly where?: string;
  /** The model's inputs of all of them, where they are at hand. */
  readonly matrix?: MatrixBlock | null;
}

/** In order of `seq`. */
export async function* explainFlags(
  { features, decisions, where = 'flagged', matrix = null }: Explained,
  settings: ExplainSettings,
): AsyncGenerator<ExplainedFlag> {
  const rows = await decisions.session.rows<FlaggedRow>(
    `SELECT seq::DOUBLE AS seq, score FROM ${decisions} WHERE ${where} ORDER BY seq`,
  );
  if (rows.length === 0) return;
  const { model, threshold, threads, onProgress } = settings;
  const { pool, explain } = settings.opened ?? (await openExplainer(model, threshold, threads));
  const readers = await openReaders({ features, decisions, where, matrix }, model, rows.length);
  const prepare = (from: number): Promise<PreparedRow[]> =>
    prepareBlock(readers, model, pool, rows.slice(from, from + blockRows));
  let next: Promise<PreparedRow[]> | undefined;
  try {
    for (let from = 0; from < rows.length; from += blockRows) {
      const block = await (next ?? prepare(from));
      next = from + blockRows < rows.length ? prepare(from + blockRows) : undefined;
      // Should the reader stop before it is wanted, its failure is no one's.
      next?.catch(() => {});
      for (const row of block) yield explainRow(explain, row);
      onProgress?.(Math.min(1, (from + blockRows) / rows.length));
    }
  } finally {
    await next?.catch(() => {});
    if (settings.opened === undefined) await pool.close();
  }
}

function explainRow(
  explain: ExplainRecord,
  { seq, score, values, inScore, record }: PreparedRow,
): ExplainedFlag {
  return { seq, values, contributions: inScore.contributions, ...explain(score, inScore, record) };
}

interface Readers {
  readonly describeRows: DescribeRows;
  readonly readValues: ReadValues;
}

/** The model's inputs, rows × inputs, of these records. */
type ReadValues = (seqs: readonly number[]) => Promise<Float32Array>;

/** Flagged rows lie scattered among all others: several blocks of them are picked out once, not block by block. */
async function openReaders(
  { features: all, decisions, where, matrix }: Required<Explained>,
  { pack, card }: Model,
  flags: number,
): Promise<Readers> {
  const isOneBlock = flags <= blockRows;
  if (isOneBlock && matrix !== null) {
    const describeRows = await rowDescriber(all, pack, card.fitted);
    return { describeRows, readValues: async (seqs) => pickValues(matrix, seqs) };
  }
  const explained: Selection = await createTable(
    decisions.session,
    'explained',
    `SELECT seq FROM ${decisions} WHERE ${where} ORDER BY seq`,
  );
  const features = isOneBlock ? all : await pickExplained(all, explained);
  return {
    describeRows: await rowDescriber(features, pack, card.fitted),
    readValues:
      matrix === null
        ? valuesOf(await matrixReader(features, pack, card.fitted, { mode: 'score', blockRows }), explained)
        : async (seqs) => pickValues(matrix, seqs),
  };
}

async function pickExplained(features: Features, explained: Selection): Promise<Features> {
  const only = `WHERE seq IN (SELECT seq FROM ${explained}) ORDER BY seq`;
  const { session } = features;
  const records: Records = await createTable(session, 'records', `SELECT * FROM ${features.records} ${only}`);
  return Features.create(records, `SELECT * FROM ${features} ${only}`, features.usual);
}

async function prepareBlock(
  { describeRows, readValues }: Readers,
  { card }: Model,
  pool: ExplainerPool,
  block: readonly FlaggedRow[],
): Promise<PreparedRow[]> {
  const width = card.fitted.inputs.length;
  const seqs = block.map((row) => row.seq);
  const values = await readValues(seqs);
  const [contributions, records] = await Promise.all([
    pool.explain(values, block.length),
    Array.fromAsync(describeRows(seqs)),
  ]);
  return block.map((row, i) => ({
    ...row,
    values: values.subarray(i * width, (i + 1) * width),
    inScore: toProbabilityContributions(
      pool.base,
      contributions.subarray(i * width, (i + 1) * width),
      pool.link,
    ),
    record: records[i]!,
  }));
}

function valuesOf(readMatrix: ReadMatrix, explained: Selection): ReadValues {
  return async (seqs) => {
    const where = `seq BETWEEN ${seqs[0]} AND ${seqs.at(-1)} AND seq IN (SELECT seq FROM ${explained})`;
    // So many records at most are one block.
    const [block] = await Array.fromAsync(readMatrix(where));
    if (block?.rows !== seqs.length)
      throw new Error(`${block?.rows ?? 0} rows of features for ${seqs.length} flagged records`);
    return block.values;
  };
}

/** Both in order of `seq`. */
function pickValues({ rows, seq, values }: MatrixBlock, seqs: readonly number[]): Float32Array {
  const width = values.length / rows;
  const picked = new Float32Array(seqs.length * width);
  let row = 0;
  for (const [at, wanted] of seqs.entries()) {
    while (row < rows && seq[row]! < wanted) row++;
    if (seq[row] !== wanted) throw new Error(`no row of features has seq ${wanted}`);
    picked.set(values.subarray(row * width, (row + 1) * width), at * width);
  }
  return picked;
}
