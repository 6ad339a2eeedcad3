import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { quoteText, Session } from '../../lib/engine/session.ts';
import { defineTable } from '../../lib/engine/table.ts';
import type { Rejects } from '../../lib/intake/records.ts';
import { countRejects } from '../../lib/report/count-rejects.ts';

let session: Session;
let rejects: Rejects;
beforeAll(async () => {
  session = await Session.open({ threads: 1 });
});
afterAll(() => session.close());
beforeEach(async () => {
  const columns = ['file INTEGER', 'line BIGINT', '"column" VARCHAR', 'reason VARCHAR', 'text VARCHAR'];
  rejects = await defineTable(session, 'rejects', columns);
});

async function reject(...rows: readonly (readonly [column: string | null, reason: string])[]): Promise<void> {
  for (const [column, reason] of rows) {
    const name = column === null ? 'NULL' : quoteText(column);
    await session.run(`INSERT INTO ${rejects} VALUES (0, 1, ${name}, ${quoteText(reason)}, 'x')`);
  }
}

test('rejects of one column for one reason are counted together, whatever was found; the most frequent first', async () => {
  await reject(
    ['amount', 'expected decimal(18,2), found "12x"'],
    [null, 'the line has 3 fields, the header 4'],
    ['amount', 'expected decimal(18,2), found "a, found"'],
    ['at', 'expected decimal(18,2), found "12x"'],
  );
  expect(await countRejects(rejects)).toEqual([
    { column: 'amount', reason: 'expected decimal(18,2)', count: 2 },
    { column: '', reason: 'the line has 3 fields, the header 4', count: 1 },
    { column: 'at', reason: 'expected decimal(18,2)', count: 1 },
  ]);
});

test('repeated ids are one kind, whichever they are', async () => {
  await reject(
    ['id', 'record id "o-1" was already on line 3 of a.csv'],
    ['id', 'record id "o-2" was already on line 9 of b.csv'],
    ['id', 'this record id was already on line 9 of b.csv'],
  );
  expect(await countRejects(rejects)).toEqual([
    { column: 'id', reason: 'record id that was already there', count: 3 },
  ]);
});

test('ties stand by column, then by reason, and there are at most forty', async () => {
  const names = Array.from({ length: 50 }, (_, i) => `c${String(i).padStart(2, '0')}`);
  await reject(...names.toReversed().map((name) => [name, 'missing'] as const));
  expect((await countRejects(rejects)).map(({ column }) => column)).toEqual(names.slice(0, 40));
});

test('no rejects, no counts', async () => {
  expect(await countRejects(rejects)).toEqual([]);
});
