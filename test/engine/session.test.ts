import { access, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DOUBLE, INTEGER, VARCHAR } from '@duckdb/node-api';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { parquetSql } from '../../lib/engine/parquet.ts';
import { quoteIdentifier, quotePath, quoteText, Session } from '../../lib/engine/session.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ threads: 2, memoryLimitMb: 256 });
});
afterAll(() => session.close());

test('a file is the one named, also where its path would be a pattern that fits another', async () => {
  for (const [name, other] of [
    ['run [12]', 'run 1'],
    ['run*', 'run-2'],
    ['run?', 'runs'],
  ] as const) {
    const paths = new Map<string, string>();
    for (const folder of [name, other]) {
      const path = join(session.folder, 'patterns', folder, 'file');
      await mkdir(join(path, '..'), { recursive: true });
      await session.run(
        `COPY (SELECT ${quoteText(folder)} AS own) TO ${quoteText(`${path}.parquet`)} (FORMAT parquet)`,
      );
      await writeFile(`${path}.csv`, `own\n${folder}\n`);
      paths.set(folder, path);
    }
    const path = paths.get(name)!;
    expect(await session.rows(`SELECT own FROM ${parquetSql([`${path}.parquet`])}`)).toEqual([{ own: name }]);
    expect(
      await session.rows(`SELECT own FROM read_csv(${quotePath(`${path}.csv`)}, header = true)`),
    ).toEqual([{ own: name }]);
  }
});

describe('rows', () => {
  test('come as objects, row gives the first and says what it asked where there is none', async () => {
    expect(await session.rows('SELECT i::INTEGER AS i, NULL AS n FROM range(2) t(i)')).toEqual([
      { i: 0, n: null },
      { i: 1, n: null },
    ]);
    expect(await session.row('SELECT 7 AS x')).toEqual({ x: 7 });
    await expect(session.row('SELECT 7 AS x WHERE false')).rejects.toThrow(
      'no row: SELECT 7 AS x WHERE false',
    );
  });

  test('come a chunk at a time in order, none lost at the edges of chunks', async () => {
    for (const rows of [0, 1, 2047, 2048, 2049, 10_000]) {
      const seen: bigint[] = [];
      for await (const chunk of session.chunks(`SELECT i FROM range(${rows}) t(i)`)) {
        expect(chunk.rowCount).toBeLessThanOrEqual(2048);
        seen.push(...(chunk.getColumnValues(0) as bigint[]));
      }
      expect(seen.map(Number)).toEqual(Array.from({ length: rows }, (_, i) => i));
    }
  });

  test('are not cut short in silence where another statement comes while they are read', async () => {
    const read = async (rows: number) => {
      let seen = 0;
      for await (const chunk of session.chunks(`SELECT i FROM range(${rows}) t(i)`)) {
        seen += chunk.rowCount;
        await session.row('SELECT 1 AS x');
      }
      return seen;
    };
    await expect(read(100_000)).rejects.toThrow(
      'another statement came while this was read: SELECT i FROM range(100000) t(i)',
    );
  });

  test('times are UTC, wherever the machine stands', async () => {
    const row = await session.row<{ text: string }>(
      "SELECT epoch(TIMESTAMPTZ '2025-07-01 12:00:00')::VARCHAR AS text",
    );
    expect(Number(row.text)).toBe(Date.parse('2025-07-01T12:00:00Z') / 1000);
  });
});

