/**
 * What encoding a text has, and its bytes as UTF-8 without a byte order mark.
 *
 * A mark decides. Without one, zeros at every other byte mean UTF-16; valid UTF-8 is UTF-8. What is neither is UTF-8 with damaged
 * lines if it holds more valid multi-byte characters than invalid bytes (those lines are rejected), else Windows-1252, the
 * superset of Latin-1 (a guess, and the caller warns), unless so much of it is beyond ASCII that it is no western text: then
 * no one can know unless it is said.
 */
import { isAscii, isUtf8 } from 'node:buffer';

/** How many characters beyond ASCII are looked at before the kind of text is taken as known. */
const EVIDENCE = 100_000;

/** Western texts have some 2 to 8 letters in 100 beyond ASCII; Cyrillic, Greek or Chinese ones most. */
const WESTERN_SHARE = 0.2;

export type Guess = 'utf-8' | 'damaged utf-8' | 'windows-1252' | 'unknown';

/** What the mark or the zeros say; null: an 8-bit text, of which only the whole file says. */
export function encodingOfHead(head: Uint8Array): string | null {
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return 'utf-8';
  if (head[0] === 0xff && head[1] === 0xfe) return head[2] === 0 && head[3] === 0 ? 'utf-32le' : 'utf-16le';
  if (head[0] === 0xfe && head[1] === 0xff) return 'utf-16be';
  const looked = Math.min(head.length, 4096) & ~1;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let i = 0; i < looked; i += 2) {
    if (head[i] === 0) evenZeros++;
    if (head[i + 1] === 0) oddZeros++;
  }
  const many = looked / 2 / 3;
  const few = looked / 2 / 20;
  if (looked >= 4 && oddZeros > many && evenZeros <= few) return 'utf-16le';
  if (looked >= 4 && evenZeros > many && oddZeros <= few) return 'utf-16be';
  return null;
}

/** Takes the chunks of a text and says whether it is UTF-8, and if not, what it more likely is. */
export class Utf8Survey {
  #rest: Uint8Array = new Uint8Array(0);
  #isValid = true;
  #multiByte = 0;
  #invalid = 0;
  #counted = 0;

  push(chunk: Uint8Array): void {
    if (this.#rest.length === 0 && isAscii(chunk)) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const cut = lastCharacterStart(bytes);
    this.#judge(bytes.subarray(0, cut));
    this.#rest = bytes.slice(cut);
  }

  end(): Guess {
    this.#judge(this.#rest);
    this.#rest = new Uint8Array(0);
    if (this.#isValid) return 'utf-8';
    if (this.#invalid <= this.#multiByte) return 'damaged utf-8';
    return this.#invalid > WESTERN_SHARE * this.#counted ? 'unknown' : 'windows-1252';
  }

  #judge(bytes: Uint8Array): void {
    if (!isUtf8(bytes)) this.#isValid = false;
    if (this.#multiByte + this.#invalid < EVIDENCE) this.#count(bytes);
  }

  #count(bytes: Uint8Array): void {
    this.#counted += bytes.length;
    let i = 0;
    while (i < bytes.length) {
      if (bytes[i]! < 0x80) {
        i++;
        continue;
      }
      const length = sequenceLength(bytes[i]!);
      if (length > 1 && isUtf8(bytes.subarray(i, i + length))) {
        this.#multiByte++;
        i += length;
      } else {
        this.#invalid++;
        i++;
      }
    }
  }
}

/** The chunks as UTF-8 without a byte order mark. Bytes that mean nothing become U+FFFD, unless the encoding is UTF-8 already. */
export async function* toUtf8(
  chunks: AsyncIterable<Uint8Array>,
  encoding: string,
): AsyncGenerator<Uint8Array> {
  if (encoding === 'utf-8') {
    yield* withoutMark(chunks);
    return;
  }
  const decoder = new TextDecoder(encoding);
  for await (const chunk of chunks) {
    const text = decoder.decode(chunk, { stream: true });
    if (text.length > 0) yield Buffer.from(text, 'utf8');
  }
  const rest = decoder.decode();
  if (rest.length > 0) yield Buffer.from(rest, 'utf8');
}

async function* withoutMark(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let head: Uint8Array | null = new Uint8Array(0);
  for await (const chunk of chunks) {
    if (head === null) {
      yield chunk;
      continue;
    }
    const start: Uint8Array = head.length === 0 ? chunk : Buffer.concat([head, chunk]);
    if (start.length < 3) {
      head = start;
      continue;
    }
    head = null;
    yield hasMark(start) ? start.subarray(3) : start;
  }
  if (head !== null && head.length > 0) yield head;
}

function hasMark(bytes: Uint8Array): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

/** Where a last, perhaps incomplete, character starts: at most three bytes before the end. */
function lastCharacterStart(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) return sequenceLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function sequenceLength(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
}
