/**
 * Places in deployed code as places in the sources: text of a log with `functions/score.js:1:5678` in it becomes the same text with
 * `lib/drops/score-partition.ts:41:9`. What no map knows stays as it is.
 */
import { readFileSync } from 'node:fs';
import { SourceMap, type SourceMapPayload } from 'node:module';
import { join } from 'node:path';
import { SOURCE_MAPS } from './bundle.ts';

/** Any path that ends in a function's file, and the place in it. */
const PLACE = /[^\s("']*functions\/([a-z-]+\.js):(\d+):(\d+)/g;

/** `code` is the folder that `bundleFunctions` made of the version that is deployed. */
export function resolveTrace(text: string, code: string): string {
  const maps = new Map<string, SourceMap | null>();
  return text.replaceAll(PLACE, (place, file: string, line: string, column: string) => {
    if (!maps.has(file)) maps.set(file, readMap(join(code, SOURCE_MAPS, `${file}.map`)));
    // A stack counts both from 1.
    const found = maps.get(file)?.findEntry(Number(line) - 1, Number(column) - 1);
    return found !== undefined && 'originalSource' in found
      ? `${found.originalSource}:${found.originalLine + 1}:${found.originalColumn + 1}`
      : place;
  });
}

function readMap(path: string): SourceMap | null {
  try {
    return new SourceMap(JSON.parse(readFileSync(path, 'utf8')) as SourceMapPayload);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}
