/**
 * What surrounds a value without being part of it: one definition for every format, so that an account with a no-break space
 * behind it is the same account in a CSV, a JSONL, a Parquet file and a request.
 *
 * Unicode's White_Space, the byte order mark, and characters that show nothing: zero-width ones and marks of direction, which
 * spreadsheets and web pages leave around what is copied from them.
 */
const RANGES: readonly (readonly [first: number, last: number])[] = [
  [0x09, 0x0d],
  [0x20, 0x20],
  [0x85, 0x85],
  [0xa0, 0xa0],
  [0xad, 0xad], // soft hyphen
  [0x61c, 0x61c],
  [0x1680, 0x1680],
  [0x180e, 0x180e],
  [0x2000, 0x200f],
  [0x2028, 0x202f],
  [0x205f, 0x2064],
  [0x2066, 0x2069],
  [0x3000, 0x3000],
  [0xfeff, 0xfeff],
];

const SPACE_CHARACTERS: string = RANGES.flatMap(([first, last]) =>
  Array.from({ length: last - first + 1 }, (_, at) => String.fromCharCode(first + at)),
).join('');

/** Inside the brackets of a regular expression, of JavaScript and of RE2. */
export const SPACE_CLASS = SPACE_CHARACTERS;

const isSpaceCode = new Uint8Array(0x10000);
for (const character of SPACE_CHARACTERS) isSpaceCode[character.charCodeAt(0)] = 1;

export function trimSpace(text: string): string {
  let first = 0;
  let last = text.length;
  while (first < last && isSpaceCode[text.charCodeAt(first)] === 1) first++;
  while (last > first && isSpaceCode[text.charCodeAt(last - 1)] === 1) last--;
  return first === 0 && last === text.length ? text : text.slice(first, last);
}

/** How many of the UTF-8 bytes at `at` are one of the characters; 0: they are none. */
export function spaceBytesAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return isSpaceCode[lead]!;
  const length = lead < 0xe0 ? 2 : 3;
  if (lead < 0xc2 || lead >= 0xf0 || at + length > end) return 0;
  return isSpaceCode[codeAt(bytes, at, length)] === 1 ? length : 0;
}

/** How many of the UTF-8 bytes before `end` are one of the characters. */
export function spaceBytesBefore(bytes: Uint8Array, start: number, end: number): number {
  const byte = bytes[end - 1]!;
  if (byte < 0x80) return isSpaceCode[byte]!;
  for (let length = 2; length <= 3 && end - length >= start; length++) {
    const lead = bytes[end - length]!;
    if (lead >= 0xc0) return spaceBytesAt(bytes, end - length, end) === length ? length : 0;
  }
  return 0;
}

function codeAt(bytes: Uint8Array, at: number, length: number): number {
  const second = bytes[at + 1]! & 0x3f;
  if (length === 2) return ((bytes[at]! & 0x1f) << 6) | second;
  return ((bytes[at]! & 0x0f) << 12) | (second << 6) | (bytes[at + 2]! & 0x3f);
}

/** The SQL of a text without them. */
export function trimSpaceSql(text: string): string {
  return `trim(${text}, '${SPACE_CHARACTERS}')`;
}
