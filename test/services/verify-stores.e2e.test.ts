/** Flags and reviews of a stack's tables, tampered with row by row, against the logs that prove them. */

import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseEntry } from '../../lib/audit/audit-entry.ts';
import { AuditLog } from '../../lib/audit/audit-log.ts';
import { AttachmentTable } from '../../lib/aws/attachment-table.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import type { BlindEntry } from '../../lib/aws/blind-queue.ts';
import { CaseDesk } from '../../lib/aws/case-desk.ts';
import { openFlagKey } from '../../lib/aws/case-keys.ts';
import { CaseTable } from '../../lib/aws/case-table.ts';
import { DeferredWrites } from '../../lib/aws/deferred-writes.ts';
import { DueDrops } from '../../lib/aws/due-drops.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { caseIdOf } from '../../lib/cases/case.ts';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { sealOf } from '../../lib/drops/sealed-drop.ts';
import { MissingObject } from '../../lib/object-store.ts';
import type { ReviewDraft } from '../../lib/reviews/review.ts';
import { type StoreSources, verifyStores } from '../../lib/services/verify-stores.ts';
import { runAssayHere } from '../helpers/command-line.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { makeBus, makeWaitingMachine } from '../helpers/local-events.ts';
import { makeStack } from '../helpers/local-stack.ts';

const documents = localDocuments();
const logs = new Map<string, Buffer>();
const at = (n: number) => new Date(Date.UTC(2026, 2, 1) + n * 1_000).toISOString();
let tables: { flags: string; drops: string };
let table: FlagTable;
let chain: AuditChain;
let reviews: ReviewTable;
let numbers = 0;

beforeAll(async () => {
  tables = { flags: await makeTable('Flags'), drops: await makeTable('Drops') };
  table = new FlagTable(documents, tables.flags);
  chain = new AuditChain(documents, tables.drops);
  reviews = new ReviewTable(documents, tables.flags, chain);
}, 60_000);
afterAll(() => Promise.all(Object.values(tables).map(dropTable)));

const open = (version: number, verdict: ReviewDraft['verdict'] = 'true_positive'): ReviewDraft => ({
  ...{ kind: 'open', version, verdict, reason: 'Paid to a company that was dissolved', note: null },
});

/** A drop with its log; `isDone`: the log of the domain names it. */
async function drop(
  domain: string,
  name: string,
  flags: readonly FlagItem[],
  isDone = true,
  sealed = 0,
): Promise<void> {
  let text = '';
  const log = new AuditLog((line) => {
    text += line;
  });
  for (const { flag, record_id, score, explanation } of flags)
    log.append({
      ...{ event: 'flagged', actor: 'assay', subject: record_id },
      data: { decision_id: flag, record_id, score, sha256: hash('sha256', explanation!) },
    });
  log.seal('assay', `run of ${domain}`, {});
  logs.set(`${domain}/${name}/audit.jsonl`, Buffer.from(text));
  const lines = flags.map(({ explanation }) => `${explanation}\n`).join('');
  logs.set(`results/${domain}/${name}/explanations.jsonl`, Buffer.from(lines));
  await table.putFlags(flags);
  const due = new DueDrops(documents, tables.drops);
  await due.note(sealOf({ id: name, domain }, log, new Date(at(sealed))));
  if (isDone) await due.take(domain, chain);
}

type Six = readonly [FlagItem, FlagItem, FlagItem, FlagItem, FlagItem, FlagItem, ...FlagItem[]];

interface Domain {
  readonly domain: string;
  readonly drop: string;
  readonly flags: readonly FlagItem[];
}

async function domainWith(count: number, isDone = true): Promise<Domain> {
  const domain = `stores${numbers}`;
  const name = `d-${domain}`;
  const flags = Array.from({ length: count }, () =>
    flagOf(numbers++, { domain, drop: name, entity: 'E1', severity: 'high' }),
  );
  await drop(domain, name, flags, isDone);
  return { domain, drop: name, flags };
}

