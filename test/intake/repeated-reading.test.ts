/** A session that repeats its work reads few records in a quick way first: with the same records, rejects and doubts. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { parseRates } from '../../lib/intake/rates.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';

const pack = parsePack(
  `
domain: test
base_currency: EUR
record: { id: id, time: t, entity: a, label: bad }
columns:
  id: { type: string, required: true }
  t: { type: timestamp, required: true }
  a: string
  name: { type: string, pii: true, pattern: "[a-z ]+" }
  from: country
  to: { type: country, unknown: warn }
  amount: { type: money, currency: currency, min: 0 }
  currency: currency
  kind: { type: string, allowed: [in, out] }
  n: integer
  x: number
  bad: boolean
features: { in_euro: amount_base, from_home: from = 'DE' }
`,
  'test.yaml',
);
const rates = parseRates('date,currency,rate\n2025-01-01,USD,1.1\n', 'rates.csv');

let once: Session;
let repeating: Session;
beforeAll(async () => {
  once = await Session.open({ threads: 1 });
  repeating = await Session.open({ threads: 1, repeats: true });
});
afterAll(async () => {
  await once.close();
  await repeating.close();
});

async function read(session: Session, lines: readonly string[]) {
  await session.dropTables();
  const path = join(session.folder, 'records.jsonl');
  await writeFile(path, lines.join('\n'));
  const {
    records,
    rejects,
    deliveries: _,
    ...rest
  } = await readRecords(session, pack, [{ path }], { rates });
  return {
    rest,
    records: await session.rows(`SELECT * FROM ${records} ORDER BY seq`),
    rejects: await session.rows(`SELECT * FROM ${rejects} ORDER BY line`),
  };
}

/** Mostly of the first kind: as records are. */
const mostly = (good: readonly unknown[], ...odd: readonly unknown[]) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...good) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );

const record = fc.record({
  id: mostly(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], null, 'x\u0000y', '="7"'),
  t: mostly(['2025-01-02 03:04:05', '2025-01-03T00:00:00.1234567Z'], 'yesterday', '1066-01-01', null),
  a: mostly(['p', 'q', null], '1E+10', { nested: 1 }),
  name: mostly(['ann', 'bo b', null], 'Ann!', '\u001a\n\u001f'),
  from: mostly(['DE', 'Germany', 'FRA', null], 'ALLEMAGNE', 'republic of  GERMANY', 'nowhere'),
  to: mostly(['DE', 'US', null], 'united states of america', 'nowhere'),
  amount: mostly(['1.50', 12, '0', null], -1, '1,234.5', 1e30),
  currency: mostly(['EUR', 'usd', null], 'JPY', 'pounds'),
  kind: mostly(['in', 'out', null], 'sideways'),
  n: mostly([1, '2', null], 1.5, 'two'),
  x: mostly([0.1, '2e3', null], 'NaN'),
  bad: mostly([true, '0', null], 'maybe'),
});

test('few records are read as in a session that is opened for them, whatever is wrong with them', async () => {
  let rejected = 0;
  let good = 0;
  const lines = fc.array(
    fc.oneof(
      { weight: 30, arbitrary: record.map((one) => JSON.stringify(one)) },
      { weight: 1, arbitrary: fc.constant('{"id":') },
    ),
    { minLength: 1, maxLength: 4 },
  );
  await fc.assert(
    fc.asyncProperty(lines, async (texts) => {
      const wanted = await read(once, texts);
      expect(await read(repeating, texts)).toEqual(wanted);
      rejected += Number(wanted.rejects.length > 0);
      good += Number(wanted.rejects.length === 0);
    }),
    { numRuns: 16, seed: 11 },
  );
  expect(rejected).toBeGreaterThan(3);
  expect(good).toBeGreaterThan(2);
});
