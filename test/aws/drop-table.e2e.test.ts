import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DropTable } from '../../lib/aws/drop-table.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

let table: string;
let drops: DropTable;
let clock = Date.parse('2026-03-01T00:00:00Z');

beforeAll(async () => {
  table = await makeTable('Drops');
  drops = new DropTable(localDocuments(), table, () => clock++);
});
afterAll(() => dropTable(table));

const summary = { received: 10, scored: 9, rejected: 1, flagged: 2, unexplained: 0 };
let made = 0;

function newDrop(domain = 'finance'): DropRef {
  const number = made++;
  return {
    id: `d-${String(number).padStart(20, '0')}`,
    domain,
    bucket: 'drops',
    key: `drops/${domain}/file-${number}.csv`,
    version: `v${number}`,
    bytes: 1_000,
    receivedAt: new Date(Date.UTC(2026, 1, 1) + number * 1_000).toISOString(),
  };
}

async function statusOf(id: string): Promise<DropStatus> {
  return (await drops.get(id))!;
}

describe('DropTable', () => {
  it('follows a drop from its arrival to its end', async () => {
    const { bucket, ...drop } = newDrop();
    expect(await drops.receive({ ...drop, bucket }, 1)).toBe(true);
    expect(await statusOf(drop.id)).toEqual({
      ...drop,
      state: 'received',
      updatedAt: expect.any(String),
      attempt: 1,
      by: null,
      model: null,
      progress: null,
      summary: null,
      warnings: [],
      reason: null,
      results: null,
      waiting: null,
    });
    expect(await drops.planned(drop.id, 'm1', 3)).toBe(true);
    expect(await drops.state(drop.id, 'scoring')).toBe(true);
    for (const part of [0, 2, 2, 0]) await drops.scoredPart(drop.id, part);
    expect(await statusOf(drop.id)).toMatchObject({
      state: 'scoring',
      model: 'm1',
      progress: { scored: 2, of: 3 },
    });
    const warnings = ['file.csv: column "note" is not there; it is taken as missing in every record'];
    expect(await drops.done(drop.id, summary, 'results/1', warnings)).toBe(true);
    expect(await statusOf(drop.id)).toMatchObject({
      state: 'done',
      summary,
      warnings,
      results: 'results/1',
      progress: { scored: 3, of: 3 },
    });
  });

  it('never goes backwards: what comes late or twice changes nothing', async () => {
    const drop = newDrop();
    await drops.receive(drop, 1);
    await drops.planned(drop.id, 'm1', 1);
    expect(await drops.state(drop.id, 'finishing')).toBe(true);
    const finishing = await statusOf(drop.id);
    expect(await drops.receive(drop, 1)).toBe(false);
    expect(await drops.planned(drop.id, 'm2', 9)).toBe(false);
    expect(await drops.state(drop.id, 'reading')).toBe(false);
    expect(await drops.state(drop.id, 'finishing')).toBe(false);
    expect(await statusOf(drop.id)).toEqual(finishing);
    await drops.done(drop.id, summary, 'r');
    expect(await drops.failed(drop.id, { reason: 'late' }, 1)).toBe(false);
    expect(await drops.receive(drop, 2)).toBe(false);
    expect((await statusOf(drop.id)).state).toBe('done');
  });

  it('takes a failed drop up again by a later attempt only, from its beginning', async () => {
    const drop = newDrop();
    await drops.receive(drop, 1);
    await drops.planned(drop.id, 'm1', 4);
    await drops.scoredPart(drop.id, 1);
    expect(await drops.failed(drop.id, { reason: 'the file has no header' }, 1)).toBe(true);
    expect(await statusOf(drop.id)).toMatchObject({ state: 'failed', reason: 'the file has no header' });
    expect(await drops.done(drop.id, summary, 'r')).toBe(false);
    expect(await drops.receive(drop, 1)).toBe(false);
    expect(await drops.receive(drop, 2)).toBe(true);
    expect(await statusOf(drop.id)).toMatchObject({
      state: 'received',
      attempt: 2,
      reason: null,
      progress: null,
    });
  });

  it('keeps what is sealed of an erasable drop beside what anyone may read', async () => {
    const drop = { ...newDrop(), sealedKey: 'a sealed key' };
    await drops.receive(drop, 1);
    expect(await statusOf(drop.id)).toMatchObject({ sealed: { key: 'a sealed key', words: null } });
    await drops.failed(drop.id, { reason: 'line 3', sealedWords: 'sealed words' }, 1);
    expect(await statusOf(drop.id)).toMatchObject({
      reason: 'line 3',
      sealed: { key: 'a sealed key', words: 'sealed words' },
    });
  });

  it('goes on with an attempt that a stop left open, and is not ended by the one before', async () => {
    const drop = newDrop();
    await drops.receive(drop, 1);
    await drops.state(drop.id, 'scoring');
    expect(await drops.receive(drop, 2)).toBe(true);
    expect(await drops.failed(drop.id, { reason: 'late' }, 1)).toBe(false);
    expect(await statusOf(drop.id)).toMatchObject({ state: 'received', attempt: 2 });
    expect(await drops.failed(drop.id, { reason: 'of its own' }, 2)).toBe(true);
  });

  it('does nothing for a drop that it does not know', async () => {
    expect(await drops.state('d-unknown', 'scoring')).toBe(false);
    await expect(drops.scoredPart('d-unknown', 1)).rejects.toThrow('ConditionalCheckFailed');
    expect(await drops.get('d-unknown')).toBeNull();
  });

  it('lists the newest first, of all domains or one, page by page, and nothing but drops', async () => {
    const pharma = Array.from({ length: 7 }, () => newDrop('pharma'));
    for (const drop of pharma) await drops.receive(drop, 1);
    const newest = pharma.map((drop) => drop.id).reverse();
    const pages: string[][] = [];
    let before: string | undefined;
    do {
      const page = await drops.list({ scope: ['pharma'], limit: 3, ...(before !== undefined && { before }) });
      pages.push(page.items.map((item) => item.id));
      before = page.next ?? undefined;
    } while (before !== undefined);
    expect(pages).toEqual([newest.slice(0, 3), newest.slice(3, 6), newest.slice(6)]);
    const all = await drops.list({ scope: 'all', limit: 100 });
    expect(all.items.map((item) => item.id).slice(0, 7)).toEqual(newest);
    expect(all.items).toHaveLength(made);
    expect(all.next).toBeNull();
  });
});
