/** Texts, joined until a block is worth a write: a file is written in blocks, not in lines. */
const BLOCK_LENGTH = 256 * 1024;

export async function* inBlocks(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let block: string[] = [];
  let length = 0;
  for await (const text of texts) {
    block.push(text);
    length += text.length;
    if (length < BLOCK_LENGTH) continue;
    yield block.join('');
    block = [];
    length = 0;
  }
  if (block.length > 0) yield block.join('');
}
