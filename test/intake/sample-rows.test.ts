import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sampleRows } from '../../lib/intake/sample-rows.ts';
import { intakeBench } from './intake-session.ts';

const bench = intakeBench();

describe('sampleRows', () => {
  test('gives header and first rows of each format, unsound records left out', async () => {
    const rows = [
      ['1', 'a b'],
      ['2', ''],
    ];
    const expected = { header: ['id', 'note'], rows, warnings: [] };
    expect(await sampleRows(bench.file('s.csv', 'id;note\n1;a b\nodd\n2;\n3;c\n'), 2)).toEqual(expected);
    const lines = '{"id": 1, "note": "a b"}\n{]\n{"id": 2}\n{"id": 3}\n';
    expect(await sampleRows(bench.file('s.jsonl', gzipSync(lines)), 2)).toEqual(expected);
    const parquet = join(bench.folder, 's.parquet');
    await bench.session.run(
      `COPY (SELECT * FROM (VALUES (1, 'a b'), (2, NULL), (3, 'c')) t(id, note)) TO '${parquet}' (FORMAT parquet)`,
    );
    expect(await sampleRows(parquet, 2)).toEqual(expected);
  });
});
