/**
 * The entries of a ZIP file, read strictly: what two readers could take for different files is none. Every byte of the file belongs to one
 * entry, in the order of the directory at its end; every entry says the same of itself there and where it stands, and has the size and
 * checksum that it says (PKWARE APPNOTE 4.3, without ZIP64, encryption and comments).
 */
import { crc32, inflateRawSync } from 'node:zlib';

export interface ZipLimits {
  readonly maxEntries: number;
  /** Of all entries together, unpacked. */
  readonly maxBytes: number;
  /** Unpacked to packed, of an entry of more than `FREE_BYTES`. */
  readonly maxRatio: number;
}

export type ZipEntries = ReadonlyMap<string, Uint8Array>;

const END = { signature: 0x06054b50, bytes: 22 } as const;
const DIRECTORY = { signature: 0x02014b50, bytes: 46 } as const;
const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const DESCRIPTOR = 0x08074b50;
const HAS_DESCRIPTOR = 0x0008;
/** Levels of compression, sizes after the data, names in UTF-8: no encryption, and nothing that says how else to read it. */
const KNOWN_FLAGS = 0x0006 | HAS_DESCRIPTOR | 0x0800;
const STORED = 0;
const DEFLATED = 8;
/** In place of a number that stands elsewhere: in the 64-bit form. */
const ELSEWHERE = 0xffffffff;
/** A short text may shrink to nearly nothing. */
const FREE_BYTES = 1_000_000;

interface Entry {
  readonly name: string;
  readonly flags: number;
  readonly method: number;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly at: number;
}

/** A text says what is wrong with the file. */
export function readZip(content: Uint8Array, limits: ZipLimits): ZipEntries | string {
  const view = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const directory = readDirectory(view, limits);
  if (typeof directory === 'string') return directory;
  const entries = new Map<string, Uint8Array>();
  let at = 0;
  for (const entry of directory.entries) {
    if (entry.at !== at) return `"${entry.name}" stands at byte ${entry.at}, expected ${at}`;
    const read = readEntry(view, entry);
    if (typeof read === 'string') return `"${entry.name}" ${read}`;
    entries.set(entry.name, read.data);
    at = read.end;
  }
  if (at !== directory.at) return `its directory stands at byte ${directory.at}, expected ${at}`;
  return entries;
}

function readDirectory(
  view: Buffer,
  { maxEntries, maxBytes, maxRatio }: ZipLimits,
): { readonly entries: readonly Entry[]; readonly at: number } | string {
  const end = view.length - END.bytes;
  if (end < 0 || view.readUInt32LE(end) !== END.signature)
    return 'it does not end with the directory of a ZIP file';
  const count = view.readUInt16LE(end + 10);
  const [bytes, at] = [view.readUInt32LE(end + 12), view.readUInt32LE(end + 16)];
  const isWhole =
    view.readUInt32LE(end + 4) === 0 && view.readUInt16LE(end + 8) === count && at + bytes === end;
  if (!isWhole) return 'its directory is not where its end says';
  if (count > maxEntries) return `it has ${count} entries, of which at most ${maxEntries} are taken`;
  const entries: Entry[] = [];
  const names = new Set<string>();
  let total = 0;
  let from: number = at;
  for (let n = 0; n < count; n++) {
    if (from + DIRECTORY.bytes > end || view.readUInt32LE(from) !== DIRECTORY.signature)
      return `entry ${n + 1} of its directory is cut short`;
    const [nameBytes, extra, comment] = [28, 30, 32].map((offset) => view.readUInt16LE(from + offset)) as [
      number,
      number,
      number,
    ];
    const start = from + DIRECTORY.bytes;
    const name = view.subarray(start, start + nameBytes).toString('utf8');
    const fault = nameFault(name);
    if (fault !== null) return `the name of its entry ${n + 1} ${fault}`;
    // Some systems take names that differ by case for one.
    const same = name.toLowerCase();
    if (names.has(same)) return `it has "${name}" twice`;
    names.add(same);
    const entry = {
      ...{ name, flags: view.readUInt16LE(from + 8), method: view.readUInt16LE(from + 10) },
      ...{ crc: view.readUInt32LE(from + 16), packed: view.readUInt32LE(from + 20) },
      ...{ size: view.readUInt32LE(from + 24), at: view.readUInt32LE(from + 42) },
    };
    if ([entry.packed, entry.size, entry.at].includes(ELSEWHERE))
      return 'it is a ZIP file in the 64-bit form (ZIP64), which is not taken: open it and save it again';
    total += entry.size;
    if (total > maxBytes) return `it unpacks to more than ${maxBytes.toLocaleString('en-US')} bytes`;
    if (entry.size > FREE_BYTES && entry.size > maxRatio * entry.packed)
      return `"${name}" unpacks to more than ${maxRatio} times its size`;
    entries.push(entry);
    from = start + nameBytes + extra + comment;
  }
  if (from !== end) return 'its directory has more than its entries';
  return { entries: entries.sort((one, other) => one.at - other.at), at };
}

