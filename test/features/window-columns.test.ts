import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { readWindowColumns } from '../../lib/features/window-columns.ts';

let session: Session;
beforeAll(async () => {
  session = await Session.open({ threads: 1 });
});
afterAll(() => session.close());

/** Which rows have the same code as each row: what codes are used for, whatever numbers they are. */
function alike(codes: Int32Array): number[] {
  return [...codes].map((code) => (code < 0 ? code : codes.indexOf(code)));
}

test('keys of few records are distinguished as those of many are, by an ENUM', async () => {
  const rows = 5_000;
  const source = {
    sql: `SELECT n AS seq, n // 3 AS t, CASE WHEN n % 7 > 0 THEN chr(CAST(65 + n % 23 AS INTEGER)) || CASE WHEN n % 2 = 0 THEN '' ELSE ' ' END END AS key,
      CAST(n % 11 AS DECIMAL(9, 2)) AS amount FROM (SELECT CAST(range AS BIGINT) AS n FROM range(${rows}))`,
    order: 't, seq DESC',
    rows,
  };
  const wanted = {
    numbers: new Set(['CAST(amount AS DOUBLE)']),
    present: new Set(['key']),
    codes: new Set(['key', 'amount', "CASE WHEN t > 100 THEN 'late' END"]),
  };
  const few = await readWindowColumns(session, source, wanted);
  const many = await readWindowColumns(session, source, wanted, { rowsWorthEnums: rows });
  for (const column of wanted.codes) {
    const [texts, enums] = [few.codes.get(column)!, many.codes.get(column)!];
    expect(alike(texts)).toEqual(alike(enums));
    expect(new Set(texts).size).toBeGreaterThan(1);
  }
  const { codes: _, ...others } = few;
  const { codes: __, ...same } = many;
  expect(others).toEqual(same);
});
