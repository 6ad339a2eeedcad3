/**
 * Where a text can be read in bytes: as it is, in whatever case, in the encodings that a store or a protocol gives it, and in what is
 * packed or encoded inside: gzip, zstd, zlib, ZIP, Parquet, and fields in base64 or hex that hold one of them.
 */
import { isUtf8 } from 'node:buffer';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constants, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';

/** One thing of a store. */
export interface StoredBytes {
  /** Such as `bucket/key@version`. It is searched too: a name may name a person. */
  readonly where: string;
  readonly bytes: Buffer;
}

export interface Reading {
  readonly text: string;
  readonly where: string;
  /** How it stands there, such as `base64 in gzip`. */
  readonly as: string;
}

/** Every place in which one of the texts can be read, and how, each way once. */
export async function findReadings(
  things: Iterable<StoredBytes> | AsyncIterable<StoredBytes>,
  texts: readonly string[],
): Promise<Reading[]> {
  const needles = texts.map((text) => ({ text, forms: formsOf(text) }));
  const found: Reading[] = [];
  for await (const { where, bytes } of things) {
    const seen = new Set<string>();
    for (const { as, bytes: inside } of [
      { as: 'name', bytes: Buffer.from(where) },
      ...(await openAll(bytes, '', 0)),
    ]) {
      const [exact, folded] = [inside.toString('latin1'), inside.toString('latin1').toLowerCase()];
      for (const { text, forms } of needles)
        for (const { name, needle, isFolded } of forms) {
          if (!(isFolded ? folded : exact).includes(needle)) continue;
          const how = as === '' ? name : `${name} in ${as}`;
          const key = `${text}\n${how}`;
          if (seen.has(key)) continue;
          seen.add(key);
          found.push({ text, where, as: how });
        }
    }
  }
  return found;
}

interface Form {
  readonly name: string;
  /** In latin1: a character a byte. */
  readonly needle: string;
  /** In lower case, as is what it is looked for in: letters of ASCII alone change by it. */
  readonly isFolded: boolean;
}

/** Fewer digits of an encoded text are found by chance. */
const MIN_DIGITS = 6;