const sources = (): StoreSources => ({
  ...{ flags: table, reviews, entries: async () => [], now: () => Date.parse(at(60)) },
  cases: new CaseTable(documents, tables.flags),
  attachments: new AttachmentTable(documents, tables.flags, chain),
  unfinishedFlags: () => new DeferredWrites(documents, tables.drops).flags(),
  audit: { readBytes: async (key) => logs.get(key) ?? null },
  results: {
    read: async (key) => {
      const bytes = logs.get(key);
      if (bytes === undefined) throw new MissingObject(`there is no object ${key}`);
      return Readable.from([bytes]);
    },
  },
});

async function entriesOf(domain: string) {
  return (await chain.lines(domain)).map(({ line }) => parseEntry(line).entry!);
}

async function verify(domain: string, more: Partial<StoreSources> = {}) {
  const entries = await entriesOf(domain);
  return await verifyStores({ ...sources(), entries: () => entriesOf(domain), ...more }, domain, entries);
}

/** Each problem as `kind message`. */
const problemsOf = async (domain: string) =>
  (await verify(domain)).problems.map(({ kind, message }) => `${kind} ${message}`);

/** What someone with the rights of an administrator does to a row. */
async function change(
  { flag }: Pick<FlagItem, 'flag'>,
  item: string,
  set: Record<string, unknown>,
): Promise<void> {
  const names = Object.keys(set);
  const update: UpdateCommandInput = {
    ...{ TableName: tables.flags, Key: { flag, item } },
    UpdateExpression: `SET ${names.map((_, n) => `#n${n} = :v${n}`).join(', ')}`,
    ExpressionAttributeNames: Object.fromEntries(names.map((name, n) => [`#n${n}`, name])),
    ExpressionAttributeValues: Object.fromEntries(names.map((name, n) => [`:v${n}`, set[name]])),
  };
  await documents.send(new UpdateCommand(update));
}

/** A verdict on all of them that needs several transactions, and ends after so many of those that follow its own. */
async function verdictThatEnds(domain: string, flags: readonly FlagItem[], after = 99): Promise<void> {
  const client = localDocuments();
  const send = client.send.bind(client);
  let transactions = 0;
  client.send = (async (command: never) => {
    const isOne = (command as object) instanceof TransactWriteCommand;
    if (isOne && transactions++ > after) throw new Error('the function has ended');
    return await send(command);
  }) as typeof client.send;
  const audit = new AuditChain(client, tables.drops, undefined, 12);
  await new ReviewTable(client, tables.flags, audit).reviewFlags({
    flags: flags.map(({ flag }) => ({ id: flag, version: 1 })),
    draft: { verdict: 'false_positive', reason: 'A salary', note: null },
    ...{ reviewer: { by: 'ann', at: at(1) }, terms: { fourEyes: null } },
    caseId: caseIdOf(domain, 'E1', ''),
  });
}

const openRowOf = ({ flag, severityRank, score }: FlagItem) =>
  openFlagKey('', severityRank, score, flag).item;

const remove = ({ flag }: Pick<FlagItem, 'flag'>, item: string) =>
  documents.send(new DeleteCommand({ TableName: tables.flags, Key: { flag, item } }));

