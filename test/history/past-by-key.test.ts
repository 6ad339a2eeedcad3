/** What a session that looks again has in tables by key is what it reads in the files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { quoteIdentifier, Session } from '../../lib/engine/session.ts';
import { seenColumns } from '../../lib/features/seen-columns.ts';
import { compactHistory } from '../../lib/history/compact.ts';
import { rowObjects } from '../../lib/history/past.ts';
import { PastByKey } from '../../lib/history/past-by-key.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { columnsOfFiles } from '../../lib/history/past-sql.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { DropBench } from '../helpers/drop-bench.ts';
import { MemoryHistory } from '../helpers/memory-history.ts';
import { makeOrders, type Order, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let bench: DropBench;
let champion: Model;
const sessions: Session[] = [];
const orders = makeOrders(400, 2, '2025-01-10');
const TABLES = `SELECT count(*)::INTEGER AS n FROM duckdb_tables() WHERE table_name LIKE 'by_key%'`;
const inParts = { wholeBytes: 100, rowsPerPartition: 60, bytesPerRange: 4_000 };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-by-key-'));
  champion = await trainShop(await writeOrders(folder, 'champion.csv', makeOrders(300, 1)));
  bench = await DropBench.open(champion);
  const drop = async (name: string, rows: readonly Order[], settings = {}) =>
    bench.drop(await writeOrders(folder, name, rows), settings);
  await drop('first.csv', orders.slice(0, 100), inParts);
  // Some come again, later and otherwise, and within a file.
  await drop('second.csv', [...orders.slice(80, 200), ...orders.slice(150, 160)], inParts);
  for (let n = 0; n < 6; n++) await drop(`small-${n}.csv`, orders.slice(170 + 3 * n, 176 + 3 * n));
  await compactHistory(
    {
      data: bench.deps.data,
      index: new MemoryHistory(bench),
      ...{ rowsPerPartition: 60, threads: 1, memoryLimitMb: 512 },
      now: () => new Date('2026-01-01T01:00:00Z'),
    },
    'shop',
  );
  const later = orders.slice(190, 230).map((order) => ({ ...order, amount: '1.00' }));
  await drop('third.csv', [...later, ...orders.slice(230, 330)]);
});
afterAll(async () => {
  for (const session of sessions) await session.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

async function openLooking(repeats: boolean) {
  const session = await Session.open({ threads: 1, repeats });
  sessions.push(session);
  const cache = join(folder, `cache-${repeats}`);
  const reader = new PastReader({ store: bench.deps.data, folder: cache, maxBytes: 2e7 });
  const { pack } = champion;
  return {
    session,
    look: async (rows: readonly Order[]) => {
      await session.dropTables();
      const path = join(session.folder, 'records.jsonl');
      await writeFile(path, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
      const { records } = await readRecords(session, pack, [{ path }]);
      await reader.load(records, pack, { segments: bench.segments, recent: bench.history });
      const columns = [...seenColumns(pack)].map(quoteIdentifier).join(', ');
      return session.rows(
        `SELECT seq, line, history, record_id, record_hash, ${columns} FROM ${records} ORDER BY seq`,
      );
    },
  };
}

test('records of the past are found by key as in their files, and stay out where they came again', async () => {
  const files = await openLooking(false);
  const byKey = await openLooking(true);
  expect(bench.segments[0]!.partitions).toBeGreaterThan(1);
  let past = 0;
  for (let from = 330; from < 400; from += 13) {
    // One alone, some, and one that is in the past itself.
    const rows = from % 2 === 0 ? [orders[from]!] : [...orders.slice(from, from + 6), orders[from - 140]!];
    const wanted = await files.look(rows);
    expect(await byKey.look(rows)).toEqual(wanted);
    past += wanted.filter(({ history }) => history).length;
  }
  expect(past).toBeGreaterThan(50);
  expect(await files.session.row(TABLES)).toEqual({ n: 0 });
  const { n } = await byKey.session.row<{ n: number }>(TABLES);
  expect(n).toBeGreaterThan(2);
});

test('files that are looked up no more make room for others', async () => {
  const session = await Session.open({ threads: 1, repeats: true, memoryLimitMb: 64 });
  sessions.push(session);
  const { pack } = champion;
  const byKey = new PastByKey();
  const [object] = rowObjects(bench.history.at(-1)!, 0, [0]);
  const paths = [join(bench.folder, 'data', object!)];
  const read = async () => ({
    paths,
    columns: await columnsOfFiles(session, paths),
    ...{ repeats: null, place: "''" },
  });
  const tableOf = (file: string) =>
    byKey.tableOf(session, pack, { object: file, by: ['account'], rows: 50_000 }, read);
  const twice = async (file: string) => [await tableOf(file), await tableOf(file)];
  expect(await twice('first')).toEqual([null, expect.any(String)]);
  // There is room for one of that size.
  expect(await twice('second')).toEqual([null, null]);
  for (let looks = 0; looks < 10_000; looks++) await tableOf('second');
  expect(await tableOf('second')).toEqual(expect.any(String));
  expect(await session.row(TABLES)).toEqual({ n: 1 });
  expect(await twice('first')).toEqual([null, null]);
});
