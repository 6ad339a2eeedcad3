import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createTable } from '../../lib/engine/table.ts';
import { originalRows } from '../../lib/intake/original-rows.ts';
import type { Selection } from '../../lib/intake/records.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const PAIR = packOf([columnOf('id', 'string'), columnOf('amount', 'decimal')], { id: ['id'] });

describe('originalRows', () => {
  test('gives every input column of the wanted records with its original text, over files of different headers', async () => {
    const files = [
      bench.file('o1.csv', 'id,amount,seq,\na, 1.0 ,"x\ny",p\nb,2,,q\n'),
      bench.file('o2.jsonl', '{"id": "c", "amount": 3.10, "Seq": {"k": 1}}\n{"id": "d", "amount": 4}\n'),
    ];
    const parquet = join(bench.folder, 'o3.parquet');
    await bench.session.run(
      `COPY (SELECT 'e' AS id, 5.5::DOUBLE AS amount, [1,2] AS list) TO '${parquet}' (FORMAT parquet)`,
    );
    const { result } = await bench.read(PAIR, [...files, parquet]);
    const sql = `SELECT seq FROM ${result.records} WHERE seq <> 3`;
    const wanted: Selection = await createTable(bench.session, 'wanted', sql);
    const { columns, table } = await originalRows(result.records, result.deliveries, wanted);
    expect(columns).toEqual(['id', 'amount', 'seq', '', 'Seq', 'list']);
    const rows = await bench.session.rows<Record<string, string | null>>(
      `SELECT * REPLACE (seq::INTEGER AS seq) FROM ${table} ORDER BY seq`,
    );
    expect(rows.map((row) => Object.values(row))).toEqual([
      [0, 'a', ' 1.0 ', 'x\ny', 'p', null, null],
      [1, 'b', '2', null, 'q', null, null],
      [2, 'c', '3.10', null, null, '{"k": 1}', null],
      [4, 'e', '5.5', null, null, null, '[1, 2]'],
    ]);
  });
});
