import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decisionId } from '../../lib/decisions/decision-id.ts';
import { Session } from '../../lib/engine/session.ts';
import { createTable, defineTable } from '../../lib/engine/table.ts';
import type { Records, Rejects } from '../../lib/intake/records.ts';
import type { Decisions } from '../../lib/scoring/score-records.ts';
import { writeDecisions, writeRecords, writeRejects } from '../../lib/scoring/write-tables.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

let folder: string;
let session: Session;
const card = { ...fakeTrainingReport(1).card, domain: "sh'op", version: '0123456789ab' };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "assay-ta'bles-"));
  session = await Session.open({ threads: 2 });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

test('decisions stand in input order, each with model and id', async () => {
  const decisions: Decisions = await createTable(
    session,
    'decisions',
    `SELECT 4999 - i AS seq, 'r-' || (4999 - i) AS record_id,
    'hash ' || (4999 - i) AS record_hash, i / 5000.0::DOUBLE AS score, i > 2500 AS flagged FROM range(5000) t(i)`,
  );
  const path = join(folder, 'decisions.parquet');
  await writeDecisions(decisions, card, path);
  const rows = await session.rows(`SELECT * FROM read_parquet('${path.replaceAll("'", "''")}')`);
  expect(rows).toHaveLength(5000);
  rows.forEach((row, seq) => {
    expect(row).toEqual({
      record_id: `r-${seq}`,
      score: (4999 - seq) / 5000,
      flagged: 4999 - seq > 2500,
      model: card.version,
      decision_id: decisionId({
        domain: card.domain,
        recordId: `r-${seq}`,
        recordHash: `hash ${seq}`,
        modelVersion: card.version,
      }),
    });
  });
});

test('records are stored with their types and nothing else, the same bytes again', async () => {
  const records: Records = await createTable(
    session,
    'records',
    `SELECT i AS seq, 'r' || i AS record_id, i % 2 = 1 AS history,
    (i / 8)::DECIMAL(18,2) AS amount, TIMESTAMP '2025-01-01 00:00:00.000001' + INTERVAL (i) HOUR AS at FROM range(300) t(i) ORDER BY i DESC`,
  );
  const [one, two] = [join(folder, 'one.parquet'), join(folder, 'two.parquet')];
  await writeRecords(records, one);
  await writeRecords(records, two);
  expect(await readFile(two)).toEqual(await readFile(one));
  const quoted = one.replaceAll("'", "''");
  const [different] = await session.rows(
    `SELECT count(*)::INTEGER AS n FROM (SELECT * FROM ${records} EXCEPT ALL SELECT * FROM read_parquet('${quoted}'))`,
  );
  expect(different).toEqual({ n: 0 });
  const types = await session.rows<{ column_type: string }>(
    `DESCRIBE SELECT * FROM read_parquet('${quoted}')`,
  );
  expect(types.map(({ column_type }) => column_type)).toEqual([
    'BIGINT',
    'VARCHAR',
    'BOOLEAN',
    'DECIMAL(18,2)',
    'TIMESTAMP',
  ]);
  const seqs = await session.rows<{ seq: bigint }>(`SELECT seq FROM read_parquet('${quoted}')`);
  expect(seqs.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: 300 }, (_, i) => i));
});

test('rejects stand by file and line, the file named only where there are several', async () => {
  const columns = ['file INTEGER', 'line BIGINT', '"column" VARCHAR', 'reason VARCHAR', 'text VARCHAR'];
  const rejects: Rejects = await defineTable(session, 'rejects', columns);
  await session.run(
    `INSERT INTO ${rejects} VALUES (1, 3, 'a', 'because', 'x'), (0, 7, NULL, 'it says "no", twice', 'y,z'), (0, 2, 'b', 'b', '=1+1')`,
  );
  const path = join(folder, 'rejects.csv');
  await writeRejects(rejects, path, ['june.csv', 'may.csv']);
  expect((await readFile(path, 'utf8')).split('\n')).toEqual([
    'line,column,reason,text,file',
    expect.stringMatching(/^2,b,b,.*'=1\+1"?,june.csv$/),
    '7,,"it says ""no"", twice","y,z",june.csv',
    '3,a,because,x,may.csv',
    '',
  ]);
  await writeRejects(rejects, path, ['june.csv']);
  const alone = (await readFile(path, 'utf8')).split('\n');
  expect([alone[0], alone[3]]).toEqual(['line,column,reason,text', '3,a,because,x']);
});
