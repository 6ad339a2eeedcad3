/** The files of the console, as the bundle of its function has them beside it: see lib/stack/bundle-console.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export interface ConsoleFile {
  readonly type: string;
  readonly text: string;
  /** Base64: as a response of Lambda's carries bytes. */
  readonly zipped: string;
}

/** By name. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export function readConsoleFiles(): ConsoleFiles {
  const folder = new URL('console/', import.meta.url);
  return new Map(
    readdirSync(fileURLToPath(folder)).map((name) => {
      const text = readFileSync(new URL(name, folder), 'utf8');
      return [name, consoleFile(name, text)];
    }),
  );
}

export function consoleFile(name: string, text: string): ConsoleFile {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return { type, text, zipped: gzipSync(text, { level: 9 }).toString('base64') };
}
