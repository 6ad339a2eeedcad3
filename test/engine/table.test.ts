import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable, defineTable, fillTable, openTable, type Table } from '../../lib/engine/table.ts';

interface Numbers {
  readonly n: number;
  readonly word: string;
}

let session: Session;
beforeAll(async () => {
  session = await Session.open({ threads: 1 });
});
afterAll(() => session.close());

const upTo = (count: number): Promise<Table<Numbers>> =>
  createTable(session, 'numbers', `SELECT i::DOUBLE AS n, 'w' || i AS word FROM range(${count}) t(i)`);

const namesOf = async (): Promise<string[]> =>
  (await session.rows<{ name: string }>('SELECT table_name AS name FROM duckdb_tables() ORDER BY name')).map(
    ({ name }) => name,
  );

describe('a table', () => {
  test('has a name of its own: two of a kind are there side by side', async () => {
    const [few, many] = [await upTo(2), await upTo(5)];
    expect(few.name).not.toBe(many.name);
    expect([await few.count(), await many.count(), await many.count('n > 2')]).toEqual([2, 5, 2]);
  });

  test('is scanned by columns, chunk by chunk, in the order asked for', async () => {
    const table = await upTo(5_000);
    const found: [number, string][] = [];
    let chunks = 0;
    const scan = { where: 'n % 2 = 0', orderBy: 'n DESC' };
    for await (const [words, numbers] of table.scan(['word', 'n'], scan)) {
      for (const [at, n] of numbers.entries()) found.push([n, words[at]!]);
      chunks++;
    }
    expect(found).toEqual(Array.from({ length: 2_500 }, (_, at) => [4_998 - 2 * at, `w${4_998 - 2 * at}`]));
    expect(chunks).toBeGreaterThan(1);
  });

  test('gives place to the rows of a query that reads it, under the same name', async () => {
    const table = await upTo(4);
    await table.replace(`SELECT n * 10 AS n, word FROM ${table} WHERE n > 1`);
    expect(await session.rows(`SELECT * FROM ${table} ORDER BY n`)).toEqual([
      { n: 20, word: 'w2' },
      { n: 30, word: 'w3' },
    ]);
  });

  test('does not stand for one with other columns', async () => {
    const table = await defineTable<Numbers>(session, 'empty', ['n DOUBLE', 'word VARCHAR']);
    // @ts-expect-error it has no seq
    const other: Table<{ readonly seq: bigint }> = table;
    // @ts-expect-error nor a column of that name
    const scanned = table.scan(['seq']);
    expect([await other.count(), await scanned.next().catch(() => 'refused')]).toEqual([0, 'refused']);
  });

  test('has its columns in the order given, also where a name is a number', async () => {
    const types = [
      ['word', VARCHAR],
      ['2020', DOUBLE],
    ] as const;
    const table = await fillTable(session, 'numbered', types, [['a'], Float64Array.of(1)]);
    expect(await session.rows(`SELECT * FROM ${table}`)).toEqual([{ word: 'a', '2020': 1 }]);
  });

  test('is filled with columns, or row by row while another is read', async () => {
    const types = [
      ['n', DOUBLE],
      ['word', VARCHAR],
    ] as const;
    const filled = await fillTable<Numbers>(session, 'filled', types, [Float64Array.of(1, 2), ['a', null]]);
    const { table, appender } = await openTable<Numbers>(session, 'copy', types);
    for await (const [numbers, words] of filled.scan(['n', 'word'])) appender.columns([numbers, words]);
    appender.close();
    expect(await session.rows(`SELECT * FROM ${table}`)).toEqual([
      { n: 1, word: 'a' },
      { n: 2, word: null },
    ]);
  });
});

test('a session that turns to its next work drops every table but the lasting ones', async () => {
  await session.dropTables();
  const columns = ['n DOUBLE', 'word VARCHAR'];
  const lasting = await defineTable<Numbers>(session, 'lasting', columns, { lasting: true });
  const dropped = [await upTo(1), await upTo(2), await defineTable<Numbers>(session, 'empty', columns)];
  const { appender } = await openTable<Numbers>(session, 'open', [
    ['n', DOUBLE],
    ['word', VARCHAR],
  ]);
  appender.close();
  await dropped[0]!.drop();
  expect(await namesOf()).toHaveLength(4);
  await session.dropTables();
  expect(await namesOf()).toEqual([lasting.name]);
});
