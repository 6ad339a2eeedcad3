/**
 * A part of a dataset as two files, and back: `<name>.f32`, its matrix as it lies in memory (row-major, little-endian float32),
 * and `<name>.json`, everything else about its rows.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatasetPart, SegmentValues } from '../training/dataset.ts';
import { readWorkJson, writeWork, writeWorkJson } from './work-files.ts';

/** What is known of the rows beside their inputs. */
interface PartRows extends Omit<DatasetPart, 'data'> {
  readonly rows: number;
  readonly columns: number;
  readonly labels: Uint8Array;
  readonly weights: Float64Array | null;
  readonly segments: readonly SegmentValues[];
}

type Written = Omit<PartRows, 'labels' | 'weights'> & {
  /** A digit a row. */
  readonly labels: string;
  readonly weights: readonly number[] | null;
};

export async function writePart(
  folder: string,
  name: string,
  { data, ...known }: DatasetPart,
  segments: readonly SegmentValues[],
): Promise<void> {
  const { rows, columns, values, labels, weights } = data;
  await writeWork(folder, `${name}.f32`, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const written: Written = {
    rows,
    columns,
    ...known,
    labels: labels.join(''),
    weights: weights === undefined ? null : [...weights],
    segments,
  };
  await writeWorkJson(folder, `${name}.json`, written);
}

async function readPartRows(folder: string, name: string): Promise<PartRows> {
  const written = await readWorkJson<Written>(folder, `${name}.json`);
  return {
    ...written,
    labels: Uint8Array.from(written.labels, Number),
    weights: written.weights === null ? null : Float64Array.from(written.weights),
  };
}

export async function readPart(
  folder: string,
  name: string,
): Promise<DatasetPart & Pick<PartRows, 'segments'>> {
  const { rows, columns, labels, weights, ...known } = await readPartRows(folder, name);
  const path = join(folder, `${name}.f32`);
  const bytes = await readFile(path);
  if (bytes.length !== rows * columns * 4) {
    throw new Error(`${path}: ${bytes.length} bytes; expected ${rows} rows × ${columns} inputs × 4`);
  }
  const values = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
  return { ...known, data: { rows, columns, values, labels, ...(weights && { weights }) } };
}
