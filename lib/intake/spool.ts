/**
 * Rows on their way into DuckDB: written here to a file in the session's folder, read by the SQL that comes with it. A few rows
 * need no file: DuckDB takes longer to open one than to hold them in a table.
 *
 * The form is chosen so that no reader can get it wrong: one line a row, U+001F between fields, no quotes. The few bytes that
 * would disturb (line ends, U+001F, NUL, and U+001A, the escape itself) are written as U+001A and a letter; the SQL turns
 * them back only where one was written. An empty field is NULL.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BIGINT, INTEGER, VARCHAR } from '@duckdb/node-api';
import { quoteIdentifier, quotePath, quoteText, type Session } from '../engine/session.ts';
import { fillTable } from '../engine/table.ts';

export interface SpoolColumn {
  readonly name: string;
  readonly type: 'VARCHAR' | 'BIGINT' | 'INTEGER';
}

const ESCAPE = 0x1a;
const SEPARATOR = 0x1f;
const BLOCK_BYTES = 1 << 20;
/** Of a few rows: a megabyte for each request would keep the garbage collector busy. */
const FIRST_BYTES = 1 << 14;
/** Byte → the letter that stands for it after U+001A; 0: the byte stands for itself. */
const LETTERS = new Uint8Array(256);
LETTERS[0x0a] = 0x6e; // n
LETTERS[0x0d] = 0x72; // r
LETTERS[0x00] = 0x7a; // z
LETTERS[SEPARATOR] = 0x66; // f
LETTERS[ESCAPE] = 0x73; // s: turned back last

/** Beyond these, DuckDB reads a file faster than values are handed to it one by one. */
const MAX_TABLE_ROWS = 1_000;

/** Rows that were written, for DuckDB. */
export interface SpooledRows {
  /** A table expression: the rows in the order written, the columns named as given. */
  readonly sql: string;
  /** They are wanted no more. */
  readonly remove: () => Promise<void>;
}

export class Spool {
  readonly #session: Session;
  readonly #path: string;
  readonly #columns: readonly SpoolColumn[];
  /** Null: nothing has been written to the file. */
  #descriptor: number | null = null;
  #block: Buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;
  #rowBytes = 0;
  #maxRowBytes = 0;
  #isRowStart = true;
  #hasEscapes = false;
  rows = 0;

  /** `name` is that of its file, should it need one. */
  constructor(session: Session, name: string, columns: readonly SpoolColumn[]) {
    this.#session = session;
    this.#path = join(session.folder, name);
    this.#columns = columns;
  }

  text(text: string | null): void {
    const bytes = Buffer.from(text ?? '', 'utf8');
    this.bytes(bytes, 0, bytes.length, -1);
  }

  number(value: number): void {
    this.text(String(value));
  }

  /** The field at [from, to); `quote` (if not -1) stands there doubled for one. */
  bytes(bytes: Uint8Array, from: number, to: number, quote: number): void {
    this.#reserve(2 * (to - from) + 1);
    const block = this.#block;
    let used = this.#used;
    if (!this.#isRowStart) block[used++] = SEPARATOR;
    this.#isRowStart = false;
    for (let i = from; i < to; i++) {
      const byte = bytes[i]!;
      const letter = LETTERS[byte]!;
      if (letter !== 0) {
        this.#hasEscapes = true;
        block[used++] = ESCAPE;
        block[used++] = letter;
      } else {
        block[used++] = byte;
        if (byte === quote) i++;
      }
    }
    this.#rowBytes += used - this.#used;
    this.#used = used;
  }

  endRow(): void {
    this.#reserve(1);
    this.#block[this.#used++] = 0x0a;
    this.#maxRowBytes = Math.max(this.#maxRowBytes, this.#rowBytes + 1);
    this.#rowBytes = 0;
    this.#isRowStart = true;
    this.rows++;
  }

  /** Ends the writing. */
  async close(): Promise<SpooledRows> {
    if (this.#descriptor === null && this.rows <= MAX_TABLE_ROWS) return await this.#asTable();
    closeSync(this.#flush());
    const selected = this.#columns.map(({ name, type }) =>
      this.#hasEscapes && type === 'VARCHAR'
        ? `${unescaped(quoteIdentifier(name))} AS ${quoteIdentifier(name)}`
        : quoteIdentifier(name),
    );
    return {
      sql: `(SELECT ${selected.join(', ')} FROM ${this.#reader()})`,
      remove: () => rm(this.#path, { force: true }),
    };
  }

  async #asTable(): Promise<SpooledRows> {
    const lines = this.#block.toString('utf8', 0, this.#used).split('\n').slice(0, this.rows);
    const rows = lines.map((line) => line.split('\x1f'));
    const columns = this.#columns.map(({ type }, at) =>
      rows.map((cells) => {
        const text = cells[at]!;
        if (text === '') return null;
        return type === 'VARCHAR' ? unescapedText(text) : type === 'BIGINT' ? BigInt(text) : Number(text);
      }),
    );
    const types = this.#columns.map(({ name, type }) => [name, DUCKDB_TYPES[type]] as const);
    const table = await fillTable(this.#session, 'spooled', types, columns);
    return { sql: `${table}`, remove: () => table.drop() };
  }

  #reader(): string {
    return readCsv(this.#path, {
      columns: this.#columns,
      delimiter: '\x1f',
      quote: '',
      hasHeader: false,
      maxRowBytes: this.#maxRowBytes,
    });
  }

