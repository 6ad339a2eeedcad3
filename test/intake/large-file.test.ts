import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { loadPack } from '../../lib/domain/load-pack.ts';
import { Session } from '../../lib/engine/session.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { financeHeader } from '../../lib/samples/finance.ts';

const line = (n: number) =>
  `T${n},2026-01-05T00:00:00Z,AC${n % 997},Somebody Somewhere,retail,2019-05-04,Germany,CP${n % 89},France,${n}.00,EUR,card_payment,online,\n`;

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
  await readRecords(session, await loadPack('finance'), [{ path }]);
  expect(
    await session.rows(
      'SELECT count(*) AS n, count(*) FILTER (WHERE amount <> seq OR line <> seq + 2) AS wrong FROM records',
    ),
  ).toEqual([{ n: 1_000_000n, wrong: 0n }]);
  await session.close();
  await rm(folder, { recursive: true });
});