describe('flags and reviews in the tables', () => {
  it('are as the logs have them after all that people do with them', async () => {
    const { domain, flags } = await domainWith(6);
    const [a, b, c, d] = flags as [FlagItem, FlagItem, FlagItem, FlagItem];
    await reviews.review(a.flag, open(1), { by: 'ann', at: at(1) });
    await reviews.review(a.flag, open(2, 'inconclusive'), { by: 'ben', at: at(2) });
    // Two people close it.
    for (const [n, by] of ['ann', 'ben'].entries())
      await reviews.review(b.flag, open(1 + n), { by, at: at(3 + n) }, { fourEyes: 'high' });
    const { review } = (await reviews.review(c.flag, open(1), { by: 'ann', at: at(5) }))!;
    await reviews.withdraw(review.id!, { by: 'ann', at: at(6) });
    await reviews.review(d.flag, open(1), { by: 'ann', at: at(7) }, { fourEyes: 'high' });
    await reviews.reviewFlags({
      flags: flags.slice(4).map(({ flag }) => ({ id: flag, version: 1 })),
      draft: { verdict: 'false_positive', reason: 'A salary', note: null },
      ...{
        reviewer: { by: 'ann', at: at(8) },
        terms: { fourEyes: null },
        caseId: caseIdOf(domain, 'E1', ''),
      },
    });
    const blind: BlindEntry = {
      ...{ item: 'b'.repeat(32), domain, decision: a.flag, recordId: a.record_id, why: 'second_opinion' },
      ...{ chance: 1, model: a.model, record: {}, drop: a.drop, queuedAt: at(0) },
    };
    await reviews.putBlind([blind]);
    const second: ReviewDraft = { ...open(0), kind: 'blind', version: null };
    await reviews.review(blind.item, second, { by: 'cyn', at: at(9) });
    expect(await verify(domain)).toEqual({ flags: 6, cases: 1, reviews: 9, changing: 0, problems: [] });
    await change({ flag: blind.item }, 'review#00001', { verdict: 'false_positive' });
    expect(await problemsOf(domain)).toEqual([expect.stringMatching(/^mismatch verdict false_positive/)]);
    await change({ flag: blind.item }, 'review#00001', { verdict: 'true_positive', chance: 0.5 });
    await change(a, 'review#00001', { reason: 'All is well' });
    await change(flags[5]!, 'review#00001', { note: 'Seen the papers' });
    const hashed = /^mismatch its reason.* is not what entry (\d) has the hash of$/;
    const named = (await problemsOf(domain)).map((one) => hashed.exec(one)?.[1]);
    expect(named.toSorted()).toEqual(['1', '8', '9']);
  });

  it('are named where a flag was closed, changed, taken out, added, hidden or put under another drop', async () => {
    const { domain, flags } = await domainWith(7);
    const [a, b, c, d, e, f] = flags as Six;
    await change(a, 'flag', { status: 'false_positive', version: 2, queue: 'gone' });
    await change(b, 'flag', { reasons: ['Nothing to see here'] });
    await change(c, 'flag', { explanation: c.explanation!.replace('branch', 'web') });
    await remove(d, 'flag');
    await change(e, 'flag', { drop: 'd-other#0' });
    await documents.send(
      new UpdateCommand({
        ...{
          TableName: tables.flags,
          Key: { flag: f.flag, item: 'flag' },
          UpdateExpression: 'REMOVE #queue',
        },
        ExpressionAttributeNames: { '#queue': 'queue' },
      }),
    );
    const { Item } = await documents.send(
      new GetCommand({ TableName: tables.flags, Key: { flag: b.flag, item: 'flag' } }),
    );
    const forged = 'f'.repeat(32);
    await documents.send(new PutCommand({ TableName: tables.flags, Item: { ...Item, flag: forged } }));
    const { problems, flags: count } = await verify(domain);
    const kinds = (id: string) =>
      problems.filter(({ where }) => where === `flag ${id}`).map(({ kind }) => kind);
    expect(kinds(a.flag)).toEqual(['mismatch', 'mismatch', 'mismatch']);
    expect([b, c].map(({ flag }) => kinds(flag))).toEqual([['mismatch'], ['mismatch']]);
    expect([d, e, f].map(({ flag }) => kinds(flag))).toEqual([['missing'], ['inserted'], ['mismatch']]);
    expect(kinds(forged)).toEqual(['inserted']);
    expect(problems.filter(({ where }) => where === `flag ${flags[6]!.flag}`)).toEqual([]);
    expect(count).toBe(5);
  });

  it('are named where a review was changed, taken out of table or index, or added', async () => {
    const { domain, flags } = await domainWith(4);
    for (const [n, { flag }] of flags.entries())
      await reviews.review(flag, open(1), { by: 'ann', at: at(n) });
    expect(await problemsOf(domain)).toEqual([]);
    const [a, b, c, d] = flags as [FlagItem, FlagItem, FlagItem, FlagItem];
    await change(a, 'review#00001', { verdict: 'false_positive' });
    await remove(b, 'review#00001');
    // Retraining would not see it.
    await change(c, 'review#00001', { reviewed: 'elsewhere' });
    const { Item } = await documents.send(
      new GetCommand({ TableName: tables.flags, Key: { flag: d.flag, item: 'review#00001' } }),
    );
    const more = { item: 'review#00002', place: 2, reviewed_at: `${at(9)}#${d.flag}#00002` };
    await documents.send(new PutCommand({ TableName: tables.flags, Item: { ...Item, ...more } }));
    // In no list of reviews, but on its flag.
    const {
      reviewed: _,
      reviewed_at: __,
      ...unlisted
    } = { ...Item, item: 'review#00003', place: 3 } as Record<string, unknown>;
    await documents.send(new PutCommand({ TableName: tables.flags, Item: unlisted }));
    const found = (await verify(domain)).problems.map(({ where, kind }) => `${kind} ${where}`);
    expect(found.toSorted()).toEqual(
      [
        `inserted flag ${d.flag}, review 2`,
        `inserted flag ${d.flag}, review 3`,
        `mismatch flag ${a.flag}, review 1`,
        `missing flag ${b.flag}, review 1`,
        `missing flag ${c.flag}, review 1`,
      ].toSorted(),
    );
  });

  it('are named where one was put into another list than that of its status, entity or record', async () => {
    const { domain, flags } = await domainWith(6);
    const [a, b, c, d, e, f] = flags as Six;
    // A list of what is open does not see it; a list without a status still does.
    await change(a, 'flag', { queue: `${domain}#false_positive#3#0` });
    await change(b, 'flag', { rank: `0000000000#${b.flag}` });
    await change(c, 'flag', { entity_key: `${domain}#E2#0` });
    await change(d, 'flag', { record_key: `${domain}#another` });
    // As an earlier version wrote it.
    await change(e, 'flag', { queue: `${domain}#open#3`, entity_key: `${domain}#E1` });
    await reviews.review(f.flag, open(1), { by: 'ann', at: at(1) });
    const found = (await verify(domain)).problems.map(({ where, kind }) => `${kind} ${where}`);
    const odd = [a, b, c, d].map(({ flag }) => `mismatch flag ${flag}`);
    expect(found.toSorted()).toEqual(odd.toSorted());
  });

  it('that someone reviews while their reviews are read last are left out', async () => {
    const { domain, flags } = await domainWith(1);
    let isReviewed = false;
    const reviewsOf = async (flag: string) => {
      if (!isReviewed) await reviews.review(flags[0]!.flag, open(1), { by: 'ann', at: at(1) });
      isReviewed = true;
      return await reviews.reviewsOf(flag);
    };
    const reviewedSince = (of: string, from: string) => reviews.reviewedSince(of, from);
    expect((await verify(domain, { reviews: { reviewsOf, reviewedSince } })).problems).toEqual([]);
  });

  it('of a drop that is not done yet are held against its own log', async () => {
    const { domain, flags } = await domainWith(2, false);
    expect(await verify(domain)).toMatchObject({ flags: 2, problems: [] });
    await change(flags[0]!, 'flag', { score: 0.99 });
    expect(await problemsOf(domain)).toEqual([expect.stringMatching(/^mismatch score 0.99 in the table/)]);
  });

  it('are named where an explanation was taken out of the table, with what was changed beside it', async () => {
    const { domain, flags, drop: name } = await domainWith(2);
    await change(flags[0]!, 'flag', { explanation: null, reasons: ['Nothing to see here'] });
    expect(await problemsOf(domain)).toEqual([
      'mismatch its explanation was taken out of the table',
      expect.stringMatching(/^mismatch reasons Nothing to see here in the table; its explanation says/),
    ]);
    logs.delete(`results/${domain}/${name}/explanations.jsonl`);
    expect(await problemsOf(domain)).toEqual([expect.stringMatching(/^missing its explanation is neither/)]);
  });

  it('are read again where a list does not show them yet', async () => {
    const { domain } = await domainWith(2);
    let reads = 0;
    const query: FlagTable['query'] = async (of) => {
      const page = await table.query(of);
      return reads++ === 0 ? { ...page, items: [] } : page;
    };
    const flags = {
      getAll: (ids: readonly string[]) => table.getAll(ids),
      ...{ stored: (ids: readonly string[]) => table.stored(ids), query },
    };
    expect(await verify(domain, { flags })).toMatchObject({ flags: 2, problems: [] });
    expect(reads).toBe(2);
  });

  it('that a later drop raised again stay with the drop that raised them first', async () => {
    const { domain, flags } = await domainWith(2);
    const again = flags.map((one) => ({ ...one, drop: 'd-again', explanation: `${one.explanation} ` }));
    await drop(domain, 'd-again', again);
    expect(await verify(domain)).toMatchObject({ flags: 2, problems: [] });
  });

  it('that people change while they are checked are left out, and counted', async () => {
    const { domain, flags } = await domainWith(2);
    const readBytes = async (key: string) => {
      await reviews.review(flags[0]!.flag, open(1), { by: 'ann', at: at(1) });
      return logs.get(key) ?? null;
    };
    // The flag, and its case.
    expect(await verify(domain, { audit: { readBytes } })).toMatchObject({ changing: 2, problems: [] });
    expect(await verify(domain)).toMatchObject({ changing: 0, problems: [] });
  });

  it('that wait for the rest of a verdict on many are left out for an hour, and whole once it is carried out', async () => {
    const { domain, flags } = await domainWith(8);
    await verdictThatEnds(domain, flags, 0);
    const whole = await verify(domain);
    expect(whole.problems).toEqual([]);
    expect(whole.changing).toBeGreaterThan(0);
    const anHourLater = await verify(domain, { now: () => Date.parse(at(3_700)) });
    expect(anHourLater.problems.map(({ where }) => where)).toContain(`flag ${flags[0]!.flag}`);
    await new DeferredWrites(documents, tables.drops).carryOutAll();
    expect(await verify(domain)).toMatchObject({ changing: 0, problems: [] });
  });

  it('are looked at where a write waits that is not the one that the act left to them', async () => {
    const { domain, flags } = await domainWith(8);
    await verdictThatEnds(domain, flags);
    await change(flags[0]!, 'flag', { status: 'true_positive' });
    const seq = String((await entriesOf(domain)).length - 1).padStart(12, '0');
    const Key = { pk: 'deferred', sk: `${caseIdOf(domain, 'E1', '')}#${seq}#000` };
    const writes = [{ Update: { TableName: tables.flags, Key: { flag: flags[0]!.flag, item: 'flag' } } }];
    await documents.send(new PutCommand({ TableName: tables.drops, Item: { ...Key, writes } }));
    expect((await verify(domain)).problems.map(({ where }) => where)).toContain(`flag ${flags[0]!.flag}`);
    await documents.send(new DeleteCommand({ TableName: tables.drops, Key }));
  });

  it('are looked at where a write waits that no act of the log left to them', async () => {
    const { domain, flags } = await domainWith(2);
    await reviews.review(flags[1]!.flag, open(1), { by: 'ann', at: at(1) });
    await change(flags[0]!, 'flag', { status: 'false_positive', version: 2 });
    const writes = [{ Update: { TableName: tables.flags, Key: { flag: flags[0]!.flag, item: 'flag' } } }];
    // One that names the review of another flag, and one that names no entry.
    const planted = ['case#000000000001#000', 'case#000000000099#000'].map((sk) => ({ pk: 'deferred', sk }));
    for (const key of planted)
      await documents.send(new PutCommand({ TableName: tables.drops, Item: { ...key, writes } }));
    expect((await verify(domain)).problems.map(({ where }) => where)).toContain(`flag ${flags[0]!.flag}`);
    for (const Key of planted) await documents.send(new DeleteCommand({ TableName: tables.drops, Key }));
  });

  it('that an act of an earlier version left a write to are left out; one that left none says so', async () => {
    const { domain, flags } = await domainWith(1);
    const [{ flag }] = flags as readonly [FlagItem];
    await reviews.review(flag, open(1), { by: 'ann', at: at(1) });
    await change({ flag }, 'flag', { status: 'false_positive' });
    const entries = await entriesOf(domain);
    const last = entries.at(-1)!;
    const unfinishedFlags = async () => [{ flag, seq: last.seq, piece: 'its' }];
    const problemsWith = async (data: (typeof last)['data']) => {
      const log = [...entries.slice(0, -1), { ...last, data }];
      const found = await verifyStores(
        { ...sources(), unfinishedFlags, entries: async () => log },
        domain,
        log,
      );
      return found.problems.map(({ where }) => where);
    };
    expect(await problemsWith(last.data)).toContain(`flag ${flag}`);
    const { row: _, in_case: __, ...early } = last.data;
    expect(await problemsWith(early)).toEqual([]);
  });

  it('that a verdict reached while their reviews were read are left out', async () => {
    const { domain, flags } = await domainWith(2);
    await reviews.review(flags[0]!.flag, open(1), { by: 'ann', at: at(1) });
    const entries = await entriesOf(domain);
    const one = { flag: flags[0]!.flag, seq: entries.length - 1, piece: 'its' };
    const row = { flag: one.flag, item: 'review#00001' };
    const { Item } = await documents.send(new GetCommand({ TableName: tables.flags, Key: row }));
    await remove(flags[0]!, row.item);
    let waits = true;
    const last = entries.at(-1)!;
    const left = [...entries.slice(0, -1), { ...last, data: { ...last.data, deferred: ['its'] } }];
    const found = await verify(domain, {
      unfinishedFlags: async () => (waits ? [one] : []),
      entries: async () => left,
      audit: {
        readBytes: async (key) => {
          waits = false;
          await documents.send(new PutCommand({ TableName: tables.flags, Item: { ...Item } }));
          return logs.get(key) ?? null;
        },
      },
    });
    expect(found).toMatchObject({ changing: 1, problems: [] });
  });
});