function formsOf(text: string): Form[] {
  const utf8 = Buffer.from(text);
  const folded = (name: string, bytes: Buffer): Form => ({
    ...{ name, isFolded: true },
    needle: bytes.toString('latin1').toLowerCase(),
  });
  const utf16 = Buffer.from(text, 'utf16le');
  const once = JSON.stringify(text).slice(1, -1);
  const escaped = [...once].map((one) => (one <= '~' ? one : escapeUnits(one))).join('');
  const all = [...text].map(escapeUnits).join('');
  const json = [once, escaped, all].flatMap((one) => [one, JSON.stringify(one).slice(1, -1)]);
  const forms = [
    ...[text, text.toLowerCase(), text.toUpperCase()].map((one) => folded('plain', Buffer.from(one))),
    folded('plain', Buffer.from(text, 'latin1')),
    folded('UTF-16', utf16),
    folded('UTF-16', Buffer.from(utf16).swap16()),
    ...json.map((one) => folded('JSON', Buffer.from(one))),
    folded('URL', Buffer.from(encodeURIComponent(text))),
    folded('hex', Buffer.from(utf8.toString('hex'))),
    ...['base64', 'base64url'].flatMap((name) => base64Forms(utf8, name as 'base64' | 'base64url')),
  ];
  const seen = new Set<string>();
  return forms.filter(({ name, needle, isFolded }) => {
    if (name !== 'plain' && needle.length < MIN_DIGITS) return false;
    const key = `${isFolded} ${needle}`;
    return !seen.has(key) && seen.add(key) !== undefined;
  });
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, '0')}`,
  ).join('');
}

/** Three: bytes before it shift the digits. Those that hold bits of a neighbour are left out. */
function base64Forms(utf8: Buffer, name: 'base64' | 'base64url'): Form[] {
  return [0, 1, 2].map((before) => {
    const whole = Buffer.concat([Buffer.alloc(before), utf8]);
    const digits = whole.toString(name).replaceAll('=', '');
    const from = before === 0 ? 0 : before + 1;
    const to = whole.length % 3 === 0 ? digits.length : digits.length - 1;
    return { name, needle: digits.slice(from, to), isFolded: false };
  });
}

interface Opened {
  /** How it lay there; empty: as it is. */
  readonly as: string;
  readonly bytes: Buffer;
}

const MAX_DEPTH = 5;

async function openAll(bytes: Buffer, as: string, depth: number): Promise<Opened[]> {
  const opened: Opened[] = [{ as, bytes }];
  if (depth === MAX_DEPTH) return opened;
  const inner = [...unpack(bytes), ...(await readParquet(bytes)), ...decodeFields(bytes)];
  for (const { as: kind, bytes: inside } of inner)
    opened.push(...(await openAll(inside, as === '' ? kind : `${kind} in ${as}`, depth + 1)));
  return opened;
}

const SYNC = { finishFlush: constants.Z_SYNC_FLUSH };
const PACKED: readonly {
  readonly as: string;
  readonly magic: string;
  readonly open: (bytes: Buffer) => Buffer;
}[] = [
  { as: 'gzip', magic: '\x1f\x8b\x08', open: (bytes) => openGzip(bytes) },
  { as: 'zstd', magic: '\x28\xb5\x2f\xfd', open: (bytes) => openZstd(bytes) },
  { as: 'ZIP', magic: 'PK\x03\x04', open: (bytes) => openZipEntry(bytes) },
  { as: 'zlib', magic: 'stream\n\x78', open: (bytes) => inflateSync(bytes.subarray(7), SYNC) },
  { as: 'zlib', magic: 'stream\r\n\x78', open: (bytes) => inflateSync(bytes.subarray(8), SYNC) },
];

/** Wherever such a file begins; what only looks like one does not open. */
function unpack(bytes: Buffer): Opened[] {
  return PACKED.flatMap(({ as, magic, open }) => {
    const wanted = Buffer.from(magic, 'latin1');
    const found: Opened[] = [];
    for (let at = bytes.indexOf(wanted); at >= 0; at = bytes.indexOf(wanted, at + 1)) {
      try {
        found.push({ as, bytes: open(bytes.subarray(at)) });
      } catch {
        // No file of its kind begins here.
      }
    }
    return found;
  });
}

/** By its raw stream: what follows the member would make it none. */
function openGzip(bytes: Buffer): Buffer {
  const flags = bytes[3]!;
  let at = 10;
  if (flags & 4) at += 2 + bytes.readUInt16LE(at);
  for (const named of [8, 16]) if (flags & named) at = bytes.indexOf(0, at) + 1;
  if (flags & 2) at += 2;
  return inflateRawSync(bytes.subarray(at), SYNC);
}

/** More may follow the frame: of a short rest it is tried where it ends. */
function openZstd(bytes: Buffer): Buffer {
  try {
    return zstdDecompressSync(bytes);
  } catch (error) {
    const next = bytes.indexOf(Buffer.from('\x28\xb5\x2f\xfd', 'latin1'), 4);
    if (next > 0) return zstdDecompressSync(bytes.subarray(0, next));
    throw error;
  }
}

function openZipEntry(bytes: Buffer): Buffer {
  const begin = 30 + bytes.readUInt16LE(26) + bytes.readUInt16LE(28);
  const isDeflated = bytes.readUInt16LE(8) === 8;
  return isDeflated ? inflateRawSync(bytes.subarray(begin), SYNC) : bytes.subarray(begin, begin);
}

/** Of fields whose content is packed in its turn: texts in them are found by their encoded forms. */
function decodeFields(bytes: Buffer): Opened[] {
  const found: Opened[] = [];
  for (const field of new Set(encodedFields(bytes))) {
    if (isHex(field)) addPacked(found, 'hex', Buffer.from(field, 'hex'));
    addPacked(found, 'base64', Buffer.from(field, 'base64'));
  }
  return found;
}

const IS_DIGIT = Uint8Array.from({ length: 256 }, (_, byte) =>
  /[A-Za-z0-9+/_-]/.test(String.fromCharCode(byte)) ? 1 : 0,
);
const MIN_FIELD = 16;

function isHex(field: string): boolean {
  if (field.length % 2 === 1) return false;
  for (let at = 0; at < field.length; at++) if (!'0123456789abcdefABCDEF'.includes(field[at]!)) return false;
  return true;
}

/** Runs of digits of hex or base64. By hand: a regular expression ends with the stack on one of some megabytes. */
function encodedFields(bytes: Buffer): string[] {
  const fields: string[] = [];
  for (let at = 0; at < bytes.length; at++) {
    const from = at;
    while (IS_DIGIT[bytes[at]!] === 1) at++;
    if (at - from >= MIN_FIELD) fields.push(bytes.toString('latin1', from, at));
  }
  return fields;
}

function addPacked(found: Opened[], as: string, bytes: Buffer): void {
  const start = bytes.toString('latin1', 0, 4);
  const isPacked = PACKED.slice(0, 3).some(({ magic }) => start.startsWith(magic)) || start === 'PAR1';
  // A field of base64 in a field of base64.
  const isText = bytes.length >= 12 && isUtf8(bytes);
  if (isPacked || isText) found.push({ as, bytes });
}

async function readParquet(bytes: Buffer): Promise<Opened[]> {
  if (bytes.toString('latin1', 0, 4) !== 'PAR1' || bytes.toString('latin1', bytes.length - 4) !== 'PAR1')
    return [];
  const folder = await mkdtemp(join(tmpdir(), 'readable-'));
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  try {
    const path = join(folder, 'one.parquet');
    await writeFile(path, bytes);
    const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${path}')`);
    const values = reader.getRowsJS().flatMap((row) => row.flatMap(leavesOf));
    return [{ as: 'Parquet', bytes: Buffer.concat(values.flatMap((one) => [one, Buffer.from('\n')])) }];
  } finally {
    connection.closeSync();
    instance.closeSync();
    await rm(folder, { recursive: true });
  }
}

function leavesOf(value: unknown): Buffer[] {
  if (value === null || value === undefined) return [];
  if (value instanceof Uint8Array) return [Buffer.from(value)];
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value === 'object' && !(value instanceof Date)) return Object.values(value).flatMap(leavesOf);
  return [Buffer.from(String(value))];
}
