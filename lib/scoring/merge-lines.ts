/** Streams in order of `seq` as one in order of `seq`: what partitions of a drop left, put together. */
export async function* mergeBySeq<Line extends { readonly seq: number }>(
  streams: readonly AsyncIterable<Line>[],
): AsyncGenerator<Line> {
  const heads: { line: Line; rest: AsyncIterator<Line> }[] = [];
  for (const stream of streams) {
    const rest = stream[Symbol.asyncIterator]();
    const first = await rest.next();
    if (!first.done) heads.push({ line: first.value, rest });
  }
  while (heads.length > 0) {
    let least = 0;
    for (let at = 1; at < heads.length; at++) if (heads[at]!.line.seq < heads[least]!.line.seq) least = at;
    const head = heads[least]!;
    yield head.line;
    const next = await head.rest.next();
    if (next.done) heads.splice(least, 1);
    else head.line = next.value;
  }
}