describe('a table for rows made in JavaScript', () => {
  test('takes columns of any length, arrays and typed arrays, missing values included', async () => {
    for (const rows of [0, 1, 2048, 5000]) {
      const columns = '(i INTEGER, x DOUBLE, t VARCHAR)';
      const { name, appender } = await session.openTable('made', columns, [INTEGER, DOUBLE, VARCHAR]);
      const integers = Array.from({ length: rows }, (_, i) => (i % 3 === 0 ? null : i));
      const numbers = Float64Array.from({ length: rows }, (_, i) => i / 7);
      const texts = Array.from({ length: rows }, (_, i) => (i % 5 === 0 ? null : `te'xt ${i}`));
      appender.columns([integers, numbers, texts]);
      appender.close();
      const made = await session.rows(`SELECT * FROM ${name}`);
      expect(made).toEqual(integers.map((i, row) => ({ i, x: numbers[row], t: texts[row] })));
    }
  });

  test('is written while a result is being read', async () => {
    const { name, appender } = await session.openTable('doubled', '(x DOUBLE)', [DOUBLE]);
    for await (const chunk of session.chunks('SELECT i::DOUBLE FROM range(6000) t(i)')) {
      appender.columns([(chunk.getColumnValues(0) as number[]).map((x) => 2 * x)]);
    }
    appender.close();
    expect(await session.row(`SELECT sum(x) AS sum, count(*)::INTEGER AS n FROM ${name}`)).toEqual({
      sum: 5999 * 6000,
      n: 6000,
    });
  });
});

describe('quoting', () => {
  test('any text is a literal that means itself', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        fc.pre(!text.includes('\0'));
        expect(await session.row(`SELECT ${quoteText(text)} AS text`)).toEqual({ text });
      }),
      { numRuns: 200 },
    ));

  test('any text is a name that means itself', () =>
    fc.assert(
      fc.asyncProperty(fc.string({ minLength: 1 }), async (name) => {
        fc.pre(!name.includes('\0') && name !== '__proto__');
        expect(Object.keys(await session.row(`SELECT 1 AS ${quoteIdentifier(name)}`))).toEqual([name]);
      }),
      { numRuns: 200 },
    ));
});

describe('a session', () => {
  test('waits for the statements that run before it closes, and refuses later ones', async () => {
    const session = await Session.open();
    const rows = session.rows('SELECT sum(range)::DOUBLE AS sum FROM range(1000000)');
    const closed = session.close();
    expect(await rows).toEqual([{ sum: 499_999_500_000 }]);
    await closed;
    await expect(session.run('SELECT 1')).rejects.toThrow('The session is closed.');
  });

  test('has a folder of its own, gone with it, whatever lies in there', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'assay-session-'));
    vi.stubEnv('TMPDIR', temporary);
    try {
      const [one, two] = [await Session.open(), await Session.open()];
      expect(one.folder).not.toBe(two.folder);
      await writeFile(join(one.folder, 'spool'), 'x');
      await one.run('CREATE TABLE t AS SELECT 1 AS x');
      await expect(two.run('SELECT * FROM t')).rejects.toThrow(/does not exist/);
      await one.close();
      await expect(access(one.folder)).rejects.toThrow();
      await two.close();
      expect(await readdir(temporary)).toEqual([]);
    } finally {
      vi.unstubAllEnvs();
      await rm(temporary, { recursive: true, force: true });
    }
  });

  test('sorts more than its memory holds by spilling to its folder', async () => {
    const small = await Session.open({ threads: 1, memoryLimitMb: 64 });
    try {
      await small.run(
        "CREATE TABLE big AS SELECT hash(i) AS h, repeat('x', 64) || i AS t FROM range(1_000_000) t(i)",
      );
      const row = await small.row<{ sorted: boolean }>(
        'SELECT bool_and(h >= before) AS sorted FROM (SELECT h, lag(h, 1, 0::UBIGINT) OVER () AS before FROM (SELECT * FROM big ORDER BY h, t))',
      );
      expect(row.sorted).toBe(true);
    } finally {
      await small.close();
    }
  });

  test('loads no code and reaches no network, whatever the SQL of a pack asks', async () => {
    const rows = await session.rows<{ name: string; value: string }>(
      "SELECT name, value FROM duckdb_settings() WHERE name LIKE 'auto%_known_extensions' ORDER BY name",
    );
    expect(rows).toEqual([
      { name: 'autoinstall_known_extensions', value: 'false' },
      { name: 'autoload_known_extensions', value: 'false' },
    ]);
    await expect(session.run("SELECT * FROM 'https://example.invalid/x.parquet'")).rejects.toThrow();
  });
});
