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
