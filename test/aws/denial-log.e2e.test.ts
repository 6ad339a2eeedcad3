import { afterAll, beforeAll, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { ACCESS_LOG, DenialLog, MAX_DENIALS_AN_HOUR } from '../../lib/aws/denial-log.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let table: string;
let audit: AuditChain;
let clock = Date.parse('2026-03-01T10:59:59Z');
beforeAll(async () => {
  table = await makeTable('Drops');
  audit = new AuditChain(documents, table);
});
afterAll(() => dropTable(table));

const open = () =>
  new DenialLog(documents, table, { audit, domains: async () => ['finance'], now: () => clock });
const denial = { actor: 'ann', domain: 'finance', action: 'review', route: 'POST /v1/x', role: 'viewer' };
const acts = async (domain: string) => (await audit.lines(domain)).map(({ line }) => JSON.parse(line));

it('makes a denial an act of the domain, and of the log of its own where no domain is concerned', async () => {
  await open().record(denial);
  expect(await acts('finance')).toMatchObject([
    { event: 'denied', actor: 'ann', subject: 'POST /v1/x', data: { action: 'review', role: 'viewer' } },
  ]);
  await open().record({ ...denial, actor: 'bob', domain: null });
  await open().record({ ...denial, actor: 'bob', domain: 'made-up' });
  expect((await acts(ACCESS_LOG)).map(({ actor }) => actor)).toEqual(['bob', 'bob']);
  expect(await acts('made-up')).toEqual([]);
});

it('records the first of an hour and person, says which is the last, and leaves others to their own', async () => {
  const one = open();
  for (let at = 0; at < MAX_DENIALS_AN_HOUR + 10; at++)
    await (at % 2 === 0 ? one : open()).record({ ...denial, actor: 'eve' });
  const own = async (actor: string) => (await acts('finance')).filter((act) => act.actor === actor);
  const recorded = await own('eve');
  expect(recorded).toHaveLength(MAX_DENIALS_AN_HOUR);
  expect(recorded.map(({ data }) => data.last_recorded_of_hour ?? false)).toEqual([
    ...Array.from({ length: MAX_DENIALS_AN_HOUR - 1 }, () => false),
    true,
  ]);
  await one.record({ ...denial, actor: 'joe' });
  expect(await own('joe')).toHaveLength(1);
  clock += 1_000;
  await one.record({ ...denial, actor: 'eve' });
  expect(await own('eve')).toHaveLength(MAX_DENIALS_AN_HOUR + 1);
});
