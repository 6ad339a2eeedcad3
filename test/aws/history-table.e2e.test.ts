import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryTable } from '../../lib/aws/history-table.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

interface Entry {
  readonly drop: string;
  readonly settledAt: string;
  readonly rows: number;
}

let table: string;
let history: HistoryTable<Entry>;
beforeAll(async () => {
  table = await makeTable('Drops');
  history = new HistoryTable(localDocuments(), table);
});
afterAll(() => dropTable(table));

const entry = (drop: string, day: number): Entry => ({
  drop,
  settledAt: `2026-01-${String(day).padStart(2, '0')}T00:00:00.000Z`,
  rows: day,
});

describe('HistoryTable', () => {
  it('gives the entries of a domain in order of settling, and those before a moment', async () => {
    for (const one of [entry('d-c', 3), entry('d-a', 1), entry('d-b', 2)]) await history.add('finance', one);
    await history.add('pharma', entry('d-p', 1));
    expect(await history.entries('finance')).toEqual([entry('d-a', 1), entry('d-b', 2), entry('d-c', 3)]);
    expect(await history.entries('finance', entry('', 3).settledAt)).toEqual([
      entry('d-a', 1),
      entry('d-b', 2),
    ]);
    expect(await history.entries('nothing')).toEqual([]);
  });

  it('holds a drop once, as it was first added, even when it is settled again at another time', async () => {
    expect(await history.add('twice', entry('d-t', 5))).toBe(true);
    expect(await history.add('twice', entry('d-t', 5))).toBe(false);
    expect(await history.add('twice', entry('d-t', 9))).toBe(false);
    expect(await history.entries('twice')).toEqual([entry('d-t', 5)]);
  });

  it('adds a drop once when two functions add it at the same time', async () => {
    const added = await Promise.all(Array.from({ length: 8 }, () => history.add('race', entry('d-r', 1))));
    expect(added.filter(Boolean)).toHaveLength(1);
    expect(await history.entries('race')).toHaveLength(1);
  });
});
