/**
 * Rows on their way into DuckDB: written here to a file in the session's folder, read by the SQL that comes with it.
 *
 * The form is chosen so that no reader can get it wrong: one line a row, U+001F between fields, no quotes. The few bytes that
 * would disturb (line ends, U+001F, NUL, and U+001A, the escape itself) are written as U+001A and a letter; the SQL turns
 * them back only where one was written. An empty field is NULL.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { quoteIdentifier, quotePath, quoteText } from '../engine/session.ts';

export interface SpoolColumn {
  readonly name: string;
  readonly type: 'VARCHAR' | 'BIGINT' | 'INTEGER';
}

const ESCAPE = 0x1a;
const SEPARATOR = 0x1f;
const BLOCK_BYTES = 1 << 20;
/** Byte → the letter that stands for it after U+001A; 0: the byte stands for itself. */
const LETTERS = new Uint8Array(256);
LETTERS[0x0a] = 0x6e; // n
LETTERS[0x0d] = 0x72; // r
LETTERS[0x00] = 0x7a; // z
LETTERS[SEPARATOR] = 0x66; // f
LETTERS[ESCAPE] = 0x73; // s: turned back last

export class Spool {
  readonly path: string;
  readonly #columns: readonly SpoolColumn[];
  readonly #descriptor: number;
  #block: Buffer = Buffer.allocUnsafe(BLOCK_BYTES);
  #used = 0;
  #rowBytes = 0;
  #maxRowBytes = 0;
  #isRowStart = true;
  #hasEscapes = false;
  rows = 0;

  constructor(path: string, columns: readonly SpoolColumn[]) {
    this.path = path;
    this.#columns = columns;
    this.#descriptor = openSync(path, 'w');
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

  /** Ends the writing; the rows as an SQL table expression in the order written, the names as given. */
  close(): string {
    this.#flush();
    closeSync(this.#descriptor);
    const selected = this.#columns.map(({ name, type }) =>
      this.#hasEscapes && type === 'VARCHAR'
        ? `${unescaped(quoteIdentifier(name))} AS ${quoteIdentifier(name)}`
        : quoteIdentifier(name),
    );
    return `(SELECT ${selected.join(', ')} FROM ${this.#reader()})`;
  }

  #reader(): string {
    return readCsv(this.path, {
      columns: this.#columns,
      delimiter: '\x1f',
      quote: '',
      hasHeader: false,
      maxRowBytes: this.#maxRowBytes,
    });
  }

  #reserve(bytes: number): void {
    if (this.#used + bytes <= this.#block.length) return;
    this.#flush();
    if (bytes > this.#block.length) this.#block = Buffer.allocUnsafe(bytes);
  }

  #flush(): void {
    let at = 0;
    while (at < this.#used) at += writeSync(this.#descriptor, this.#block, at, this.#used - at);
    this.#used = 0;
  }
}

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

function unescaped(column: string): string {
  const pairs = [
    ['n', 10],
    ['r', 13],
    ['f', 31],
    ['s', 26],
  ] as const;
  const replaced = pairs.reduce(
    (sql, [letter, code]) => `replace(${sql}, chr(26) || '${letter}', chr(${code}))`,
    // NUL has no place in a text: it is shown as its picture.
    `replace(${column}, chr(26) || 'z', '␀')`,
  );
  return `CASE WHEN contains(${column}, chr(26)) THEN ${replaced} ELSE ${column} END`;
}