describe('cases in the table', () => {
  const acts = () => new CaseDesk(documents, tables.flags, chain);
  const idOf = ({ domain }: Domain) => caseIdOf(domain, 'E1', '');

  it('are as their flags and the log have them, whatever people do with them', async () => {
    const own = await domainWith(3);
    const id = idOf(own);
    const ann = (n: number) => ({ by: 'ann', at: at(n) });
    const steps = [
      () => acts().act(id, { act: 'assign', assignee: 'ann' }, ann(1)),
      () => acts().act(id, { act: 'claim', holdSeconds: 60 }, ann(2)),
      () => acts().act(id, { act: 'snooze', until: at(9_000), reason: 'Waits for papers' }, ann(3)),
      () => reviews.review(own.flags[0]!.flag, open(1), ann(4)),
      () => acts().act(id, { act: 'escalate', reason: 'Large' }, ann(5)),
      () => acts().act(id, { act: 'reopen', reason: 'Seen' }, ann(6)),
      () => reviews.review(own.flags[1]!.flag, open(1), ann(7)),
      () => reviews.review(own.flags[2]!.flag, open(1), ann(8)),
      () =>
        drop(own.domain, `${own.drop}-2`, [
          flagOf(numbers++, { domain: own.domain, drop: `${own.drop}-2`, entity: 'E1' }),
        ]),
    ];
    for (const [n, step] of steps.entries()) {
      await step();
      if (n % 3 === 2) expect([n, (await verify(own.domain)).problems]).toEqual([n, []]);
    }
  });

  it('are named where what was done before they closed, or before a flag woke them, counts again', async () => {
    const [closed, woken] = [await domainWith(1), await domainWith(1)];
    const later = ({ domain, drop: name }: Domain) =>
      drop(domain, `${name}-2`, [flagOf(numbers++, { domain, drop: `${name}-2`, entity: 'E1' })], true, 900);
    for (const one of [closed, woken])
      await acts().act(
        idOf(one),
        { act: 'snooze', until: at(9_000), reason: 'Waits' },
        { by: 'ann', at: at(1) },
      );
    await reviews.review(closed.flags[0]!.flag, open(1), { by: 'ann', at: at(2) });
    for (const one of [closed, woken]) await later(one);
    for (const one of [closed, woken]) expect((await verify(one.domain)).problems).toEqual([]);
    for (const one of [closed, woken])
      await change({ flag: idOf(one) }, 'case', { status: 'snoozed', snoozedUntil: at(9_000) });
    expect(await problemsOf(closed.domain)).toContain(
      `mismatch snoozed until ${at(9_000)} in the table; the logs say nothing`,
    );
    expect(await problemsOf(woken.domain)).toContainEqual(
      expect.stringMatching(/^mismatch it is snoozed in the table; flag \S+ came since and woke it/),
    );
  });

  it('are named where their history was changed, cut or added to', async () => {
    const one = await domainWith(2);
    const id = idOf(one);
    const ann = (n: number) => ({ by: 'ann', at: at(n) });
    await acts().act(id, { act: 'escalate', reason: 'Large' }, ann(1));
    await acts().act(id, { act: 'reopen', reason: 'Seen' }, ann(2));
    await reviews.review(one.flags[0]!.flag, open(1), ann(3));
    const rowAt = (n: number, version: number) => `act#${at(n)}#${String(version).padStart(8, '0')}`;
    expect(await problemsOf(one.domain)).toEqual([]);
    await change({ flag: id }, rowAt(1, 2), { reason: 'Nothing' });
    await remove({ flag: id }, rowAt(2, 3));
    await change({ flag: id }, rowAt(3, 4), { verdict: 'false_positive' });
    const Item = { flag: id, item: rowAt(4, 9), act: 'review', by: 'eve', at: at(4), version: 9 };
    await documents.send(new PutCommand({ TableName: tables.flags, Item }));
    expect(await problemsOf(one.domain)).toEqual([
      'mismatch what its history says of the act of entry 1, or the reason, was changed',
      'mismatch its history lacks the act of entry 2',
      'mismatch what its history says of the act of entry 3, or the reason, was changed',
      `mismatch its history has "review" by eve at ${at(4)}; no entry does`,
    ]);
  });

  it('are left out, and counted, where someone acts on one or reviews its flag after the log was read', async () => {
    const claimed = await domainWith(1);
    let entries = await entriesOf(claimed.domain);
    const later = () => entriesOf(claimed.domain);
    await acts().act(idOf(claimed), { act: 'claim', holdSeconds: 60 }, { by: 'ann', at: at(1) });
    const whole = await verifyStores({ ...sources(), entries: later }, claimed.domain, entries);
    expect(whole).toMatchObject({ changing: 1, problems: [] });
    const { domain, flags } = await domainWith(2);
    entries = await entriesOf(domain);
    await reviews.review(flags[0]!.flag, open(1), { by: 'ann', at: at(1) });
    const found = await verifyStores(
      { ...sources(), entries: () => entriesOf(domain) },
      ...([domain, entries] as const),
    );
    expect(found.problems).toEqual([]);
  });

  it('are named where one was closed, put to sleep, held, given away, moved down, hidden, taken out or made up', async () => {
    const changes = {
      closed: { status: 'closed' },
      snoozed: { status: 'snoozed', snoozedUntil: at(9_000) },
      escalated: { status: 'escalated' },
      held: { hold: { by: 'eve', until: at(9_000) } },
      assigned: { assignee: 'eve' },
      counted: { openFlags: 2 },
      'moved down': { case_rank: '0' },
      hidden: { case_queue: 'nowhere' },
    };
    const domain = `stores${numbers}`;
    const own = [...Object.keys(changes), 'shown', 'next', 'taken out', 'unlisted'].map((entity) =>
      flagOf(numbers++, { domain, drop: `d-${domain}`, entity }),
    );
    await drop(domain, `d-${domain}`, own);
    expect(await problemsOf(domain)).toEqual([]);
    const idOf = (entity: string) => caseIdOf(domain, entity, '');
    for (const [name, set] of Object.entries(changes)) await change({ flag: idOf(name) }, 'case', set);
    const rowOf = async (entity: string) => {
      const Key = { flag: idOf(entity), item: 'case' };
      return (await documents.send(new GetCommand({ TableName: tables.flags, Key }))).Item;
    };
    await change({ flag: idOf('shown') }, 'case', {
      top: { ...(await rowOf('shown'))!.top, threshold: 0.99 },
    });
    await remove(
      { flag: `case-open#${idOf('next')}` },
      openRowOf(own.find(({ entity }) => entity === 'next')!),
    );
    await change({ flag: idOf('unlisted') }, 'case', { case_queue: 'nowhere' });
    const Item = await rowOf('taken out');
    await remove({ flag: idOf('taken out') }, 'case');
    await documents.send(
      new PutCommand({ TableName: tables.flags, Item: { ...Item, flag: 'made-up', id: 'made-up' } }),
    );
    const cases = new CaseTable(documents, tables.flags);
    const listed = vi.spyOn(cases, 'listed');
    const { problems } = await verify(domain, { cases });
    // Once before the flags are read, and once more for all that no list showed.
    expect(listed).toHaveBeenCalledTimes(2);
    const kinds = new Set(problems.map(({ where, kind }) => `${where}: ${kind}`));
    expect(kinds).toEqual(
      new Set([
        ...[...Object.keys(changes), 'shown', 'next', 'unlisted'].map(
          (name) => `case ${idOf(name)}: mismatch`,
        ),
        `case ${idOf('taken out')}: missing`,
        'case made-up: inserted',
      ]),
    );
  });
});

