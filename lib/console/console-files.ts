/** The files of the console, as the bundle of its function has them beside it: see lib/stack/bundle-console.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import type { Language } from './languages.ts';

export interface ConsoleFile {
  readonly type: string;
  readonly text: string;
  /** Base64: as a response of Lambda's carries bytes. */
  readonly zipped: string;
}

/** By name. */
export type ConsoleFiles = ReadonlyMap<string, ConsoleFile>;

/** Scripts by name, to be asked for with the page instead of one after the other. */
export interface Preloads {
  /** What the page's own script begins with. */
  readonly first: readonly string[];
  /** Of the pages that are not worked in all day. */
  readonly more: readonly string[];
  readonly languages: Readonly<
    Record<Language, { readonly first: readonly string[]; readonly more: readonly string[] }>
  >;
}

export interface BuiltConsole {
  readonly page: string;
  readonly preloads: Preloads;
  /** Handed out under their names. */
  readonly files: ConsoleFiles;
}

export const PAGE_FILE = 'index.html';
export const PRELOADS_FILE = 'preloads.json';

const TYPES: Readonly<Record<string, string>> = {
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
};

export function readConsole(folder: URL = new URL('console/', import.meta.url)): BuiltConsole {
  const textOf = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const names = readdirSync(fileURLToPath(folder)).filter(
    (name) => name !== PAGE_FILE && name !== PRELOADS_FILE,
  );
  return {
    page: textOf(PAGE_FILE),
    preloads: JSON.parse(textOf(PRELOADS_FILE)) as Preloads,
    files: new Map(names.map((name) => [name, consoleFile(name, textOf(name))])),
  };
}

function consoleFile(name: string, text: string): ConsoleFile {
  const type = TYPES[name.slice(name.lastIndexOf('.') + 1)] ?? 'application/octet-stream';
  return { type, text, zipped: zip(text) };
}

export function zip(text: string): string {
  return gzipSync(text, { level: 9 }).toString('base64');
}
