import { describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import { Features } from '../../lib/features/feature-tables.ts';
import { streamMatrix } from '../../lib/features/stream-matrix.ts';
import type { RecordColumns } from '../../lib/intake/records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';

const pack = parsePack(
  'domain: order\nrecord: { id: id }\ncolumns: { id: { type: string, required: true }, x: number }\nfeatures: { x: x }\nthreshold: { policy: max_f1 }\n',
  'order.yaml',
);
const fitted = { inputs: [{ name: 'x', kind: 'feature', source: 'x' }], encodings: [] } as const;

describe('streamMatrix', () => {
  test.each([
    ['all rows', undefined, 400_000],
    ['the rows of another table, given out of order', 'seq IN (SELECT seq FROM wanted)', 100_000],
  ])('keeps %s in order of seq', async (_, where, expected) => {
    const session = await Session.open({ threads: 2 });
    try {
      const sql = 'SELECT i AS seq, false AS history, i::DOUBLE AS f_0 FROM range(400000) t(i)';
      const records = await createTable<RecordColumns>(session, 'records', sql);
      const features = await Features.create(records, sql, new Set());
      await session.run(
        'CREATE TABLE wanted AS SELECT (i * 4) AS seq FROM range(100000) t(i) ORDER BY hash(i)',
      );
      let last = -1;
      let rows = 0;
      for await (const block of streamMatrix(
        features,
        pack,
        fitted,
        where === undefined ? { mode: 'score' } : { mode: 'score', where },
      )) {
        for (let row = 0; row < block.rows; row++) {
          expect(block.values[row]).toBe(block.seq[row]);
          if (block.seq[row]! <= last) throw new Error(`${block.seq[row]} after ${last}`);
          last = block.seq[row]!;
        }
        rows += block.rows;
      }
      expect(rows).toBe(expected);
    } finally {
      await session.close();
    }
  });
});
