import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';

const pack = parsePack(
  'domain: t\nrecord: { id: id }\ncolumns: { id: { type: string, required: true }, at: timestamp }\nfeatures: { hour: hour(at) }\n',
  't.yaml',
);

test('a timestamp with an offset is read in UTC, with seconds or without, with a blank before the offset or without', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-time-'));
  const texts = [
    '2024-01-31T10:00Z',
    '2024-01-31 10:00+01:00',
    '2024-01-31T10:00:30 +01:00',
    '2024-01-31 10:00 -0530',
    '2024-01-31T10:00:00.25Z',
    '2024-01-31T10:00',
  ];
  await writeFile(join(folder, 't.csv'), `id,at\n${texts.map((text, i) => `${i},${text}`).join('\n')}\n`);
  const session = await Session.open({ threads: 1 });
  try {
    const { records } = await readRecords(session, pack, [{ path: join(folder, 't.csv') }]);
    const rows = await session.rows<{ at: string }>(
      `SELECT "at"::VARCHAR AS "at" FROM ${records} ORDER BY seq`,
    );
    expect(rows.map((row) => row.at)).toEqual([
      '2024-01-31 10:00:00',
      '2024-01-31 09:00:00',
      '2024-01-31 09:00:30',
      '2024-01-31 15:30:00',
      '2024-01-31 10:00:00.25',
      '2024-01-31 10:00:00',
    ]);
  } finally {
    await session.close();
    await rm(folder, { recursive: true, force: true });
  }
});
