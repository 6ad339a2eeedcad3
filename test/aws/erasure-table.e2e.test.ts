/** Erasures of a stack, the duty to keep records and holds, in the table of drops and the log of acts. Keys lie in a folder here. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { ErasureTable } from '../../lib/aws/erasure-table.ts';
import { addHold, readLaw, releaseHold, setRetention } from '../../lib/privacy/domain-law.ts';
import {
  askForErasure,
  carryOutErasure,
  decideOnErasure,
  type Erasure,
  type ErasureSteps,
} from '../../lib/privacy/erasure.ts';
import { createKeyFolder, KeyFolder } from '../../lib/privacy/key-folder.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

const domain = 'finance';
const now = '2026-11-29T12:00:00.000Z';
const span = { from: '2025-05-01', to: '2025-06-30' };
const [asker, approver] = ['user-ann', 'user-bea'];
let table: string;
let folder: string;
let keys: KeyFolder;
let audit: AuditChain;
let store: ErasureTable;
let count = 0;

beforeAll(async () => {
  table = await makeTable('Drops');
  folder = join(await mkdtemp(join(tmpdir(), 'erasure-table-')), 'keys');
  const random = (size: number) => randomBytes(size);
  await createKeyFolder(folder, { domain, columns: [] }, random);
  keys = await KeyFolder.open(folder, random);
  audit = new AuditChain(localDocuments(), table);
  store = new ErasureTable(localDocuments(), table, audit);
}, 60_000);
afterAll(async () => {
  await dropTable(table);
  await rm(join(folder, '..'), { recursive: true });
});

const deps = () => ({ store, keys });

async function newSubject(): Promise<string> {
  const id = `AC${String(++count).padStart(6, '0')}`;
  await keys.take(new Map([[id, span]]));
  return id;
}

const ask = (subject: string, more: object = {}) =>
  askForErasure(deps(), {
    ...{
      id: `x-${randomBytes(10).toString('hex')}`,
      domain,
      subject,
      basis: 'request 2026-114',
      by: asker,
      now,
    },
    ...more,
  });
const approve = (id: string, by = approver, reason = 'checked the request') =>
  decideOnErasure(deps(), { id, decision: 'approve', reason, by, now });
const law = (months: number | null) =>
  setRetention(deps(), {
    domain,
    by: approver,
    now,
    months,
    basis: months === null ? 'no law' : 'AMLR Art. 77',
  });
const actsOf = async (pseudonym: string) =>
  (await audit.about(pseudonym)).map(({ entry: { event, actor, data } }) => ({ event, actor, data }));

describe('before anyone has said how long records must be kept', () => {
  test('an erasure is refused, and the refusal is on record by the pseudonym', async () => {
    const subject = await newSubject();
    const refused = await ask(subject);
    expect(refused).toMatchObject({
      state: 'refused',
      because: [expect.stringContaining('does not say how long records must be kept')],
    });
    const [act] = await actsOf(refused.pseudonym);
    expect(act).toMatchObject({
      event: 'erasure_refused',
      actor: asker,
      data: { basis: 'request 2026-114' },
    });
    expect(await store.get(refused.id)).toEqual(refused);
    expect(await store.openOf(refused.pseudonym)).toBeNull();
  });
});

describe('an erasure', () => {
  beforeAll(() => law(null));

  test('takes two people of one kind, and is carried out from where it was left', async () => {
    const subject = await newSubject();
    const asked = await ask(subject);
    expect(asked).toMatchObject({ state: 'asked', because: [] });
    await expect(ask(subject)).rejects.toMatchObject({ code: 'under_way' });
    await expect(approve(asked.id, asker)).rejects.toMatchObject({ code: 'own_request' });
    await expect(approve(asked.id, 'arn:aws:iam::123456789012:user/ann')).rejects.toMatchObject({
      code: 'other_identity',
    });
    expect((await keys.find([subject])).size).toBe(1);
    const approved = await approve(asked.id);
    expect(approved).toMatchObject({ state: 'approved', decidedBy: approver });
    expect((await store.underWay()).map(({ id }) => id)).toEqual([asked.id]);
    await expect(approve(asked.id)).rejects.toMatchObject({ code: 'decided' });

    // The function ends right after the key is destroyed, then while files are there, then it comes to the end.
    let left = 1;
    let isCut = true;
    const steps: ErasureSteps = {
      destroyKey: async () => {
        await keys.destroy(subject);
        if (isCut) throw new Error('cut');
      },
      deleteFiles: async () => ({ left }),
    };
    await expect(carryOutErasure(store, steps, approved, now)).rejects.toThrow('cut');
    isCut = false;
    const next = async () => (await store.underWay())[0]!;
    expect((await next()).state).toBe('approved');
    expect(await carryOutErasure(store, steps, await next(), now)).toMatchObject({ state: 'key_gone' });
    expect((await keys.find([subject])).size).toBe(0);
    left = 0;
    expect(await carryOutErasure(store, steps, await next(), now)).toMatchObject({ state: 'done' });
    expect(await store.underWay()).toEqual([]);
    expect(await store.openOf(asked.pseudonym)).toBeNull();
    expect((await actsOf(asked.pseudonym)).map(({ event, actor }) => [event, actor])).toEqual([
      ['erasure_asked', asker],
      ['erased', approver],
      ['erasure_done', 'assay'],
    ]);
    // What two calls do at once is done once.
    expect(await carryOutErasure(store, steps, approved, now)).toMatchObject({ state: 'done' });
    expect(await actsOf(asked.pseudonym)).toHaveLength(3);
    await expect(ask(subject)).rejects.toMatchObject({ code: 'unknown_subject' });
  });

  test('can be turned down, and asked for again', async () => {
    const subject = await newSubject();
    const { id, pseudonym } = await ask(subject);
    const decision = {
      id,
      decision: 'turn_down',
      reason: 'the request is of someone else',
      by: asker,
      now,
    } as const;
    expect(await decideOnErasure(deps(), decision)).toMatchObject({ state: 'turned_down' });
    expect((await keys.find([subject])).size).toBe(1);
    expect((await ask(subject)).pseudonym).toBe(pseudonym);
  });

  test('is not asked for or decided by a text that names the subject, in whatever case', async () => {
    const subject = await newSubject();
    await expect(ask(subject, { basis: `request of ${subject.toLowerCase()}` })).rejects.toThrow(
      'names the subject',
    );
    const { id } = await ask(subject);
    await expect(approve(id, approver, `it is ${subject}.`)).rejects.toThrow('names the subject');
    expect((await store.get(id))?.state).toBe('asked');
  });

  test('is listed with the others of its domain, the newest first, page by page', async () => {
    const later = await ask(await newSubject(), { now: '2026-11-30T12:00:00.000Z' });
    const first = await store.list([domain], { limit: 1 });
    expect(first.items.map(({ id }) => id)).toEqual([later.id]);
    const second = await store.list([domain], { limit: 100, before: first.next! });
    expect(second.items.length).toBeGreaterThan(3);
    expect(second.items.map(({ id }) => id)).not.toContain(later.id);
    expect(await store.list(['pharma'], { limit: 5 })).toEqual({ items: [], next: null });
    expect(await store.domainOf(later.id)).toBe(domain);
  });
});

describe('a law or a hold', () => {
  const holds = async () => (await readLaw(store, domain)).holds.map(({ id }) => id);
  const release = async () => {
    for (const hold of await holds())
      await releaseHold(deps(), { domain, by: approver, now, hold, reason: 'closed' });
  };
  const holdOn = (held: Parameters<typeof addHold>[1]['held']) =>
    addHold(deps(), { domain, by: approver, now, held, basis: 'court order 12 O 7/26' });

  test('that comes between asking and approving refuses the erasure', async () => {
    const [one, other] = [await newSubject(), await newSubject()];
    const [first, second] = [await ask(one), await ask(other)];
    const { id, isKnown } = await holdOn({ kind: 'subject', subject: one });
    expect(isKnown).toBe(true);
    expect(await approve(first.id)).toMatchObject({
      state: 'refused',
      because: [`hold ${id} on the subject (court order 12 O 7/26)`],
    });
    expect((await keys.find([one])).size).toBe(1);
    expect(await approve(second.id)).toMatchObject({ state: 'approved' });
    await release();
    expect(await ask(one)).toMatchObject({ state: 'asked' });
  });

  test('on a period or a case concerns the records in it, until it is released', async () => {
    const subject = await newSubject();
    const { pseudonym } = (await keys.find([subject])).get(subject)!;
    for (const held of [
      { kind: 'period', from: '2025-06-30' },
      { kind: 'period', to: '2025-05-01' },
      { kind: 'case', pseudonym },
    ] as const) {
      await holdOn(held);
      expect(await ask(subject)).toMatchObject({ state: 'refused' });
      await release();
    }
    await holdOn({ kind: 'period', from: '2025-07-01' });
    expect(await ask(subject)).toMatchObject({ state: 'asked' });
    await release();
    await expect(
      addHold(deps(), { domain, by: approver, now, held: { kind: 'period' }, basis: `of ${subject}` }),
    ).rejects.toThrow(`names the subject "${subject}"`);
    await expect(
      releaseHold(deps(), { domain, by: approver, now, hold: 'h99', reason: 'x' }),
    ).rejects.toThrow('no hold "h99" stands in finance');
  });

  test('may come before the first record; it is said that none was scored', async () => {
    expect(await holdOn({ kind: 'subject', subject: 'AC-NEW-1' })).toMatchObject({ isKnown: false });
    await release();
  });

  test('by which records must be kept counts from the last record', async () => {
    const subject = await newSubject();
    await law(18);
    expect(await ask(subject)).toMatchObject({
      because: ['records must be kept for 18 months: until 2026-12-30 (AMLR Art. 77)'],
    });
    await law(16);
    expect(await ask(subject)).toMatchObject({ state: 'asked' });
    expect(await readLaw(store, domain)).toEqual({
      retention: { months: 16, basis: 'AMLR Art. 77' },
      holds: [],
    });
  });

  test('never stands before an erasure that is approved at the same moment', async () => {
    await law(null);
    const outcomes: Erasure['state'][] = [];
    for (let n = 0; n < 6; n++) {
      const subject = await newSubject();
      const { id, pseudonym } = await ask(subject);
      const [decided] = await Promise.all([approve(id), holdOn({ kind: 'subject', subject })]);
      const events = (await actsOf(pseudonym)).map(({ event }) => event);
      expect(events).toEqual(
        decided.state === 'approved'
          ? ['erasure_asked', 'erased', 'hold_added']
          : ['erasure_asked', 'hold_added', 'erasure_refused'],
      );
      outcomes.push(decided.state);
    }
    expect(outcomes).toHaveLength(6);
  });
});
