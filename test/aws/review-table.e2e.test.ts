import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { type BlindEntry, BlindQueue } from '../../lib/aws/blind-queue.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { ReviewRefused, StaleVersion } from '../../lib/reviews/apply-review.ts';
import type { ReviewDraft, Verdict } from '../../lib/reviews/review.ts';
import { flagOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const documents = localDocuments();
let tables: string[];
let flags: FlagTable;
let chain: AuditChain;
let reviews: ReviewTable;
let queue: BlindQueue;
beforeAll(async () => {
  tables = [await makeTable('Flags'), await makeTable('Drops')];
  const [flagTable, drops] = tables as [string, string];
  flags = new FlagTable(documents, flagTable);
  chain = new AuditChain(documents, drops);
  reviews = new ReviewTable(documents, flagTable, chain);
  queue = new BlindQueue(documents, flagTable);
});
afterAll(() => Promise.all(tables.map(dropTable)));

const open = (version: number, verdict: Verdict = 'true_positive'): ReviewDraft => ({
  ...{ kind: 'open', version, verdict, reason: 'Paid to a company that was dissolved', note: null },
});
const blind = (verdict: Verdict = 'false_positive'): ReviewDraft => ({
  ...{ kind: 'blind', version: null, verdict, reason: 'A salary, as every month', note: null },
});
const at = (n: number) => `2026-03-01T00:${String(n).padStart(2, '0')}:00.000Z`;

async function putFlag(number: number, domain: string) {
  const flag = flagOf(number, { domain, severity: 'high' });
  await flags.putFlags([flag]);
  return flag;
}

function entryOf(number: number, domain: string, changes: Partial<BlindEntry> = {}): BlindEntry {
  return {
    ...{
      item: number.toString(16).padStart(32, 'b'),
      domain,
      decision: number.toString(16).padStart(32, 'd'),
    },
    ...{ recordId: `T${number}`, why: 'below_the_line', chance: 0.02, model: 'b042d3599090' },
    ...{ record: { transaction_id: `T${number}`, amount: 12.5 }, drop: 'd-1', queuedAt: at(number) },
    ...changes,
  };
}

describe('reviews of flags', () => {
  it('changes the state and the queue of a flag, and leaves the rest as it was', async () => {
    const flag = await putFlag(1, 'one');
    const made = await reviews.review(flag.flag, open(1), { by: 'ann', at: at(1) });
    expect(made).toMatchObject({ version: 2, review: { version: 1, by: 'ann', recordId: 'T1', chance: 1 } });
    expect(await flags.get(flag.flag)).toEqual({ ...flag, status: 'true_positive', version: 2 });
    const listed = async (status: 'open' | 'true_positive') =>
      (await flags.query({ scope: ['one'], status, limit: 10 })).items.map((item) => item.flag);
    expect([await listed('open'), await listed('true_positive')]).toEqual([[], [flag.flag]]);
  });

  it('keeps every review, and a flag that arrives again stays as it was reviewed', async () => {
    const flag = await putFlag(2, 'two');
    await reviews.review(flag.flag, open(1), { by: 'ann', at: at(1) });
    await reviews.review(flag.flag, open(2, 'inconclusive'), { by: 'ann', at: at(2) });
    expect(await flags.putFlags([flag])).toEqual({ new: 0, seen: 1 });
    const all = await reviews.reviewsOf(flag.flag);
    expect(all.map(({ version, verdict, at: when }) => [version, verdict, when])).toEqual([
      [1, 'true_positive', at(1)],
      [2, 'inconclusive', at(2)],
    ]);
    expect(await flags.get(flag.flag)).toMatchObject({ status: 'inconclusive', version: 3 });
  });

  it('refuses a version that no longer stands, and one that is not there yet', async () => {
    const flag = await putFlag(3, 'three');
    await reviews.review(flag.flag, open(1), { by: 'ann', at: at(1) });
    for (const version of [1, 3]) {
      const late = reviews.review(flag.flag, open(version), { by: 'ben', at: at(2) });
      await expect(late).rejects.toThrow(StaleVersion);
      await expect(late).rejects.toMatchObject({ seen: version, current: 2 });
    }
    expect(await reviews.reviewsOf(flag.flag)).toHaveLength(1);
  });

  it('takes one of eight reviews of one version at the same moment, and refuses seven', async () => {
    const flag = await putFlag(4, 'four');
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, (_, n) => reviews.review(flag.flag, open(1), { by: `p${n}`, at: at(n) })),
    );
    const refused = outcomes.filter((one) => one.status === 'rejected');
    expect(refused.map(({ reason }) => reason.name)).toEqual(Array(7).fill('StaleVersion'));
    expect(await reviews.reviewsOf(flag.flag)).toHaveLength(1);
    expect(await chain.lines('four')).toHaveLength(1);
  });

  it('is on record in the audit log, without its reason', async () => {
    const flag = await putFlag(5, 'five');
    await reviews.review(flag.flag, open(1), { by: 'ann', at: at(1) });
    const [said] = await chain.about('T5');
    expect(said).toMatchObject({
      domain: 'five',
      entry: { event: 'reviewed', actor: 'ann', data: { decision_id: flag.flag, verdict: 'true_positive' } },
    });
    expect(JSON.stringify(said)).not.toContain('dissolved');
  });

  it('answers null for a flag that is not there', async () => {
    expect(await reviews.review('0'.repeat(32), open(1), { by: 'ann', at: at(1) })).toBeNull();
    expect(await reviews.review('0'.repeat(32), blind(), { by: 'ann', at: at(1) })).toBeNull();
  });

  it('finds flags by the id of their record', async () => {
    const flag = await putFlag(6, 'six');
    const found = await flags.ofRecord('six', 'T6');
    expect(found).toEqual((await flags.query({ scope: ['six'], limit: 5 })).items);
    expect(found[0]).toMatchObject({ flag: flag.flag, severityRank: 3 });
    expect(await flags.ofRecord('one', 'T6')).toEqual([]);
  });
});

