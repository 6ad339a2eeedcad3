/**
 * The lines of a file as its bytes arrive, with nothing made up for: a byte that is no UTF-8, a byte order mark, a carriage return
 * and a missing last line end all show. Where every byte counts, decoding must not repair any.
 */
export interface ByteLine {
  /** Without its line feed; undefined: it is not UTF-8, or longer than any line that was ever written. */
  readonly text: string | undefined;
  /** Whether a line feed ends it; only the last line can lack one. */
  readonly ended: boolean;
}

const MAX_LINE_BYTES = 1 << 26;
const LINE_FEED = 10;

export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<ByteLine> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const decode = (parts: readonly Uint8Array[]): string | undefined => {
    try {
      return decoder.decode(parts.length === 1 ? parts[0] : Buffer.concat(parts));
    } catch {
      return undefined;
    }
  };
  let parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      const tooLong = bytes + end - start > MAX_LINE_BYTES;
      yield { text: tooLong ? undefined : decode([...parts, chunk.subarray(start, end)]), ended: true };
      parts = [];
      bytes = 0;
      start = end + 1;
    }
    if (start === chunk.length) continue;
    bytes += chunk.length - start;
    // A line that is too long is counted, not kept.
    if (bytes > MAX_LINE_BYTES) parts = [];
    else parts.push(chunk.slice(start));
  }
  if (bytes > 0) yield { text: bytes > MAX_LINE_BYTES ? undefined : decode(parts), ended: false };
}
