/**
 * Writes sample lines, one at a time, to a CSV file, compressed if its name ends in .gz. However many lines, memory holds a few
 * thousand.
 */
import { createWriteStream } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { SampleLine } from './sample-line.ts';

export interface SampleFile {
  readonly path: string;
  readonly header: string;
  /** Otherwise the label's column is there and empty. */
  readonly labelled: boolean;
  /** Called now and then with how many records are written. */
  readonly onProgress?: (records: number) => void;
}

const linesPerChunk = 2000;

export async function writeSample(
  file: SampleFile,
  lines: Iterable<SampleLine>,
): Promise<{ records: number }> {
  const counted = { records: 0 };
  const source = Readable.from(chunks(file, lines, counted));
  const target = createWriteStream(file.path);
  if (file.path.endsWith('.gz')) await pipeline(source, createGzip({ level: 9 }), target);
  else await pipeline(source, target);
  return counted;
}

function* chunks(
  file: SampleFile,
  lines: Iterable<SampleLine>,
  counted: { records: number },
): Generator<string> {
  let chunk = `${file.header}\n`;
  for (const line of lines) {
    chunk += `${toText(line, file.labelled)}\n`;
    counted.records++;
    if (counted.records % linesPerChunk === 0) {
      yield chunk;
      chunk = '';
      file.onProgress?.(counted.records);
    }
  }
  yield chunk;
}

export function toText(line: SampleLine, labelled: boolean): string {
  return `${line.cells},${labelled ? line.label : ''}`;
}