  #reserve(bytes: number): void {
    const wanted = this.#used + bytes;
    if (wanted <= this.#block.length) return;
    if (this.#descriptor === null && wanted <= BLOCK_BYTES) {
      const larger = Buffer.allocUnsafe(Math.min(BLOCK_BYTES, 2 * wanted));
      this.#block.copy(larger, 0, 0, this.#used);
      this.#block = larger;
      return;
    }
    this.#flush();
    if (bytes > this.#block.length) this.#block = Buffer.allocUnsafe(bytes);
  }

  /** The file's descriptor. */
  #flush(): number {
    this.#descriptor ??= openSync(this.#path, 'w');
    let at = 0;
    while (at < this.#used) at += writeSync(this.#descriptor, this.#block, at, this.#used - at);
    this.#used = 0;
    return this.#descriptor;
  }
}

const DUCKDB_TYPES = { VARCHAR, BIGINT, INTEGER } as const;

export interface CsvReading {
  readonly columns: readonly SpoolColumn[];
  readonly delimiter: string;
  readonly quote: string;
  readonly hasHeader: boolean;
  readonly maxRowBytes: number;
}

/**
 * DuckDB's `read_csv` with everything said and nothing left to be guessed. But for `new_line`: with CRLF named, 1.5 finds no rows
 * at all in strict mode; unnamed, LF and CRLF both end a row.
 */
export function readCsv(path: string, reading: CsvReading): string {
  const columns = reading.columns.map(({ name, type }) => `${quoteText(name)}: '${type}'`).join(', ');
  const maxLineBytes = Math.max(2_097_152, reading.maxRowBytes + 64);
  const options = [
    'auto_detect = false',
    `header = ${reading.hasHeader}`,
    `columns = {${columns}}`,
    `delim = ${quoteText(reading.delimiter)}`,
    `quote = ${quoteText(reading.quote)}`,
    `escape = ${quoteText(reading.quote)}`,
    "comment = ''",
    "encoding = 'utf-8'",
    "compression = 'none'",
    // Read by several threads, rows of a large file (from some 30 MB on) were seen in another order than the file's (1.5.5).
    'parallel = false',
    'strict_mode = true',
    'null_padding = false',
    'ignore_errors = false',
    `max_line_size = ${maxLineBytes}`,
    ...(maxLineBytes > 8_000_000 ? [`buffer_size = ${4 * maxLineBytes}`] : []),
  ];
  return `read_csv(${quotePath(path)}, ${options.join(', ')})`;
}

/** What a letter after U+001A stands for; NUL has no place in a text, and is shown as its picture. */
const ESCAPED = { n: '\n', r: '\r', f: '\x1f', z: '␀', s: '\x1a' } as const;

function unescapedText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape is one.
  return text.replace(/\x1a([nrfzs])/g, (_, letter: keyof typeof ESCAPED) => ESCAPED[letter]);
}

function unescaped(column: string): string {
  const replaced = Object.entries(ESCAPED).reduce(
    (sql, [letter, character]) =>
      `replace(${sql}, chr(26) || '${letter}', ${letter === 'z' ? quoteText(character) : `chr(${character.charCodeAt(0)})`})`,
    column,
  );
  return `CASE WHEN contains(${column}, chr(26)) THEN ${replaced} ELSE ${column} END`;
}
