/**
 * Cuts a zstd stream at the ends of its frames: the same bytes, no chunk holding parts of two frames.
 *
 * Node's decoder drops what follows a frame within one chunk, without a word; files made by `pzstd` or by `cat a.zst b.zst`
 * have many frames. So the frame and block headers (RFC 8878) are walked here, and the decoder gets each frame on its own.
 * A stream that ends within a frame is an error.
 */

const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8];
const DICTIONARY_ID_BYTES = [0, 1, 2, 4];

type Stage = 'magic' | 'skippable size' | 'descriptor' | 'block';

export async function* splitZstdFrames(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const frames = new FrameWalker();
  for await (const chunk of chunks) {
    let from = 0;
    for (const end of frames.walk(chunk)) {
      yield chunk.subarray(from, end);
      from = end;
    }
    if (from < chunk.length) yield chunk.subarray(from);
  }
  if (!frames.isBetweenFrames) throw new Error('the last zstd frame is cut off');
}

class FrameWalker {
  #stage: Stage = 'magic';
  /** The bytes of the header that is being gathered, little-endian. */
  #header: number[] = [];
  #needed = 4;
  /** Bytes to pass over before the next header. */
  #payload = 0;
  #endsWithPayload = false;
  #checksumBytes = 0;

  get isBetweenFrames(): boolean {
    return this.#stage === 'magic' && this.#header.length === 0 && this.#payload === 0;
  }

  /** The positions in the chunk at which a frame ends. */
  walk(chunk: Uint8Array): number[] {
    const ends: number[] = [];
    let i = 0;
    while (i < chunk.length || (this.#payload === 0 && this.#endsWithPayload)) {
      if (this.#payload > 0) {
        const passed = Math.min(this.#payload, chunk.length - i);
        this.#payload -= passed;
        i += passed;
      } else if (this.#endsWithPayload) {
        this.#endsWithPayload = false;
        this.#expect('magic', 4);
        ends.push(i);
      } else {
        this.#header.push(chunk[i++]!);
        if (this.#header.length === this.#needed) this.#take();
      }
    }
    return ends;
  }

  #expect(stage: Stage, bytes: number): void {
    this.#stage = stage;
    this.#needed = bytes;
    this.#header = [];
  }

  #take(): void {
    const value = this.#header.reduceRight((sum, byte) => sum * 256 + byte, 0);
    if (this.#stage === 'magic') this.#takeMagic(value);
    else if (this.#stage === 'descriptor') this.#takeDescriptor(value);
    else if (this.#stage === 'block') this.#takeBlock(value);
    else {
      this.#payload = value;
      this.#endsWithPayload = true;
    }
  }

  #takeMagic(magic: number): void {
    if (magic === FRAME_MAGIC) this.#expect('descriptor', 1);
    else if (magic - (magic % 16) === SKIPPABLE_MAGIC) this.#expect('skippable size', 4);
    else throw new Error('what follows a zstd frame is no zstd frame');
  }

  #takeDescriptor(descriptor: number): void {
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const sizeFlag = descriptor >> 6;
    const sizeBytes = sizeFlag === 0 && isSingleSegment ? 1 : CONTENT_SIZE_BYTES[sizeFlag]!;
    this.#checksumBytes = (descriptor & 0x04) !== 0 ? 4 : 0;
    this.#payload = (isSingleSegment ? 0 : 1) + DICTIONARY_ID_BYTES[descriptor & 3]! + sizeBytes;
    this.#expect('block', 3);
  }

  #takeBlock(header: number): void {
    const isLast = (header & 1) !== 0;
    const isRunLength = ((header >> 1) & 3) === 1;
    this.#payload = (isRunLength ? 1 : header >> 3) + (isLast ? this.#checksumBytes : 0);
    this.#endsWithPayload = isLast;
    this.#expect('block', 3);
  }
}
