/** That lists of flags read what they show, whatever the size of the table. test/bench/flags-listing.ts has the times at 100,000. */
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flagKeys } from '../../lib/aws/flag-keys.ts';
import { type FlagPage, FlagTable } from '../../lib/aws/flag-table.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const count = 5_000;
const client = localDocuments();
const calls = new Map<string, number>();
/** Flags that the table sent. */
let sent = 0;
let table: string;
const all: FlagItem[] = Array.from({ length: count }, (_, n) =>
  flagOf(n, {
    domain: n % 4 === 0 ? 'pharma' : 'finance',
    severity: n % 50 === 0 ? 'critical' : n % 7 === 0 ? 'low' : null,
  }),
);

beforeAll(async () => {
  table = await makeTable('Flags');
  await new FlagTable(client, table).putFlags(all.slice(0, 10));
  for (let at = 0; at < count; at += 25) {
    const requests = all
      .slice(at, at + 25)
      .map((flag) => ({ PutRequest: { Item: { ...flag, ...flagKeys(flag) } } }));
    await client.send(new BatchWriteCommand({ RequestItems: { [table]: requests } }));
  }
  client.middlewareStack.add(
    (next, context) => async (args) => {
      const name = String(context.commandName);
      calls.set(name, (calls.get(name) ?? 0) + 1);
      const result = await next(args);
      sent += (result.output as { Items?: readonly unknown[] }).Items?.length ?? 0;
      return result;
    },
    { step: 'initialize' },
  );
});
afterAll(() => dropTable(table));

describe('a list of flags', () => {
  it('reads some hundred flags for a page of a hundred out of thousands, by queries alone', async () => {
    const flags = new FlagTable(client, table);
    const pages: FlagPage[] = [];
    let before: string | undefined;
    for (let page = 0; page < 12; page++) {
      pages.push(
        await flags.query({
          scope: 'all',
          status: 'open',
          limit: 100,
          ...(before !== undefined && { before }),
        }),
      );
      before = pages.at(-1)!.next ?? undefined;
    }
    for (const { items, cost } of pages) {
      expect(items).toHaveLength(100);
      expect(cost.evaluated).toBeLessThan(300);
      // Two domains of nine partitions each, for a severityRank; a page seldom spans three.
      expect(cost.queries).toBeLessThanOrEqual(3 * 18 + 36);
      expect(cost.units).toBeGreaterThan(0);
    }
    const shown = pages.flatMap((page) => page.items.map((one) => one.flag));
    const urgent = all.toSorted(
      (a, b) => b.severityRank - a.severityRank || b.score - a.score || (a.flag < b.flag ? 1 : -1),
    );
    expect(shown).toEqual(urgent.slice(0, 1_200).map((one) => one.flag));
    expect([...calls.keys()]).toEqual(['QueryCommand']);
  });

  it('is filtered by the table, in one page, when a filter lets little through', async () => {
    const flags = new FlagTable(client, table);
    const from = all[count - 1]!.time!;
    const found: string[] = [];
    let before: string | undefined;
    let pages = 0;
    sent = 0;
    do {
      const page = await flags.query({
        scope: 'all',
        limit: 100,
        from,
        ...(before !== undefined && { before }),
      });
      expect(page.cost.evaluated).toBeLessThan(5_600);
      found.push(...page.items.map((one) => one.flag));
      before = page.next ?? undefined;
      pages += 1;
    } while (before !== undefined);
    expect(found).toEqual([all[count - 1]!.flag]);
    expect(pages).toBe(1);
    // All of a day beside the time that is asked for.
    expect(sent).toBeLessThan(count);
  });
});