/** Null: a plain path below the folder that it is unpacked to. */
function nameFault(name: string): string | null {
  if (name === '') return 'is empty';
  if (/[\p{Cc}\uFFFD\\:]|\p{Bidi_Control}/u.test(name)) return 'has a character that no path has';
  const parts = name.replace(/\/$/, '').split('/');
  return parts.some((part) => part === '' || part === '.' || part === '..')
    ? `leaves its folder: "${name}"`
    : null;
}

function readEntry(
  view: Buffer,
  { name, flags, method, crc, packed, size, at }: Entry,
): { readonly data: Uint8Array; readonly end: number } | string {
  if (at + LOCAL.bytes > view.length || view.readUInt32LE(at) !== LOCAL.signature)
    return `is not at byte ${at}`;
  if ((flags & ~KNOWN_FLAGS) !== 0) return 'is encrypted, or packed in a way that is not read here';
  if (method !== STORED && method !== DEFLATED) return `is packed by method ${method}, expected 0 or 8`;
  const [nameBytes, extra] = [view.readUInt16LE(at + 26), view.readUInt16LE(at + 28)];
  const start = at + LOCAL.bytes + nameBytes + extra;
  const after = start + packed;
  if (after > view.length) return 'is cut short';
  const own = view.subarray(at + LOCAL.bytes, at + LOCAL.bytes + nameBytes).toString('utf8');
  const facts = [14, 18, 22].map((offset) => view.readUInt32LE(at + offset));
  const isLater = (flags & HAS_DESCRIPTOR) !== 0;
  const isSame =
    own === name &&
    view.readUInt16LE(at + 6) === flags &&
    view.readUInt16LE(at + 8) === method &&
    [crc, packed, size].every((fact, n) => facts[n] === fact || (isLater && facts[n] === 0));
  if (!isSame) return 'says something else of itself than the directory';
  const data = unpack(view.subarray(start, after), method, size);
  if (data?.length !== size || crc32(data) !== crc) return 'does not have the size and checksum that it says';
  return { data, end: isLater ? endOfDescriptor(view, after, [crc, packed, size]) : after };
}

/** Null: it does not unpack, or to more than it says. */
function unpack(packed: Uint8Array, method: number, size: number): Uint8Array | null {
  if (method === STORED) return packed;
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch {
    return null;
  }
}

/** Checksum and sizes, with or without a signature before them. What is not one ends where it begins: the next entry is missed then. */
function endOfDescriptor(view: Buffer, at: number, facts: readonly number[]): number {
  for (const from of [at + 4, at]) {
    const isOwn =
      (from === at || view.readUInt32LE(at) === DESCRIPTOR) &&
      from + 12 <= view.length &&
      facts.every((fact, n) => view.readUInt32LE(from + 4 * n) === fact);
    if (isOwn) return from + 12;
  }
  return at;
}
