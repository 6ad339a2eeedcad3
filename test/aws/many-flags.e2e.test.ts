/**
 * A verdict on more flags than a transaction holds: ended between any two of its writes, given by two people at once, sent again. It is
 * there whole or not at all, and once.
 */
import { QueryCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { CaseTable } from '../../lib/aws/case-table.ts';
import { DeferredWrites } from '../../lib/aws/deferred-writes.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { MAX_FLAGS_AT_ONCE } from '../../lib/reviews/review.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let tables: [flags: string, drops: string];
beforeAll(async () => {
  tables = [await makeTable('Flags'), await makeTable('Drops')];
});
afterAll(() => Promise.all(tables.map(dropTable)));

const at = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
const draft = { verdict: 'false_positive', reason: 'A salary', note: null } as const;
let numbers = 0;

/** Ended after so many transactions: from then on every call fails. */
function storeThat(endsAfter = Number.POSITIVE_INFINITY, maxWrites = 100) {
  const client = localDocuments();
  const send = client.send.bind(client);
  const seen = { transactions: 0, largest: 0 };
  client.send = (async (command: never) => {
    if (seen.transactions >= endsAfter) throw new Error('the function has ended');
    if ((command as object) instanceof TransactWriteCommand) {
      const { TransactItems } = (command as TransactWriteCommand).input;
      seen.transactions++;
      seen.largest = Math.max(seen.largest, TransactItems!.length);
    }
    return await send(command);
  }) as typeof client.send;
  const audit = new AuditChain(client, tables[1], undefined, maxWrites);
  return { seen, audit, reviews: new ReviewTable(client, tables[0], audit) };
}

interface Raised {
  readonly domain: string;
  readonly case: string;
  readonly flags: readonly FlagItem[];
}

async function raise(count: number, record?: Readonly<Record<string, unknown>>): Promise<Raised> {
  const domain = `many${numbers}`;
  const flags = Array.from({ length: count }, () =>
    flagOf(numbers++, { domain, entity: 'E1', severity: 'high', ...(record !== undefined && { record }) }),
  );
  await new FlagTable(documents, tables[0]).putFlags(flags);
  return { domain, flags, case: caseIdOf(domain, 'E1', '') };
}

function requestOf({ flags, case: caseId }: Raised, by: string, n = 1, version = 1) {
  return {
    flags: flags.map(({ flag }) => ({ id: flag, version })),
    ...{ draft, reviewer: { by, at: at(n) }, terms: { fourEyes: null }, caseId },
  };
}

/** What stands of the case and its flags, by itself: no reading here finishes anything. */
async function stored({ domain, flags, case: id }: Raised) {
  const { audit, reviews } = storeThat();
  const items = await new FlagTable(documents, tables[0]).getAll(flags.map(({ flag }) => flag));
  const { Items: open = [] } = await documents.send(
    new QueryCommand({
      TableName: tables[0],
      ConsistentRead: true,
      KeyConditionExpression: 'flag = :flag',
      ExpressionAttributeValues: { ':flag': `case-open#${id}` },
    }),
  );
  const given = await Promise.all(flags.map(({ flag }) => reviews.reviewsOf(flag)));
  const about = await Promise.all(
    [...new Set(flags.map((one) => one.record_id))].map((one) => audit.about(one)),
  );
  const one = (await new CaseTable(documents, tables[0]).get(id))!;
  return {
    case: [one.status, one.openFlags],
    open: open.length,
    flags: [...new Set(items.map(({ status, version }) => `${status} ${version}`))],
    reviews: [...new Set(given.map((list) => list.length))],
    acts: (await audit.lines(domain)).length,
    about: [...new Set(about.map((list) => list.filter((said) => said.domain === domain).length))],
  };
}

const untouched = (count: number) => ({
  ...{ case: ['open', count], open: count, flags: ['open 1'], reviews: [0], acts: 0, about: [0] },
});
const decided = {
  ...{ case: ['closed', 0], open: 0, flags: ['false_positive 2'], reviews: [1], acts: 1, about: [1] },
};

describe('a verdict on a hundred flags', () => {
  it('is written in transactions that DynamoDB takes, and read whole once it is answered', async () => {
    const raised = await raise(MAX_FLAGS_AT_ONCE);
    const { seen, reviews } = storeThat();
    const made = await reviews.reviewFlags(requestOf(raised, 'ann'));
    expect(made.flags).toHaveLength(MAX_FLAGS_AT_ONCE);
    expect(seen.largest).toBeLessThanOrEqual(100);
    expect(await stored(raised)).toEqual(decided);
  });

  it('is all there after the next reader, wherever the function ended, or not at all', async () => {
    for (const transactions of [0, 1, 2, 3]) {
      const raised = await raise(24);
      const ended = storeThat(transactions, 40);
      await ended.reviews.reviewFlags(requestOf(raised, 'ann')).catch(() => {});
      expect(ended.seen.transactions).toBe(transactions);
      const before = await stored(raised);
      if (transactions === 0) expect(before).toEqual(untouched(24));
      else expect(before).not.toEqual(decided);
      await storeThat().audit.finish(raised.case);
      expect(await stored(raised)).toEqual(transactions === 0 ? untouched(24) : decided);
    }
  });

  it('is finished by whom it keeps waiting: the same verdict sent again, another’s, or its withdrawal', async () => {
    const again = await raise(30);
    await storeThat(1).reviews.reviewFlags(requestOf(again, 'ann'));
    const repeated = await storeThat().reviews.reviewFlags(requestOf(again, 'ann', 2));
    expect(repeated.reviews.map(({ by, at: when }) => [by, when])).toEqual(Array(30).fill(['ann', at(1)]));
    expect(await stored(again)).toEqual(decided);

    const late = await raise(30);
    await storeThat(1).reviews.reviewFlags(requestOf(late, 'ann'));
    const refused = storeThat().reviews.reviewFlags(requestOf(late, 'ben', 2));
    await expect(refused).rejects.toMatchObject({ name: 'StaleFlags', flags: { length: 30 } });
    expect(await stored(late)).toEqual(decided);

    const undone = await raise(30);
    await storeThat(1).reviews.reviewFlags(requestOf(undone, 'ann'));
    await storeThat().reviews.withdraw(`${undone.flags[0]!.flag}-1`, { by: 'ann', at: at(2) });
    expect(await stored(undone)).toMatchObject({ case: ['open', 30], open: 30, flags: ['open 3'], acts: 2 });
  });

  it('is finished by the function that publishes events, also where several do so at once', async () => {
    const raised = await raise(60);
    await storeThat(1).reviews.reviewFlags(requestOf(raised, 'ann'));
    const all = await Promise.all(
      [0, 1, 2].map(() => new DeferredWrites(documents, tables[1]).carryOutAll()),
    );
    expect(all.flatMap(({ failures }) => failures)).toEqual([]);
    expect(await stored(raised)).toEqual(decided);
  });

  it('withdrawn half-way is withdrawn whole by the next one who decides', async () => {
    const raised = await raise(40);
    await storeThat().reviews.reviewFlags(requestOf(raised, 'ann'));
    await storeThat(1).reviews.withdraw(`${raised.flags[0]!.flag}-1`, { by: 'ann', at: at(2) });
    await storeThat().reviews.reviewFlags(requestOf(raised, 'ben', 3, 3));
    expect(await stored(raised)).toMatchObject({
      ...{ case: ['closed', 0], open: 0, flags: ['false_positive 4'], reviews: [2], acts: 3 },
    });
  });

  it('goes to one of two officers, and none is lost or doubled', async () => {
    const raised = await raise(80);
    const halves = [raised.flags.slice(0, 50), raised.flags.slice(30)].map((flags) => ({ ...raised, flags }));
    const outcomes = await Promise.allSettled(
      halves.map((half, n) => storeThat().reviews.reviewFlags(requestOf(half, ['ann', 'ben'][n]!))),
    );
    const won = outcomes.findIndex(({ status }) => status === 'fulfilled');
    expect(outcomes[1 - won]).toMatchObject({ status: 'rejected', reason: { name: 'StaleFlags' } });
    expect(await stored(halves[won]!)).toMatchObject({ case: ['open', 30], open: 30, reviews: [1], acts: 1 });
    const rest = { ...raised, flags: raised.flags.filter((one) => !halves[won]!.flags.includes(one)) };
    await storeThat().reviews.reviewFlags(requestOf(rest, 'eve', 2));
    expect(await stored(raised)).toEqual({ ...decided, acts: 2 });
  });

  it('takes flags that are too large for one transaction together', async () => {
    const raised = await raise(12, { transaction_id: 'T', text: 'x'.repeat(340_000) });
    await storeThat().reviews.reviewFlags(requestOf(raised, 'ann'));
    expect(await stored(raised)).toMatchObject({ case: ['closed', 0], open: 0, flags: ['false_positive 2'] });
  });
});
