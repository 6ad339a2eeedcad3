/**
 * Streams the inputs of records as float32 rows, block by block, in order of `seq`. Numbers are read column by column and laid row
 * by row here, and one-hot inputs are set here: in SQL the same takes ten times as long.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api';
import type { Pack } from '../packs/pack.ts';
import { itemsOf } from './chunk-items.ts';
import type { Features } from './feature-tables.ts';
import { type EncodingMode, type InputColumn, inputColumns, inputSource } from './input-sql.ts';
import type { FittedInputs, MatrixBlock } from './model-input.ts';

export interface MatrixOptions {
  readonly mode: EncodingMode;
  /** SQL over the table of features; all rows but history if absent. */
  readonly where?: string;
}

export interface ReaderOptions {
  readonly mode: EncodingMode;
  /** A block is full from here on; only the last is smaller. */
  readonly blockRows?: number;
}

/** `where` is SQL over the table of features; all rows but history if absent. */
export type ReadMatrix = (where?: string) => AsyncGenerator<MatrixBlock>;

const BLOCK_ROWS = 16_384;
const CHUNK_ROWS = 2_048;

export async function* streamMatrix(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  { mode, where }: MatrixOptions,
): AsyncGenerator<MatrixBlock> {
  yield* (await matrixReader(features, pack, fitted, { mode }))(where);
}

/** For reading one part after another: what they have in common is prepared once. */
export async function matrixReader(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  { mode, blockRows = BLOCK_ROWS }: ReaderOptions,
): Promise<ReadMatrix> {
  const columns = inputColumns(pack, fitted, mode);
  const source = await inputSource(features, pack, fitted, mode);
  const isJoin = mode === 'score' && fitted.encodings.length > 0;
  const width = fitted.inputs.length;
  const selected = columns.map(({ sql }, index) => `${sql} AS i_${index}`).join(', ');
  return async function* readMatrix(where) {
    const sql = `SELECT seq, ${selected} FROM ${source} WHERE NOT history AND (${where ?? 'true'})`;
    // A scan comes in the order of the table, which is that of seq; a join, or a condition that becomes one, does not.
    const ordered = !isJoin && where === undefined ? sql : `${sql} ORDER BY seq`;
    let block = new OpenBlock(width, blockRows);
    for await (const chunk of features.session.chunks(ordered)) {
      block.append(chunk, columns);
      if (block.rows < blockRows) continue;
      yield block.close();
      block = new OpenBlock(width, blockRows, block.lastSeq);
    }
    if (block.rows > 0) yield block.close();
  };
}

class OpenBlock {
  rows = 0;
  lastSeq: number;
  readonly #width: number;
  /** With the chunk that makes it full. */
  readonly #maxRows: number;
  #seq = new Float64Array(0);
  #values = new Float32Array(0);

  constructor(width: number, blockRows: number, lastSeq = -1) {
    this.lastSeq = lastSeq;
    this.#width = width;
    this.#maxRows = blockRows + CHUNK_ROWS;
  }

  append(chunk: DuckDBDataChunk, columns: readonly InputColumn[]): void {
    const rows = chunk.rowCount;
    this.#makeRoom(this.rows + rows);
    this.#appendSeq(itemsOf<BigInt64Array>(chunk, 0), rows);
    columns.forEach(({ kind, offset }, index) => {
      const start = this.rows * this.#width + offset;
      if (kind === 'number') this.#layNumbers(itemsOf<Float32Array>(chunk, index + 1), rows, start);
      else this.#setOnes(itemsOf<Int32Array>(chunk, index + 1), rows, start);
    });
    this.rows += rows;
  }

  /** A first chunk that is not full is all there is; after a full one, a whole block is likely. */
  #makeRoom(rows: number): void {
    if (rows <= this.#seq.length) return;
    const room = rows < CHUNK_ROWS ? rows : Math.max(rows, this.#maxRows);
    const [seq, values] = [this.#seq, this.#values];
    this.#seq = new Float64Array(room);
    this.#seq.set(seq);
    this.#values = new Float32Array(room * this.#width);
    this.#values.set(values);
  }

  /** Everything downstream counts on the order, so it is checked rather than believed. */
  #appendSeq(items: BigInt64Array, rows: number): void {
    for (let row = 0; row < rows; row++) {
      const seq = Number(items[row]!);
      if (seq <= this.lastSeq) throw new Error(`features came out of order: ${seq} after ${this.lastSeq}`);
      this.#seq[this.rows + row] = seq;
      this.lastSeq = seq;
    }
  }

  #layNumbers(items: Float32Array, rows: number, start: number): void {
    const values = this.#values;
    for (let row = 0, at = start; row < rows; row++, at += this.#width) values[at] = items[row]!;
  }

  #setOnes(codes: Int32Array, rows: number, start: number): void {
    const values = this.#values;
    for (let row = 0, at = start; row < rows; row++, at += this.#width) values[at + codes[row]!] = 1;
  }

  close(): MatrixBlock {
    const { rows } = this;
    const length = rows * this.#width;
    // A few rows are copied: who keeps them keeps no space for thousands.
    const values = rows < CHUNK_ROWS ? this.#values.slice(0, length) : this.#values.subarray(0, length);
    return { rows, seq: this.#seq.slice(0, rows), values };
  }
}
