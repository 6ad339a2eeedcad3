/**
 * Cases under concurrency: flags that are raised, delivered again, reviewed, withdrawn and claimed, all at once. Whatever the order in
 * which the table takes them, each case says at the end what its flags say.
 */
import { QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { CaseDesk } from '../../lib/aws/case-desk.ts';
import { CaseQueue } from '../../lib/aws/case-queue.ts';
import { CaseTable } from '../../lib/aws/case-table.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { joinCases } from '../../lib/aws/join-cases.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { caseIdOf, viewOf } from '../../lib/cases/case.ts';
import { topFlagOf } from '../../lib/cases/top-flag.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let tables: [flags: string, drops: string];
let flags: FlagTable;
let cases: CaseTable;
let desk: CaseDesk;
let reviews: ReviewTable;
beforeAll(async () => {
  tables = [await makeTable('Flags'), await makeTable('Drops')];
  const audit = new AuditChain(documents, tables[1]);
  flags = new FlagTable(documents, tables[0]);
  cases = new CaseTable(documents, tables[0]);
  desk = new CaseDesk(documents, tables[0], audit);
  reviews = new ReviewTable(documents, tables[0], audit);
});
afterAll(() => Promise.all(tables.map(dropTable)));

const SEVERITIES = [null, 'low', 'medium', 'high', 'critical'] as const;
const at = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
let made = 0;

type Step =
  | { readonly what: 'raise'; readonly severityRank: number; readonly entity: number }
  | { readonly what: 'again' | 'decide' | 'withdraw' | 'claim'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    what: fc.constant('raise' as const),
    severityRank: fc.integer({ min: 0, max: 4 }),
    entity: fc.integer({ min: 0, max: 1 }),
  }),
  fc.record({
    what: fc.constantFrom('again' as const, 'decide' as const, 'withdraw' as const, 'claim' as const),
    which: fc.nat(20),
  }),
);

const verdict = { verdict: 'false_positive', reason: 'A salary', note: null } as const;

/** What is refused because another was faster is no fault. */
async function unlessRefused(work: Promise<unknown>): Promise<void> {
  const expected = ['StaleVersion', 'StaleFlags', 'StaleCase', 'CaseRefused', 'ReviewRefused'];
  await work.catch((error: Error) => {
    if (!expected.includes(error.name)) throw error;
  });
}

async function carryOut(domain: string, known: FlagItem[], one: Step, n: number): Promise<void> {
  if (one.what === 'raise') {
    const severity = SEVERITIES[one.severityRank]!;
    const flag = flagOf(made++, { domain, entity: `E${one.entity}`, severity });
    known.push(flag);
    await flags.putFlags([flag]);
    return;
  }
  const flag = known[one.which % Math.max(1, known.length)];
  if (flag === undefined) return;
  const id = caseIdOf(domain, flag.entity, flag.flag);
  const by = `p${n % 3}`;
  if (one.what === 'again') await flags.putFlags(known.slice(0, 1 + (one.which % known.length)));
  else if (one.what === 'claim')
    await unlessRefused(desk.act(id, { act: 'claim', holdSeconds: 60 }, { by, at: at(n) }));
  else {
    const current = await flags.get(flag.flag);
    if (current === null) return;
    if (one.what === 'decide')
      await unlessRefused(
        reviews.review(flag.flag, { ...verdict, kind: 'open', version: current.version }, { by, at: at(n) }),
      );
    else
      for (const who of ['p0', 'p1', 'p2'])
        await unlessRefused(reviews.withdraw(`${flag.flag}-${current.version - 1}`, { by: who, at: at(n) }));
  }
}

async function openKeys(id: string): Promise<string[]> {
  const { Items = [] } = await documents.send(
    new QueryCommand({
      TableName: tables[0],
      ConsistentRead: true,
      KeyConditionExpression: 'flag = :flag',
      ExpressionAttributeValues: { ':flag': `case-open#${id}` },
    }),
  );
  return Items.map(({ item }) => String(item).split('#')[1]!).sort();
}

/** Each case against its flags, and the counters against the cases. */
async function expectConsistent(domain: string, known: readonly FlagItem[]): Promise<void> {
  const stored = await Promise.all(known.map(async ({ flag }) => (await flags.get(flag))!));
  const byCase = Map.groupBy(stored, ({ entity, flag }) => caseIdOf(domain, entity, flag));
  const views: string[] = [];
  for (const [id, own] of byCase) {
    const one = (await cases.get(id))!;
    const open = own
      .filter(({ status }) => status === 'open')
      .toSorted((a, b) => b.severityRank - a.severityRank || b.score - a.score || (a.flag < b.flag ? 1 : -1));
    expect([one.openFlags, one.flags]).toEqual([open.length, own.length]);
    expect(one.status).toBe(open.length === 0 ? 'closed' : 'open');
    if (open.length > 0) expect(one.top).toEqual(topFlagOf(open[0]!));
    expect(await openKeys(id)).toEqual(open.map(({ flag }) => flag).sort());
    views.push(viewOf(one));
  }
  const count = (view: string) => views.filter((one) => one === view).length;
  expect(await cases.counts([domain])).toEqual({
    ...{ act: count('act'), look: count('look'), snoozed: 0, decided: count('decided') },
  });
}

