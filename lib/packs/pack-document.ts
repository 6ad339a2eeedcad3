/**
 * Reads the text of a pack as plain values, with the line that every key path stands on. Problems are gathered here, so that a
 * person sees all of them at once.
 */
import { isMap, isSeq, LineCounter, type Node } from 'yaml';
import { InputError } from '../errors.ts';
import { keyText, readYaml } from './bounded-yaml.ts';
import { MAX_EXPANDED_CHARACTERS } from './pack-limits.ts';

export type Path = readonly (string | number)[];

const MAX_PROBLEMS = 20;
/** With so many problems a pack is not read on: each costs a search for its line and for the nearest right word. */
const MAX_GATHERED = 200;
/** Characters of a text that a message quotes. */
const MAX_SHOWN_LENGTH = 120;

export class PackDocument {
  readonly file: string;
  readonly root: unknown;
  readonly #contents: Node | null;
  readonly #lines = new LineCounter();
  readonly #problems: { readonly line: number; readonly text: string }[] = [];
  #expanded = 0;

  constructor(yaml: string, file: string) {
    this.file = file;
    const { contents, plain, problems } = readYaml(yaml, file, this.#lines);
    this.#contents = contents;
    for (const { offset, text } of problems) {
      this.#problems.push({ line: this.#lines.linePos(offset).line, text: `not valid YAML: ${text}` });
    }
    this.throwProblems();
    this.root = plain;
  }

  /** The plain value at `path`; undefined: there is none. */
  at(path: Path): unknown {
    let value = this.root;
    for (const step of path) {
      if (value instanceof Map) value = value.get(String(step));
      else value = Array.isArray(value) ? value[Number(step)] : undefined;
    }
    return value;
  }

  /** The line of the key (or of the list's item) at the end of `path`, or of the deepest part of it that exists. */
  lineOf(path: Path): number {
    let node: unknown = this.#contents;
    let offset = this.#contents?.range?.[0] ?? 0;
    for (const step of path) {
      if (isMap(node)) {
        const pair = node.items.find((item) => keyText(item.key) === String(step));
        if (pair === undefined) break;
        offset = (pair.key as Node).range?.[0] ?? offset;
        node = pair.value;
      } else if (isSeq(node)) {
        const item = node.items[Number(step)] as Node | undefined;
        if (item === undefined) break;
        offset = item.range?.[0] ?? offset;
        node = item;
      } else break;
    }
    return this.#lines.linePos(offset).line;
  }

  /** Notes a problem; it is thrown with all the others by `throwProblems`. */
  report(path: Path, message: string): void {
    const where = path.length === 0 ? '' : `${showPath(path)}: `;
    this.#problems.push({ line: this.lineOf(path), text: `${where}${message}` });
    if (this.#problems.length >= MAX_GATHERED) this.throwProblems();
  }

  /** Counts what an expression comes to with its parameters written out; all together have one limit. */
  addExpanded(path: Path, characters: number): void {
    const before = this.#expanded;
    this.#expanded += characters;
    if (before <= MAX_EXPANDED_CHARACTERS && this.#expanded > MAX_EXPANDED_CHARACTERS) {
      this.report(
        path,
        `the expressions up to here come to more than ${MAX_EXPANDED_CHARACTERS} characters with their parameters written out, expected fewer or shorter lists`,
      );
    }
  }

  throwProblems(): void {
    if (this.#problems.length === 0) return;
    const sorted = [...this.#problems].sort((a, b) => a.line - b.line);
    const shown = sorted.slice(0, MAX_PROBLEMS).map(({ line, text }) => `${this.file}:${line}: ${text}`);
    if (sorted.length > MAX_PROBLEMS) shown.push(`… and ${sorted.length - MAX_PROBLEMS} more`);
    throw new InputError(shown.join('\n'));
  }
}

export function showPath(path: Path): string {
  return path.map((step) => (/^[\w$-]+$/.test(String(step)) ? String(step) : JSON.stringify(step))).join('.');
}

/** A value as it is named in a message. */
export function showValue(value: unknown): string {
  if (value === undefined || value === null) return 'nothing';
  if (value instanceof Map) return `keys ${[...value.keys()].slice(0, 5).join(', ')}`;
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : `a list of ${value.length}`;
  if (typeof value !== 'string') return String(value);
  return JSON.stringify(
    value.length <= MAX_SHOWN_LENGTH ? value : `${value.slice(0, MAX_SHOWN_LENGTH - 1)}…`,
  );
}
