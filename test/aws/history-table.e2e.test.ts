import { BatchWriteCommand, type GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryTable } from '../../lib/aws/history-table.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import type { Segment } from '../../lib/history/past.ts';
import { inParallel } from '../../lib/in-parallel.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

let table: string;
let history: HistoryTable;
beforeAll(async () => {
  table = await makeTable('Drops');
  history = new HistoryTable(localDocuments(), table);
});
afterAll(() => dropTable(table));

const entry = (drop: string, day: number): HistoryEntry => ({
  ...{ drop, domain: 'finance', settledAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z` },
  ...{ keys: [['account_id']], partitions: 1, ranges: 1, rows: day, repeats: 0, stale: 0 },
});
const segment = (name: string, drops: number): Segment => ({
  ...{ segment: name.padEnd(64, '0'), domain: 'finance', drops, committedAt: '2026-02-01T00:00:00.000Z' },
  ...{ keys: [['account_id']], partitions: 1, rows: drops, stale: 0 },
});

/** Of a consistent read, about: one for each 4 KB. The local AWS counts one whatever it reads. */
function unitsOf(read: unknown): number {
  return Math.max(1, Math.ceil(JSON.stringify(read ?? '').length / 4096));
}

describe('HistoryTable', () => {
  it('gives the entries of a domain in the order in which they finished', async () => {
    for (const one of [entry('d-c', 3), entry('d-a', 1), entry('d-b', 2)]) await history.add('finance', one);
    await history.add('pharma', entry('d-p', 1));
    expect(await history.entries('finance')).toEqual([entry('d-a', 1), entry('d-b', 2), entry('d-c', 3)]);
    expect(await history.entries('nothing')).toEqual([]);
    expect(await history.past('nothing')).toEqual({ segments: [], recent: [] });
  });

  it('holds a drop once, as it was first added, even when it is finished again at another time', async () => {
    expect(await history.add('twice', entry('d-t', 5))).toBe(true);
    expect(await history.add('twice', entry('d-t', 5))).toBe(false);
    expect(await history.add('twice', entry('d-t', 9))).toBe(false);
    expect(await history.entries('twice')).toEqual([entry('d-t', 5)]);
    expect((await history.past('twice')).recent).toEqual([entry('d-t', 5)]);
  });

  it('adds a drop once when two functions add it at the same time', async () => {
    const added = await Promise.all(Array.from({ length: 8 }, () => history.add('race', entry('d-r', 1))));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await history.entries('race')).toHaveLength(1);
  });

  it('begins an index with what earlier versions added, and loses none that is added meanwhile', async () => {
    const domain = 'earlier';
    for (let day = 1; day <= 3; day++) await history.add(domain, entry(`d-e${day}`, day));
    // As an earlier version left it.
    const { Items = [] } = await localDocuments().send(
      new QueryCommand({
        TableName: table,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': `history-recent#${domain}` },
      }),
    );
    expect(Items).toHaveLength(3);
    const begun = await Promise.all([
      history.begin(domain),
      history.begin(domain),
      history.add(domain, entry('d-e4', 4)),
    ]);
    expect(begun[0]).toMatchObject({ version: 1, segments: [] });
    expect((await history.past(domain)).recent.map(({ drop }) => drop)).toEqual([
      ...['d-e1', 'd-e2', 'd-e3', 'd-e4'],
    ]);
  });

  it('takes entries into a segment at once, for one of two compactions', async () => {
    const domain = 'compacted';
    for (let day = 1; day <= 4; day++) await history.add(domain, entry(`d-k${day}`, day));
    const { version, recent } = await history.begin(domain);
    const at = '2026-02-01T00:00:00.000Z';
    const one = { version, segments: [segment('a', 3)], taken: recent.slice(0, 3), replaced: [], at };
    const done = await Promise.all([history.commit(domain, one), history.commit(domain, one)]);
    expect(done.toSorted()).toEqual([false, true]);
    expect(await history.past(domain)).toEqual({ segments: [segment('a', 3)], recent: [entry('d-k4', 4)] });
    // All of them stay resolvable.
    expect(await history.entries(domain)).toHaveLength(4);
    // One that was planned earlier and took longer is there as well.
    await history.add(domain, entry('d-k0', 1));
    expect((await history.past(domain)).recent.map(({ drop }) => drop)).toEqual(['d-k0', 'd-k4']);
    const next = await history.begin(domain);
    const all = { ...next, segments: [segment('b', 5)], taken: next.recent, replaced: next.segments, at };
    expect(await history.commit(domain, all)).toBe(true);
    expect(await history.replacedBefore(domain, at)).toEqual([]);
    const [replaced] = await history.replacedBefore(domain, '2026-02-02T00:00:00.000Z');
    expect(replaced).toMatchObject(segment('a', 3));
    await history.forget(domain, replaced!);
    expect(await history.replacedBefore(domain, '2026-02-02T00:00:00.000Z')).toEqual([]);
  });

  it('is read at the same cost with 0 and with 10,000 drops before', async () => {
    const units = async (domain: string) => {
      let sum = 0;
      const documents = localDocuments();
      const counting = Object.assign(Object.create(documents) as typeof documents, {
        send: async (command: GetCommand | QueryCommand) => {
          const answer = await documents.send(command as GetCommand);
          const { Items, Item } = answer as { readonly Items?: unknown; readonly Item?: unknown };
          sum += unitsOf(Items ?? Item);
          return answer;
        },
      });
      await new HistoryTable(counting, table).past(domain);
      return sum;
    };
    const domain = 'many';
    for (let n = 0; n < 200; n++) await history.add(domain, entry(`d-m${n}`, 1 + (n % 28)));
    const before = await units(domain);
    for (;;) {
      const { version, recent, segments } = await history.begin(domain);
      if (recent.length === 0) break;
      const drops = (segments[0]?.drops ?? 0) + Math.min(80, recent.length);
      const done = { version, segments: [segment(String(version), drops)], taken: recent.slice(0, 80) };
      await history.commit(domain, { ...done, replaced: segments, at: '2026-02-01T00:00:00.000Z' });
    }
    expect((await history.past(domain)).segments).toMatchObject([{ drops: 200 }]);
    expect(before).toBeGreaterThan(await units(domain));

    // The others as `add` leaves an entry that a segment holds: ten thousand transactions would take minutes.
    await putEntries(
      domain,
      Array.from({ length: 9_800 }, (_, n) => entry(`d-n${n}`, 1 + (n % 28))),
    );
    expect(await history.entries(domain)).toHaveLength(10_000);
    // As few segments as ever are left, each more than four times the next.
    const { version, segments: replaced } = await history.begin(domain);
    const segments = [segment('w', 7_500), segment('x', 1_800), segment('y', 400), segment('z', 300)];
    await history.commit(domain, { version, segments, taken: [], replaced, at: '2026-02-02T00:00:00.000Z' });
    expect(await history.past(domain)).toEqual({ segments, recent: [] });
    expect(await units(domain)).toBe(await units('none yet'));
    // One that is not in a segment yet is read beside them.
    await history.add(domain, entry('d-last', 28));
    expect((await history.past(domain)).recent).toEqual([entry('d-last', 28)]);
    expect(await units(domain)).toBe(await units('none yet'));
  });
});

/** Items of the very form that `add` writes under the domain's entries. */
async function putEntries(domain: string, entries: readonly HistoryEntry[]): Promise<void> {
  const documents = localDocuments();
  const { Items: [written] = [] } = await documents.send(
    new QueryCommand({
      TableName: table,
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': `history#${domain}` },
      Limit: 1,
    }),
  );
  const itemOf = (one: HistoryEntry) => ({
    pk: `history#${domain}`,
    sk: `${one.settledAt}#${one.drop}`,
    entry: one,
  });
  expect(itemOf(written!.entry as HistoryEntry)).toEqual(written);
  const batches = Array.from({ length: Math.ceil(entries.length / 25) }, (_, at) =>
    entries.slice(at * 25, at * 25 + 25),
  );
  await inParallel(batches, 8, async (batch) => {
    const RequestItems = { [table]: batch.map((one) => ({ PutRequest: { Item: itemOf(one) } })) };
    const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems }));
    expect(UnprocessedItems ?? {}).toEqual({});
  });
}
