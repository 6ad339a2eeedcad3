import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { exportFeatures } from '../../lib/training/export-features.ts';

const pack = (feature: string, encoding: string) =>
  parsePack(
    `
domain: d
record: { id: id, label: bad }
columns: { id: string, kind: string, amount: number, bad: boolean }
features: { ${feature}: amount }
categories: [kind]
encodings: { ${encoding}: { of: kind, smoothing: 5 } }
`,
    'd.yaml',
  );
const KINDS = ['other', 'OTHER', 'Cash', 'cash', ''];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-export-'));
  const lines = Array.from(
    { length: 200 },
    (_, n) => `r${n},${KINDS[n % 5]},${(n * 37) % 101},${n % 7 === 0}`,
  );
  await writeFile(join(folder, 'd.csv'), ['id,kind,amount,bad', ...lines, ''].join('\n'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const exportAs = (feature: string, encoding = 'kind_rate') =>
  exportFeatures({
    ...{ pack: pack(feature, encoding), inputs: [{ path: join(folder, 'd.csv') }], reading: {}, seed: 1 },
    ...{ threads: 1, memoryLimitMb: 256, progress: noProgress, out: join(folder, 'features.parquet') },
  });

test('values that differ by case alone, or read "other", have a column each', async () => {
  await exportAs('amount');
  const session = await Session.open({ threads: 1 });
  const rows = await session.rows<{ column_name: string }>(
    `DESCRIBE SELECT * FROM read_parquet('${join(folder, 'features.parquet')}')`,
  );
  const names = rows.map(({ column_name }) => column_name);
  const kinds = names.filter((name) => name.startsWith('kind='));
  const known = await session.rows<{ n: number }>(
    `SELECT count(*)::INTEGER AS n FROM read_parquet('${join(folder, 'features.parquet')}')
     WHERE ${kinds.map((name) => `"${name}"`).join(' + ')} = 1`,
  );
  await session.close();
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(names.length);
  expect(kinds).toHaveLength(KINDS.length + 1);
  expect(known[0]!.n).toBe(200);
});

test('a feature called by a number is a column like any other', async () => {
  await exportAs('"2020"');
  const session = await Session.open({ threads: 1 });
  const file = `read_parquet('${join(folder, 'features.parquet')}')`;
  const columns = await session.rows<{ column_name: string }>(`DESCRIBE SELECT * FROM ${file}`);
  const [row] = await session.rows(
    `SELECT "2020"::INTEGER AS "2020", part FROM ${file} WHERE record_id = 'r3'`,
  );
  await session.close();
  expect(columns.slice(0, 4).map(({ column_name }) => column_name)).toEqual([
    ...['record_id', 'label', 'part', '2020'],
  ]);
  expect(row).toEqual({ '2020': 10, part: expect.stringMatching(/^(?:train|held_out)$/) });
});

test('an input called like a column of the record is refused by its name', async () => {
  await expect(exportAs('part')).rejects.toThrow(
    'features.part: found an input called like a column of the file, which has record_id, label, part',
  );
  await expect(exportAs('amount', 'Label')).rejects.toThrow('encodings.Label: found an input called like');
});
