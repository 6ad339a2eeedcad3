/**
 * The text of a pack goes in; plain values come out, and for every key path the line it stands on. Problems are gathered
 * here, so that a person sees all of them at once.
 */
import { isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import { InputError } from '../errors.ts';

export type Path = readonly (string | number)[];

const MAX_PROBLEMS = 20;
/** Characters of a text that a message quotes. */
const LONGEST_SHOWN = 120;

export class PackDocument {
  readonly file: string;
  readonly root: unknown;
  readonly #contents: Node | null;
  readonly #lines = new LineCounter();
  readonly #problems: { readonly line: number; readonly text: string }[] = [];

  constructor(yaml: string, file: string) {
    this.file = file;
    const document = parseDocument(yaml, { lineCounter: this.#lines, prettyErrors: false });
    this.#contents = document.contents;
    for (const error of document.errors) {
      const line = this.#lines.linePos(error.pos[0]).line;
      this.#problems.push({ line, text: `not valid YAML: ${error.message}` });
    }
    this.throwProblems();
    this.root = toPlain(document);
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
  }

  throwProblems(): void {
    if (this.#problems.length === 0) return;
    const sorted = [...this.#problems].sort((a, b) => a.line - b.line);
    const shown = sorted.slice(0, MAX_PROBLEMS).map(({ line, text }) => `${this.file}:${line}: ${text}`);
    if (sorted.length > MAX_PROBLEMS) shown.push(`… and ${sorted.length - MAX_PROBLEMS} more`);
    throw new InputError(shown.join('\n'));
  }
}

/** Maps become `Map`s, which keep the order of keys such as "2019" and have no prototype to clash with. */
function toPlain(document: ReturnType<typeof parseDocument>): unknown {
  return stringKeys(document.toJS({ mapAsMap: true, maxAliasCount: 100 }));
}

function stringKeys(value: unknown): unknown {
  if (value instanceof Map) return new Map([...value].map(([key, item]) => [String(key), stringKeys(item)]));
  return Array.isArray(value) ? value.map(stringKeys) : value;
}

function keyText(key: unknown): string {
  return isScalar(key) ? String(key.value) : String(key);
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
  return JSON.stringify(value.length <= LONGEST_SHOWN ? value : `${value.slice(0, LONGEST_SHOWN - 1)}…`);
}
