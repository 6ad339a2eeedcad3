/**
 * What a draft needs and a dossier does not know: who files, codes of the authority, names of people. Given as YAML, asked for by
 * dotted paths. What is asked for and not given is listed as open; what is given and never asked for is refused, as a mistyped key.
 */
import { parse } from 'yaml';
import { InputError } from '../errors.ts';
import type { OpenField } from './draft.ts';

const MAX_BYTES = 1 << 20;

export class Facts {
  readonly #given: ReadonlyMap<string, string>;
  /** Of what holds what was given. */
  readonly #paths: ReadonlySet<string>;
  readonly #file: string;
  readonly #asked = new Set<string>();
  readonly #open = new Map<string, OpenField>();

  constructor(text: string, file: string) {
    this.#file = file;
    this.#given = flatten(text, file);
    this.#paths = new Set([...this.#given.keys()].flatMap(above));
  }

  /** Null: not given, and then open. */
  need(path: string, needs: string): string | null {
    const value = this.optional(path);
    if (value === null && !this.#open.has(path)) this.#open.set(path, { field: path, needs });
    return value;
  }

  optional(path: string): string | null {
    this.#asked.add(path);
    return this.#given.get(path) ?? null;
  }

  /** Whether anything below that path was given. */
  hasBelow(path: string): boolean {
    return this.#paths.has(path);
  }

  /** What stays open whatever is given: only people can say. */
  leaveOpen(field: string, needs: string): void {
    this.#open.set(field, { field, needs });
  }

  get open(): readonly OpenField[] {
    return [...this.#open.values()];
  }

  /** Throws an InputError where something was given that nothing asked for. */
  expectAllAsked(): void {
    const odd = [...this.#given.keys()].filter((path) => !this.#asked.has(path));
    if (odd.length === 0) return;
    throw new InputError(
      `${this.#file}: ${odd[0]} is no fact of this draft; expected one of ${this.#beside(odd[0]!).join(', ')}`,
    );
  }

  /** What there is at the first place where the path leaves those that are known. */
  #beside(path: string): string[] {
    const known = new Set([...this.#asked].flatMap(above));
    const parents = above(path).filter((one) => known.has(one));
    const start = parents.length === 0 ? '' : `${parents.at(-1)}.`;
    const next = [...this.#asked].flatMap((one) =>
      one.startsWith(start) ? [one.slice(start.length).split('.')[0]!] : [],
    );
    return [...new Set(next)].toSorted().map((name) => `${start}${name}`);
  }
}

/** `a.b.c`: `a` and `a.b`. */
function above(path: string): string[] {
  return [...path.matchAll(/\./g)].map(({ index }) => path.slice(0, index));
}

function flatten(text: string, file: string): Map<string, string> {
  if (Buffer.byteLength(text) > MAX_BYTES) throw new InputError(`${file}: more than 1 MB of facts`);
  let value: unknown;
  try {
    // Texts stay as written: a number would lose zeros in front, a plus and digits. Nothing (`a:`, `~`, `null`) is not given.
    value = parse(text, { schema: 'failsafe', customTags: ['null'], maxAliasCount: 0 });
  } catch (cause) {
    throw new InputError(`${file}: ${(cause as Error).message}`, { cause });
  }
  const facts = new Map<string, string>();
  const walk = (one: unknown, path: string): void => {
    if (one === null || one === undefined) return;
    if (typeof one !== 'object') facts.set(path, String(one));
    else if (Array.isArray(one)) throw new InputError(`${file}: ${path} is a list; a text was expected`);
    else for (const [key, inner] of Object.entries(one)) walk(inner, path === '' ? key : `${path}.${key}`);
  };
  walk(value, '');
  if (typeof value === 'string') throw new InputError(`${file}: a text; facts by name were expected`);
  return facts;
}