describe('assay audit verify', () => {
  let stack: string;
  let store: S3ObjectStore;

  beforeAll(async () => {
    const [bucket, bus, machine] = [await makeBucket(), await makeBus(), await makeWaitingMachine()];
    const models = await makeTable('Models');
    stack = await makeStack({
      ...{ DropsBucket: bucket, DataBucket: bucket, AuditBucket: bucket, ArtifactsBucket: bucket },
      ...{ FlagsTable: tables.flags, DropsTable: tables.drops, ModelsTable: models },
      ...{ DeadLettersUrl: 'http://none', ArrivalsUrl: 'http://none', DropMachineArn: machine.arn },
      ...{ RetrainMachineArn: machine.arn, EventBus: bus.name },
    });
    const environment = {
      ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
      ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const flags = [flagOf(numbers++), flagOf(numbers++)];
    await drop('finance', flags[0]!.drop, flags);
    await reviews.review(flags[0]!.flag, open(1), { by: 'ann', at: at(1) });
    store = new S3ObjectStore(localS3(), bucket);
    const key = `finance/${flags[0]!.drop}/audit.jsonl`;
    await store.writeText(key, logs.get(key)!.toString('utf8'));
    return async () => {
      vi.unstubAllEnvs();
      await dropTable(models);
    };
  }, 60_000);

  const verifyIt = (...more: string[]) =>
    runAssayHere('audit', 'verify', '--domain', 'finance', '--stack', stack, ...more);

  it('counts flags and reviews that are as the logs have them, and with --records looks at their records', async () => {
    const whole = await verifyIt();
    expect([whole.code, whole.stderr]).toEqual([0, '']);
    expect(whole.stdout).toContain('; 2 flags, 2 cases and 1 review as the logs have them');
    expect(JSON.parse((await verifyIt('--json')).stdout)).toMatchObject({
      ...{ ok: true, verdict: 'intact', drops: 0, flags: 2, cases: 2, reviews: 1, changing: 0, problems: [] },
    });
    const records = await verifyIt('--records');
    expect([records.code, records.stdout]).toEqual([4, expect.stringMatching(/^drop d-0+1: missing: /)]);
  });

  it('names a flag that was closed by hand, and is not asked of a folder', async () => {
    const { flag } = (await table.query({ scope: ['finance'], status: 'open', limit: 1 })).items[0]!;
    await change({ flag }, 'flag', { status: 'false_positive' });
    const { code, stdout } = await verifyIt();
    expect(code).toBe(1);
    expect(stdout).toContain(
      `flag ${flag}: mismatch: status false_positive in the table; the log of the domain says open`,
    );
    expect((await runAssayHere('audit', 'verify', 'folder', '--records')).code).toBe(2);
  });

  it('names the log of a drop that was written twice, though it is read after the log of acts', async () => {
    const [key] = await store.list('finance/');
    await store.writeText(key!, `${await store.readText(key!)} `);
    const { code, stdout } = await verifyIt();
    expect(code).toBe(1);
    expect(stdout.match(/: second version: /g)).toHaveLength(1);
    expect(stdout).toContain(`${key}: second version: `);
  });
});
