/**
 * Reads one line of JSONL: its keys and values, each value as the text a CSV cell would hold (a number exactly as written, not
 * through floating point), or a sentence saying what is wrong with it.
 */

export interface JsonObject {
  readonly keys: readonly string[];
  /** null: JSON's null. */
  readonly values: readonly (string | null)[];
  /** The keys whose value is an object or a list; their text is the JSON. */
  readonly nested: readonly string[];
  /** Positions of the numbers that may be written in several ways: with a fraction, an exponent or as -0. */
  readonly fractional: readonly number[];
}

const SPACE = /[ \t\r\n]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

export function parseJsonObject(text: string): JsonObject | string {
  try {
    return new ObjectReader(text).read();
  } catch (error) {
    if (error instanceof NotJson) return error.message;
    throw error;
  }
}

class NotJson extends Error {}

class ObjectReader {
  readonly #text: string;
  #at = 0;
  readonly #keys: string[] = [];
  readonly #values: (string | null)[] = [];
  readonly #nested: string[] = [];
  readonly #fractional: number[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  read(): JsonObject {
    this.#space();
    if (this.#text[this.#at] !== '{') throw new NotJson('expected a JSON object, found something else');
    this.#at++;
    this.#space();
    if (this.#text[this.#at] === '}') this.#at++;
    else this.#members();
    this.#space();
    if (this.#at < this.#text.length) throw this.#bad('the end of the line');
    const seen = new Set(this.#keys);
    if (seen.size < this.#keys.length) {
      const twice = this.#keys.find((key, at) => this.#keys.indexOf(key) < at);
      throw new NotJson(`the key "${twice}" is there twice`);
    }
    return { keys: this.#keys, values: this.#values, nested: this.#nested, fractional: this.#fractional };
  }

  #members(): void {
    for (;;) {
      this.#space();
      if (this.#text[this.#at] !== '"') throw this.#bad('a key in quotes');
      const key = this.#string();
      this.#space();
      if (this.#text[this.#at] !== ':') throw this.#bad('":"');
      this.#at++;
      this.#space();
      this.#keys.push(key);
      this.#values.push(this.#value(key));
      this.#space();
      const next = this.#text[this.#at];
      if (next !== ',' && next !== '}') throw this.#bad('"," or "}"');
      this.#at++;
      if (next === '}') return;
    }
  }

  #value(key: string): string | null {
    const first = this.#text[this.#at];
    if (first === '"') return this.#string();
    if (first === '{' || first === '[') {
      this.#nested.push(key);
      return this.#compound();
    }
    const number = this.#match(NUMBER);
    if (number !== null) {
      if (/[.eE]|^-0/.test(number)) this.#fractional.push(this.#values.length);
      return number;
    }
    const word = this.#match(WORD);
    if (word === null) throw this.#bad('a value');
    return word === 'null' ? null : word;
  }

  #string(): string {
    const from = this.#at;
    this.#passString();
    const raw = this.#text.slice(from, this.#at);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are not allowed in JSON.
    return /[\\\u0000-\u001f]/.test(raw) ? (this.#parse(raw) as string) : raw.slice(1, -1);
  }

  #passString(): void {
    for (let i = this.#at + 1; i < this.#text.length; i++) {
      const code = this.#text.charCodeAt(i);
      if (code === 92) i++;
      else if (code === 34) {
        this.#at = i + 1;
        return;
      }
    }
    throw new NotJson('this is no valid JSON: a string is not closed');
  }

  #compound(): string {
    const from = this.#at;
    let depth = 0;
    do {
      const character = this.#text[this.#at];
      if (character === undefined) throw new NotJson('this is no valid JSON: a bracket is not closed');
      if (character === '"') {
        this.#passString();
        continue;
      }
      if (character === '{' || character === '[') depth++;
      if (character === '}' || character === ']') depth--;
      this.#at++;
    } while (depth > 0);
    const raw = this.#text.slice(from, this.#at);
    this.#parse(raw);
    return raw;
  }

  #parse(raw: string): unknown {
    try {
      return JSON.parse(raw);
    } catch (error) {
      // Depth that overflows the stack is no valid record either.
      throw new NotJson(`this is no valid JSON: ${(error as Error).message.slice(0, 100)}`);
    }
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #space(): void {
    this.#match(SPACE);
  }

  #bad(expected: string): NotJson {
    const found = this.#text.slice(this.#at, this.#at + 20);
    const shown = found === '' ? 'the end of the line' : JSON.stringify(found);
    return new NotJson(
      `this is no valid JSON: expected ${expected}, found ${shown} at character ${this.#at + 1}`,
    );
  }
}
