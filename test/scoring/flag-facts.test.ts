import { afterAll, beforeAll, expect, test } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import type { Records } from '../../lib/intake/records.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { readFlagFacts } from '../../lib/scoring/flag-facts.ts';

const packWith = (rest: string) =>
  parsePack(
    `
domain: loans
base_currency: EUR
record: { id: id, time: at, entity: account }
columns:
  id: string
  at: timestamp
  account: string
  holder: { type: string, pii: true }
  amount: { type: money, currency: currency }
  currency: { type: currency }
  home: { type: country }
features: { one: amount_base }
${rest}`,
    'loans.yaml',
  );
let session: Session;
let records: Records;

beforeAll(async () => {
  session = await Session.open({ threads: 1 });
  records = await createTable(
    session,
    'records',
    `SELECT * FROM (VALUES
    (7, 'A', TIMESTAMP '2025-01-02 03:04:05.678', 'AC1', 'Ann', 1234.5::DECIMAL(18,2), 'USD', 'DE'),
    (8, 'B', NULL, NULL, NULL, NULL, NULL, NULL)
  ) AS t(seq, id, "at", account, holder, amount, currency, home)`,
  );
});
afterAll(() => session.close());

test('the facts of a record are what the pack names, in words, personal data masked', async () => {
  const facts = await readFlagFacts(records, packWith('facts: [holder, amount, home, at]'), [7]);
  expect(facts.get(7)).toEqual({
    entity: 'AC1',
    facts: [
      { name: 'holder', text: '[masked: pii]' },
      { name: 'amount', text: '1,234.50 USD' },
      { name: 'home', text: 'Germany' },
      { name: 'at', text: '2025-01-02 03:04:05 UTC' },
    ],
  });
});

test('a pack that names none shows its time, money and segments; what is missing is left out', async () => {
  const facts = await readFlagFacts(records, packWith('segments: [home]'), [7, 8]);
  expect(facts.get(7)!.facts.map(({ name }) => name)).toEqual(['at', 'amount', 'home']);
  expect(facts.get(8)).toEqual({ entity: null, facts: [] });
});

test('facts that are no columns are refused with line and key', () => {
  expect(() => packWith('facts: [amuont]')).toThrow(/facts\.0: found "amuont".*did you mean "amount"/);
});

test('a value of each kind reads as its own, a currency of the pack or of the record beside the amount', async () => {
  const pack = parsePack(
    `
domain: loans
base_currency: EUR
record: { id: id, time: paid_at, entity: holder }
columns:
  id: string
  holder: { type: string, pii: true }
  paid_at: timestamp
  is_new: boolean
  is_old: boolean
  size_of_it: number
  share: "decimal(5,3)"
  own: { type: money, currency: USD }
  odd: { type: money, currency: cur }
  cur: { type: currency }
facts: [is_new, is_old, size_of_it, share, own, odd, id]
features: { one: size_of_it }
`,
    'loans.yaml',
  );
  const table: Records = await createTable(
    session,
    'records',
    `SELECT * FROM (VALUES
      (1, '0012', 'Ann', TIMESTAMP '2025-01-02 03:04:05', true, false, 1234567.0::DOUBLE, 0.500::DECIMAL(5,3), 5::DECIMAL(18,2), 7::DECIMAL(18,2), NULL),
      (2, 'B', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
    ) AS t(seq, id, holder, paid_at, is_new, is_old, size_of_it, share, own, odd, cur)`,
  );
  const facts = await readFlagFacts(table, pack, [1, 2]);
  expect(facts.get(1)).toEqual({
    entity: '[masked: pii]',
    facts: [
      { name: 'is new', text: 'yes' },
      { name: 'is old', text: 'no' },
      { name: 'size of it', text: '1,234,567' },
      { name: 'share', text: '0.5' },
      { name: 'own', text: '5.00 USD' },
      { name: 'odd', text: expect.stringMatching(/^7\.00( cur)?$/) },
      { name: 'id', text: '0012' },
    ],
  });
  expect(facts.get(2)).toEqual({ entity: null, facts: [{ name: 'id', text: 'B' }] });
  expect(await readFlagFacts(table, pack, [])).toEqual(new Map());
});

test('a pack without time and entity has neither; of what records differ by six are shown, none twice', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
  const pack = parsePack(
    `
domain: loans
record: { id: id }
columns: { id: string, ${names.map((name) => `${name}: string`).join(', ')}, n: number }
segments: [b, a]
categories: { ${names.map((name) => `${name}: {}`).join(', ')} }
features: { one: n }
`,
    'loans.yaml',
  );
  const table: Records = await createTable(
    session,
    'records',
    `SELECT 1 AS seq, 'A' AS id, ${names.map((name) => `'${name.toUpperCase()}' AS ${name}`).join(', ')}, 1.0 AS n`,
  );
  expect((await readFlagFacts(table, pack, [1])).get(1)).toEqual({
    entity: null,
    facts: ['b', 'a', 'c', 'd', 'e', 'f'].map((name) => ({ name, text: name.toUpperCase() })),
  });
});
