import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { financeHeader } from '../../samples/generators/finance.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();
const PAIR = packOf([columnOf('id', 'string'), columnOf('amount', 'decimal')], { id: ['id'] });

const line = (n: number) =>
  `T${n},2026-01-05T00:00:00Z,AC${n % 997},Someone Somewhere,retail,2019-05-04,Germany,,,CP${n % 89},France,${n}.00,EUR,card_payment,online,\n`;

test('lines and seq follow the file, read where it lies or written anew, whatever its line ends', async () => {
  const rows = Array.from({ length: 300_000 }, (_, i) => `r${i},${i}.25,${i % 7 === 0 ? '"quoted"' : 'x'}`);
  for (const [name, content] of [
    ['plain.csv', `id,amount,note\n${rows.join('\n')}\n`],
    ['plain-crlf.csv', `id,amount,note\r\n${rows.join('\r\n')}`],
    ['spooled.csv', `id,amount,note\n\n${rows.join('\n')}\n`],
  ] as const) {
    const path = bench.file(name, content);
    const result = await readRecords(bench.session, PAIR, [{ path }]);
    expect(result.accepted).toBe(rows.length);
    const first = name === 'spooled.csv' ? 3 : 2;
    const { wrong } = await bench.session.row<{ wrong: bigint }>(
      `SELECT count(*) AS wrong FROM ${result.records} WHERE id <> 'r' || seq OR line <> seq + ${first} OR amount <> seq + 0.25`,
    );
    expect(wrong).toBe(0n);
  }
});

test('ids repeated by the hundred thousand are resolved like a few', async () => {
  const rows = Array.from({ length: 150_000 }, (_, i) => `r${i},${i}`);
  const path = bench.file('again.csv', `id,amount\n${[...rows, 'one,1', ...rows].join('\n')}\n`);
  const result = await readRecords(bench.session, PAIR, [{ path }]);
  expect(result).toMatchObject({ received: 300_001, accepted: 150_001, rejected: 150_000 });
  const { wrong } = await bench.session.row<{ wrong: bigint }>(
    `SELECT (SELECT count(*) FROM ${result.records} WHERE id <> 'one' AND (id <> 'r' || seq OR line <> seq + 2)) + ` +
      `(SELECT count(*) FROM ${result.rejects} WHERE reason <> format('record id "r{}" was already on line {} of again.csv', line - 150003, line - 150001)) AS wrong`,
  );
  expect(wrong).toBe(0n);
});

test('a large file keeps its order and its lines, with several threads', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'assay-large-'));
  const path = join(folder, 'large.csv');
  function* lines(): Generator<string> {
    yield `${financeHeader}\n`;
    for (let thousand = 0; thousand < 1_000; thousand++)
      yield Array.from({ length: 1_000 }, (_, k) => line(thousand * 1_000 + k)).join('');
  }
  await pipeline(Readable.from(lines()), createWriteStream(path));
  const session = await Session.open({ threads: 2 });
  const { records } = await readRecords(session, await loadPack('finance'), [{ path }]);
  expect(
    await session.rows(
      `SELECT count(*) AS n, count(*) FILTER (WHERE amount <> seq OR line <> seq + 2) AS wrong FROM ${records}`,
    ),
  ).toEqual([{ n: 1_000_000n, wrong: 0n }]);
  await session.close();
  await rm(folder, { recursive: true });
});