describe('a case', () => {
  it('agrees with its flags, whatever is done to them at once, delivered twice or tried again', async () => {
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(step, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
        async (rounds) => {
          const domain = `model${runs++}`;
          const known: FlagItem[] = [];
          let n = 0;
          // The steps of a round are under way together.
          for (const round of rounds) {
            await Promise.all(round.map((one) => carryOut(domain, known, one, n++)));
            await expectConsistent(domain, known);
          }
        },
      ),
      { numRuns: 8 },
    );
  });

  it('takes flags that two deliveries of one drop bring at once, each once', async () => {
    const drop = Array.from({ length: 60 }, (_, n) =>
      flagOf(made++, { domain: 'twice', entity: `E${n % 3}`, severity: SEVERITIES[n % 5]! }),
    );
    const counts = await Promise.all([flags.putFlags(drop), flags.putFlags(drop.toReversed())]);
    expect(counts.reduce((sum, one) => sum + one.new, 0)).toBe(60);
    await expectConsistent('twice', drop);
  });

  it('goes to one of several who take the next at once, and comes back when its hold is over', async () => {
    await flags.putFlags(
      [0, 1, 2].map((n) => flagOf(made++, { domain: 'race', entity: `E${n}`, severity: 'high' })),
    );
    const queue = new CaseQueue(documents, tables[0]);
    const take = (by: string, when: string) =>
      queue.takeNext(desk, { domains: ['race'], holdSeconds: 60 }, { by, at: when });
    const taken = await Promise.all(['ann', 'ben', 'cat', 'dan'].map((by) => take(by, at(0))));
    const entities = taken.map((one) => one?.case.entity ?? null);
    expect(entities.filter((one) => one !== null).toSorted()).toEqual(['E0', 'E1', 'E2']);
    expect(await take('eve', at(59))).toBeNull();
    expect((await take('eve', at(61)))?.case.hold?.by).toBe('eve');
  });

  it('is joined once by open flags that are older than cases, also by two back-fills at once', async () => {
    const old = Array.from({ length: 60 }, (_, n) =>
      flagOf(made++, { domain: 'old', entity: n % 2 === 0 ? 'E0' : null, severity: SEVERITIES[n % 5]! }),
    );
    await flags.putFlags([old[0]!]);
    // As a version without cases stored them: the flag alone.
    for (const flag of old.slice(1)) {
      await flags.putFlags([{ ...flag, entity: `elsewhere ${flag.flag}` }]);
      const Key = { flag: flag.flag, item: 'flag' };
      await documents.send(
        new UpdateCommand({
          ...{ TableName: tables[0], Key, UpdateExpression: 'SET entity = :entity' },
          ExpressionAttributeValues: { ':entity': flag.entity },
        }),
      );
    }
    const joined = await Promise.all([0, 1].map(() => joinCases(documents, tables[0], flags, 'old')));
    expect(joined.map(({ open }) => open)).toEqual([60, 60]);
    expect(joined.reduce((sum, one) => sum + one.joined, 0)).toBe(59);
    expect((await cases.get(caseIdOf('old', 'E0', '')))!.openFlags).toBe(30);
    for (const { entity, flag } of old) {
      const id = caseIdOf('old', entity, flag);
      expect(await openKeys(id)).toContain(flag);
      if (entity === null) expect(await cases.get(id)).toMatchObject({ openFlags: 1, top: { id: flag } });
    }
    expect(await joinCases(documents, tables[0], flags, 'old')).toEqual({ open: 60, joined: 0 });
  });

  it('wakes from its snooze by the next list after its time', async () => {
    const flag = flagOf(made++, { domain: 'asleep', entity: 'E1', severity: 'high' });
    await flags.putFlags([flag]);
    const id = caseIdOf('asleep', 'E1', flag.flag);
    await desk.act(id, { act: 'snooze', until: at(100), reason: 'Papers' }, { by: 'ann', at: at(0) });
    const queue = new CaseQueue(documents, tables[0]);
    const list = async (now: string) =>
      (await queue.list({ domains: ['asleep'], views: ['act'], filter: {}, now, limit: 5 })).items.length;
    expect([await list(at(99)), await list(at(101))]).toEqual([0, 1]);
    expect(await cases.counts(['asleep'])).toMatchObject({ act: 1, snoozed: 0 });
  });
});
