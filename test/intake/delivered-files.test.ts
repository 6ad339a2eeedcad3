import { createHash } from 'node:crypto';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const PAIR = packOf([columnOf('id', 'string'), columnOf('amount', 'decimal')], { id: ['id'] });

describe('files', () => {
  test('are described: hash of the bytes as delivered, size, format, compression, encoding, delimiter', async () => {
    const bytes = gzipSync(Buffer.from('id;amount\na;1\n', 'utf16le'));
    const { result } = await bench.read(PAIR, bench.file('d.csv', bytes));
    expect(result.files).toEqual([
      {
        name: 'd.csv',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        bytes: bytes.length,
        format: 'csv',
        compression: 'gzip',
        encoding: 'utf-16le',
        delimiter: ';',
        columns: ['id', 'amount'],
      },
    ]);
  });

  test('of several gzip members or zstd frames are read whole', async () => {
    const parts = ['id,amount\na,1\n', 'b,2\n', 'c,3\n'].map((part) => Buffer.from(part));
    const skippable = Buffer.from([0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    for (const bytes of [
      Buffer.concat(parts.map((part) => gzipSync(part))),
      Buffer.concat(parts.map((part) => zstdCompressSync(part))),
      Buffer.concat([skippable, ...parts.flatMap((part) => [zstdCompressSync(part), skippable])]),
    ]) {
      const { records } = await bench.read(PAIR, bench.file('parts', bytes));
      expect(records.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    }
  });

  test('with names that look like patterns are read as they are', async () => {
    const path = bench.file('a[1]*?.csv', 'id,amount\na,1\n');
    expect((await bench.read(PAIR, path)).result.accepted).toBe(1);
  });

  test('report their progress up to all of their bytes, counting none twice', async () => {
    const path = bench.file('p.csv', 'id,amount\n a,1\n');
    const seen: [number, number][] = [];
    await bench.read(PAIR, path, { onProgress: (done, total) => seen.push([done, total]) });
    expect(seen.at(-1)).toEqual([15, 15]);
    expect(seen.every(([done], at) => at === 0 || done >= seen[at - 1]![0])).toBe(true);
  });

  test('in another encoding are read when it is said, or with a warning when guessed', async () => {
    const named = bench.file(
      'gb.csv',
      Buffer.concat([Buffer.from('id,amount\n'), Buffer.from([0xd6, 0xd0]), Buffer.from(',1\n')]),
    );
    const { records } = await bench.read(PAIR, named, { encoding: 'gb18030' });
    expect(records[0]!.id).toBe('中');
    const text = `id,amount\n${'plain text and more of it,1\n'.repeat(1)}caf\xe9 \x80,2\n`;
    const guessed = await bench.read(PAIR, bench.file('w.csv', Buffer.from(text, 'latin1')));
    expect(guessed.records[1]!.id).toBe('café €');
    expect(guessed.result.warnings[0]).toMatch(/is not UTF-8; it is read as Windows-1252/);
  });
});