describe('blind reviews', () => {
  const ask = (domain: string, by: string, after?: string) =>
    queue.list({ domain, by, limit: 2, ...(after !== undefined && { after }) });

  it('show records, the longest waiting first, page by page, and nothing of what became of them', async () => {
    const entries = [3, 1, 2].map((n) => entryOf(n, 'queue'));
    expect(await reviews.putBlind(entries)).toEqual({ new: 3, seen: 0 });
    expect(await reviews.putBlind(entries)).toEqual({ new: 0, seen: 3 });
    const first = await ask('queue', 'ann');
    const second = await ask('queue', 'ann', first.next!);
    expect([...first.items, ...second.items]).toEqual(
      [1, 2, 3].map((n) => {
        const { item, domain, record, queuedAt } = entryOf(n, 'queue');
        return { item, domain, record, queuedAt };
      }),
    );
    expect(second.next).toBeNull();
    expect((await flags.query({ scope: ['queue'], limit: 9 })).items).toEqual([]);
    expect(await flags.get(entryOf(1, 'queue').item)).toBeNull();
  });

  it('leave the queue once reviewed, and are reported with what a label needs', async () => {
    const entry = entryOf(11, 'label');
    await reviews.putBlind([entry]);
    const made = await reviews.review(entry.item, blind(), { by: 'ann', at: at(20) });
    expect(made?.review).toEqual({
      ...{ flag: entry.decision, version: 1, kind: 'blind', verdict: 'false_positive' },
      ...{ reason: 'A salary, as every month', note: null, by: 'ann', at: at(20) },
      ...{ domain: 'label', recordId: 'T11', why: 'below_the_line', chance: 0.02 },
      ...{ model: entry.model, drop: 'd-1', raisedAt: at(11), salt: expect.any(String) },
    });
    expect((await ask('label', 'ben')).items).toEqual([]);
    expect(await reviews.putBlind([entry])).toEqual({ new: 0, seen: 1 });
    expect((await ask('label', 'ben')).items).toEqual([]);
  });

  it('are for someone who has not seen the score: a second opinion is by a second person', async () => {
    const flag = await putFlag(21, 'second');
    const entry = entryOf(21, 'second', { decision: flag.flag, why: 'second_opinion', chance: 1 });
    await reviews.putBlind([entry]);
    await reviews.review(flag.flag, open(1), { by: 'ann', at: at(1) });
    expect((await ask('second', 'ann')).items).toEqual([]);
    expect((await ask('second', 'ben')).items).toHaveLength(1);
    await expect(reviews.review(entry.item, blind(), { by: 'ann', at: at(2) })).rejects.toThrow(
      ReviewRefused,
    );
    await reviews.review(entry.item, blind(), { by: 'ben', at: at(3) });
    expect(await flags.get(flag.flag)).toMatchObject({ status: 'true_positive', version: 2 });
    const listed = await reviews.reviewedSince('second', at(0));
    expect(listed.map(({ flag: decision, kind, by, why }) => [decision, kind, by, why])).toEqual([
      [flag.flag, 'open', 'ann', 'flag'],
      [flag.flag, 'blind', 'ben', 'second_opinion'],
    ]);
  });

  it('follow each other where two people give them at once', async () => {
    const entry = entryOf(31, 'both');
    await reviews.putBlind([entry]);
    const made = await Promise.all(
      ['ann', 'ben'].map((by) => reviews.review(entry.item, blind(), { by, at: at(40) })),
    );
    expect(made.map((one) => one?.review.version).toSorted()).toEqual([1, 2]);
  });
});

describe('reviewedSince', () => {
  it('lists the reviews of a domain from a moment on, in their order', async () => {
    const made = await Promise.all([41, 42, 43].map((n) => putFlag(n, 'since')));
    for (const [n, { flag }] of made.entries())
      await reviews.review(flag, open(1), { by: 'ann', at: at(50 - n) });
    const since = async (from: string) =>
      (await reviews.reviewedSince('since', from)).map(({ at: when }) => when);
    expect(await since('1970')).toEqual([at(48), at(49), at(50)]);
    expect(await since(at(49))).toEqual([at(49), at(50)]);
    expect(await since('2026-04-01')).toEqual([]);
  });
});
