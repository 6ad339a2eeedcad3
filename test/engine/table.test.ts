import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import {
  createTable,
  defineTable,
  fillTable,
  LastingTables,
  type OpenTable,
  openTable,
  type Table,
} from '../../lib/engine/table.ts';

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

  test('of what stays the same is made once in a session, and outlasts its work', async () => {
    let made = 0;
    const tables = new LastingTables<readonly number[], Numbers>((own, { length }) => {
      made++;
      return createTable(own, 'lasting', `SELECT ${length}::DOUBLE AS n, '' AS word`, { lasting: true });
    });
    const [one, other] = [[1], [1, 2]];
    const own = await Session.open({ threads: 1 });
    try {
      const table = await tables.of(own, one);
      await own.dropTables();
      expect(await tables.of(own, one)).toBe(table);
      expect([await table.count('n = 1'), await (await tables.of(own, other)).count('n = 2')]).toEqual([
        1, 1,
      ]);
      expect(made).toBe(2);
    } finally {
      await own.close();
    }
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

test.each([false, true])(
  'a table that is opened while a result is read leaves that whole (repeats: %s)',
  async (repeats) => {
    const own = await Session.open({ threads: 1, repeats });
    const read = await createTable<Pick<Numbers, 'n'>>(
      own,
      'read',
      'SELECT range::DOUBLE AS n FROM range(100000)',
    );
    let rows = 0;
    let opened: OpenTable<Pick<Numbers, 'n'>> | null = null;
    for await (const [numbers] of read.scan(['n'])) {
      opened ??= await openTable(own, 'opened', [['n', DOUBLE]]);
      opened.appender.columns([numbers]);
      rows += numbers.length;
    }
    opened?.appender.close();
    expect([rows, await opened?.table.count()]).toEqual([100_000, 100_000]);
    await own.close();
  },
);

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

describe('a session that repeats its work', () => {
  let repeating: Session;
  beforeAll(async () => {
    repeating = await Session.open({ threads: 1, repeats: true });
  });
  afterAll(() => repeating.close());

  interface Answers extends Record<string, unknown> {
    readonly rows: unknown;
  }

  /** Statements whose plans depend on the rows, if DuckDB is let: sums, filters that none or all meet, joins. */
  async function work(owner: Session, numbers: readonly (number | null)[]): Promise<Answers> {
    await owner.dropTables();
    const columns = [['n', DOUBLE]] as const;
    const input = await fillTable<Pick<Numbers, 'n'>>(owner, 'input', columns, [numbers]);
    const doubled = await createTable<Numbers>(
      owner,
      'doubled',
      `SELECT n, (n * 2)::INTEGER AS twice, 'w' || n AS word FROM ${input} ORDER BY n DESC`,
    );
    const other = await createTable<Numbers>(owner, 'doubled', `SELECT n, word FROM ${doubled} WHERE n > 5`);
    await doubled.drop();
    const again = await createTable<Numbers>(owner, 'again', `SELECT n + 1 AS n, word FROM ${other}`);
    const answers = {
      rows: await owner.rows(
        `SELECT * FROM ${input} AS own JOIN ${again} AS again ON again.n = own.n ORDER BY ALL`,
      ),
      sums: await owner.row(`SELECT count(*) AS n, min(n) AS least, max(n) AS most FROM ${input}`),
      large: await owner.rows(`SELECT n FROM ${input} WHERE n > 5 ORDER BY n`),
      missing: await input.count('n IS NULL'),
      groups: await owner.rows(
        `SELECT n::INTEGER AS n, count(*) AS c FROM ${input} GROUP BY ALL ORDER BY ALL`,
      ),
      scanned: [] as unknown[],
    };
    for await (const [words] of again.scan(['word'], { orderBy: 'n' })) answers.scanned.push(words);
    return answers;
  }

  test('answers as a new one does, whatever rows there were when a statement was planned', async () => {
    const turns = [[1, 2], [1, 2], [], [7, null, 1_000_000, 6], [8, 7], [null], [-3, 6, 5, 6], [1, 2]];
    for (const numbers of turns) {
      const fresh = await Session.open({ threads: 1 });
      const wanted = await work(fresh, numbers);
      await fresh.close();
      expect(await work(repeating, numbers)).toEqual(wanted);
    }
  });

  test('makes a table after one of the same definition could not be made', async () => {
    const own = await Session.open({ threads: 1, repeats: true });
    const work = async (texts: readonly string[]) => {
      await own.dropTables();
      const input = await fillTable<Pick<Numbers, 'word'>>(own, 'texts', [['word', VARCHAR]], [texts]);
      return (await createTable(own, 'cast', `SELECT word::INTEGER AS n FROM ${input}`)).count();
    };
    await expect(work(['1', 'one'])).rejects.toThrow('Could not convert');
    expect(await work(['1', '2'])).toBe(2);
    await expect(work(['one'])).rejects.toThrow('Could not convert');
    expect(await work(['3'])).toBe(1);
    await own.close();
  });

  test('does not grow with what its tables held before', async () => {
    const memory = async () =>
      (
        await repeating.row<{ mb: number }>(
          'SELECT sum(memory_usage_bytes)::DOUBLE / 1e6 AS mb FROM duckdb_memory()',
        )
      ).mb;
    const rows = `SELECT range AS n, 'the text of a record ' || range AS word FROM range(5000)`;
    const turn = async () => {
      await repeating.dropTables();
      return createTable<Numbers>(repeating, 'many', rows);
    };
    await turn();
    const before = await memory();
    for (let n = 0; n < 150; n++) await turn();
    expect(await (await turn()).count()).toBe(5_000);
    // All of them are 100 MB.
    expect((await memory()) - before).toBeLessThan(45);
  });

  test('makes no table that it has, and drops those that wait too long', async () => {
    const tables = async () =>
      (await repeating.row<{ n: number }>('SELECT count(*)::INTEGER AS n FROM duckdb_tables()')).n;
    await work(repeating, [1]);
    const before = await tables();
    for (let turn = 0; turn < 5; turn++) await work(repeating, [turn]);
    expect(await tables()).toBe(before);
    for (let n = 0; n < 300; n++) await (await createTable(repeating, 'once', `SELECT ${n} AS n`)).drop();
    expect(await tables()).toBeLessThan(210);
    const { rows } = await work(repeating, [6, 7]);
    expect(rows).toHaveLength(1);
  });
});
