/** Every recipe of docs/recipes.md is a pack that is sound, and gives what the page says for the last record. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { checkPack } from '../../lib/features/check-pack.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { writeRecords } from '../features/records-table.ts';

const page = readFileSync('docs/recipes.md', 'utf8');
const [base, ...blocks] = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml!) as [
  string,
  ...string[],
];
const titles = [...page.matchAll(/^## \d+\. (.*)$/gm)].map(([, title]) => title!);

const record = (
  id: string,
  at: string,
  account: string,
  counterparty: string,
  kind: string,
  amount: string,
  outcome: string | null = null,
) => ({ id, at, account, counterparty, country: 'DE', kind, amount, income: '20000', outcome });
const RECORDS = [
  record('1', '2025-01-06 10:00:00', 'A', 'X', 'cash', '1000', 'SAR'),
  record('2', '2025-01-06 11:00:00', 'B', 'X', 'card', '500', 'cleared'),
  record('3', '2025-08-15 10:00:00', 'C', 'Y', 'cash', '2000', 'SAR'),
  record('4', '2025-08-15 11:00:00', 'B', 'Y', 'wire', '300', 'cleared'),
  // A Saturday, 23:30 in Berlin.
  record('5', '2025-08-16 21:30:00', 'A', 'Y', 'cash', '6000'),
];
/** Feature by feature, and rule by rule, for the last record. */
const EXPECTED: readonly (readonly (number | boolean | null)[])[] = [
  [0.3],
  [null],
  [1.5],
  [222.47916666666666],
  [1],
  [3],
  [null],
  [1],
  [1, 1, 1],
  [222.47916666666666, true],
];

test('there are ten, each with what it gives', () => {
  expect(blocks).toHaveLength(10);
  expect(titles).toHaveLength(10);
});

test.each(titles.map((title, at) => [title, at] as const))('%s', async (_, at) => {
  const pack = parsePack(base + blocks[at], `recipe ${at + 1}`);
  await checkPack(pack, `recipe ${at + 1}`);
  const session = await Session.open({ threads: 1 });
  try {
    const features = await buildFeatures(await writeRecords(session, pack, RECORDS), pack);
    const names = [
      ...pack.features.map((_feature, index) => `f_${index}`),
      ...pack.rules.map((_rule, index) => `r_${index}`),
    ];
    const row = await session.row<Record<string, number | boolean | null>>(
      `SELECT ${names.join(', ')} FROM ${features} ORDER BY seq DESC LIMIT 1`,
    );
    const values = names.map((name) => row[name]!);
    values.forEach((value, index) => {
      const wanted = EXPECTED[at]![index]!;
      if (typeof wanted === 'number') expect(value).toBeCloseTo(wanted, 9);
      else expect(value).toBe(wanted);
    });
  } finally {
    await session.close();
  }
});
