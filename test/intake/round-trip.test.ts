import { gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { originalRows } from '../../lib/intake/original-rows.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { sampleRows } from '../../lib/intake/sample-rows.ts';
import { trimSpace } from '../../lib/packs/surrounding-space.ts';
import { intakeBench } from './intake-session.ts';
import { textPackOf } from './pack-of.ts';

const bench = intakeBench();
const WESTERN = [
  'a',
  'B7',
  ' ',
  '"',
  '""',
  ',',
  ';',
  '\t',
  '|',
  '\n',
  '\r\n',
  'é',
  "'",
  '=1+1',
  '\x1a',
  '\x1fn',
  '\x0b',
];
const WORLD = [...WESTERN, '日本', '🎈', '\u00a0', 'ʤ', '\u2028', '﷽'];

const dialect = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|', ':'),
  newline: fc.constantFrom('\n', '\r\n', '\r'),
  encoding: fc.constantFrom('utf-8', 'utf-8 with mark', 'utf-16le', 'utf-16be', 'windows-1252'),
  compression: fc.constantFrom('none', 'gzip', 'zstd'),
  quoteAll: fc.boolean(),
  lastNewline: fc.boolean(),
});

function cellsFrom(parts: readonly string[]): fc.Arbitrary<string> {
  return fc.array(fc.constantFrom(...parts), { maxLength: 5 }).map((chosen) => chosen.join(''));
}

function encode(text: string, encoding: string): Buffer {
  if (encoding === 'utf-8 with mark') return Buffer.from(`\ufeff${text}`, 'utf8');
  if (encoding === 'utf-16le') return Buffer.from(`\ufeff${text}`, 'utf16le');
  if (encoding === 'utf-16be') return Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
  return Buffer.from(text, encoding === 'windows-1252' ? 'latin1' : 'utf8');
}

function compress(bytes: Buffer, compression: string): Buffer {
  if (compression === 'gzip') return gzipSync(bytes);
  return compression === 'zstd' ? zstdCompressSync(bytes) : bytes;
}

describe('a table written as CSV', () => {
  test('comes back cell by cell from any dialect, encoding and compression', async () => {
    const header = ['the first of three', 'the second of three', 'the third of three'];
    const plan = dialect.chain((how) => {
      const cell = cellsFrom(how.encoding === 'windows-1252' ? WESTERN : WORLD);
      // A row of blanks is no record, and Ctrl-Z at the end no part of one.
      const row = fc
        .tuple(cell, cell, cell)
        .filter((cells) => cells.join() !== header.join() && cells.some((text) => /[^\0- ]/.test(text)))
        .filter((cells) => !cells[2].endsWith('\x1a'));
      return fc.record({ how: fc.constant(how), rows: fc.array(row, { maxLength: 8 }) });
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ how, rows }) => {
        const write = (cell: string) =>
          how.quoteAll || /["\n\r]/.test(cell) || cell.includes(how.delimiter)
            ? `"${cell.replaceAll('"', '""')}"`
            : cell;
        const lines = [header, ...rows].map((cells) => cells.map(write).join(how.delimiter));
        const text = lines.join(how.newline) + (how.lastNewline ? how.newline : '');
        const path = bench.file('round.csv', compress(encode(text, how.encoding), how.compression));
        const { result, records, rejects } = await bench.read(textPackOf(header), path);
        expect(rejects).toEqual([]);
        expect(result.files[0]!.delimiter).toBe(how.delimiter);
        const trimmed = rows.map((cells) => cells.map((cell) => trimSpace(cell) || null));
        expect(records.map((row) => header.map((name) => row[name]))).toEqual(trimmed);
        const { table } = await originalRows(result.records, result.deliveries, result.records);
        const originals = await bench.session.rows<Record<string, string | null>>(
          `SELECT * FROM ${table} ORDER BY seq`,
        );
        expect(originals.map((row) => [row.c0 ?? '', row.c1 ?? '', row.c2 ?? ''])).toEqual(rows);
        const sample = await sampleRows(path, 1000);
        expect(sample).toMatchObject({ header, rows });
      }),
      { numRuns: 40 },
    );
  });
});

describe('any bytes at all', () => {
  test('are an InputError or a result in which received = accepted + rejected, counted independently', async () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([Buffer.from('a,b\n1,2\n'), tail])),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([Buffer.from('{"a":1}\n'), tail])),
      fc.uint8Array({ maxLength: 60 }).map((tail) => gzipSync(Buffer.concat([Buffer.from('a;b\n'), tail]))),
      fc
        .uint8Array({ maxLength: 60 })
        .map((tail) => Buffer.concat([Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), tail])),
      fc
        .uint8Array({ maxLength: 60 })
        .map((tail) => Buffer.concat([Buffer.from('PAR1'), tail, Buffer.from('PAR1')])),
    );
    await fc.assert(
      fc.asyncProperty(bytes, async (content) => {
        const path = bench.file('any', content);
        try {
          const result = await readRecords(bench.session, textPackOf(['a', 'b']), [{ path }]);
          const counted = await bench.session.row<{ a: bigint; r: bigint }>(
            `SELECT (SELECT count(*) FROM ${result.records}) AS a, (SELECT count(*) FROM ${result.rejects}) AS r`,
          );
          expect(result.accepted).toBe(Number(counted.a));
          expect(result.rejected).toBe(Number(counted.r));
          expect(result.received).toBe(result.accepted + result.rejected);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).toContain('any');
        }
      }),
      { numRuns: 100 },
    );
  });
});
