import { describe, expect, it, vi } from 'vitest';
import { EventBus } from '../../lib/aws/event-bus.ts';
import { Outbox } from '../../lib/aws/outbox.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, heardOf, logged, putFlag, useLocalApi, verdict } from './local-api.ts';

useLocalApi();

describe('POST /v1/flags/{id}/reviews', () => {
  it('takes a verdict, shows it with the flag, and publishes it without a name or a reason', async () => {
    const id = await putFlag(1, 'one');
    const spec = { body: { ...verdict, note: 'See the register.' }, sub: 'ann' };
    const made = await call(`POST /v1/flags/${id}/reviews`, spec);
    const review = {
      ...{ place: 1, verdict: 'true_positive', reason: verdict.reason, note: 'See the register.', by: 'ann' },
      by_name: null,
      at: expect.stringMatching(/^\d{4}-/),
      ...{ id: `${id}-1`, reason_code: null, signature: null, unconfirmed: false, withdrawn_at: null },
      mentions: [],
    };
    expect(made).toEqual({
      status: 201,
      json: { flag: id, status: 'true_positive', version: 2, review },
    });
    const { json } = await call(`GET /v1/flags/${id}`, { groups: '[viewer]' });
    expect(json).toMatchObject({ status: 'true_positive', version: 2, reviews: [review] });
    expect(json).not.toHaveProperty('reviewers');
    const event = await heardOf('ReviewMade');
    expect(event).toMatchObject({
      domain: 'one',
      flag: id,
      version: 2,
      kind: 'open',
      verdict: 'true_positive',
    });
    expect(JSON.stringify(event)).not.toMatch(/ann|dissolved|T1"/);
  });

  it('answers 409 to a stale version, naming the one that stands', async () => {
    const id = await putFlag(2, 'two');
    await call(`POST /v1/flags/${id}/reviews`, { body: verdict });
    const late = await call(`POST /v1/flags/${id}/reviews`, { body: verdict, sub: 'ben' });
    expect(late.status).toBe(409);
    expect(late.json).toMatchObject({
      title: 'Conflict',
      detail: expect.stringMatching(/version 1.*version 2/),
    });
  });

  it('names each field that is not as expected, and never adds a verdict', async () => {
    const id = await putFlag(3, 'three');
    const body = { verdict: 'maybe', reason: ' x ', version: 0, colour: 'red' };
    const { status, json } = await call(`POST /v1/flags/${id}/reviews`, { body });
    expect(status).toBe(422);
    const named = json.errors.map(({ at }: { at: string }) => at);
    expect(named).toEqual(expect.arrayContaining(['/verdict', '/reason', '/version']));
    expect(JSON.stringify(json)).toContain('colour');
    expect(
      (await call(`POST /v1/flags/${id}/reviews`, { body: { version: 1, reason: 'none' } })).status,
    ).toBe(422);
    expect((await api.flags.get(id))?.status).toBe('open');
    expect((await call(`POST /v1/flags/${'0'.repeat(32)}/reviews`, { body: verdict })).status).toBe(404);
  });

  it('is done once for one idempotency key, and for another flag again', async () => {
    const ids = [await putFlag(5, 'five'), await putFlag(6, 'five')];
    const spec = { body: verdict, headers: { 'idempotency-key': 'one' } };
    const first = await call(`POST /v1/flags/${ids[0]}/reviews`, spec);
    expect(await call(`POST /v1/flags/${ids[0]}/reviews`, spec)).toEqual(first);
    expect((await call(`POST /v1/flags/${ids[1]}/reviews`, spec)).json.flag).toBe(ids[1]);
    expect(await Promise.all(ids.map(async (id) => (await api.flags.get(id))?.version))).toEqual([2, 2]);
  });

  it('stands even where the bus cannot be reached, and is published once it can', async () => {
    const id = await putFlag(4, 'four');
    const publish = vi.spyOn(EventBus.prototype, 'publish').mockRejectedValue(new Error('no bus'));
    expect((await call(`POST /v1/flags/${id}/reviews`, { body: verdict })).status).toBe(201);
    expect(logged.join()).toContain('event not published yet');
    const left = new Outbox(
      localDocuments(),
      api.tables.drops,
      new EventBus(api.bus.client, api.bus.name),
      () => {},
    );
    expect(await left.publishPending('9999')).toMatchObject({ published: 0 });
    publish.mockRestore();
    expect(await left.publishPending('9999')).toEqual({ published: 1, waitingSince: null });
    const published = async () => (await api.bus.heard(1)).map(({ detail }) => detail.flag);
    await expect.poll(published, { timeout: 20_000 }).toContain(id);
    expect(await left.publishPending('9999')).toEqual({ published: 0, waitingSince: null });
  });
});

describe('blind reviews', () => {
  const [item, decision] = ['b'.repeat(32), 'd'.repeat(32)];

  it('show the record alone, take a verdict, and are gone', async () => {
    const record = { transaction_id: 'T77', amount: 12.5 };
    const entry = { item, domain: 'finance', decision, recordId: 'T77', chance: 0.02, record, drop: 'd-1' };
    const more = {
      why: 'below_the_line',
      model: 'a'.repeat(12),
      queuedAt: '2026-03-01T00:00:00.000Z',
    } as const;
    await api.reviews.putBlind([{ ...entry, ...more }]);
    const { json } = await call('GET /v1/blind-reviews?domain=finance');
    expect(json).toEqual({
      items: [{ id: item, domain: 'finance', record, queued_at: '2026-03-01T00:00:00.000Z' }],
      next: null,
    });
    const body = { verdict: 'false_positive', reason: 'A salary' };
    const made = await call(`POST /v1/blind-reviews/${item}/reviews`, { body });
    expect(made).toEqual({
      status: 201,
      json: { id: item, verdict: 'false_positive', at: expect.any(String) },
    });
    expect((await call('GET /v1/blind-reviews?domain=finance', { sub: 'ben' })).json.items).toEqual([]);
    expect((await call(`POST /v1/blind-reviews/${item}/reviews`, { body })).status).toBe(403);
    expect((await call(`GET /v1/flags/${item}`)).status).toBe(404);
    const { json: audit } = await call('GET /v1/audit?record=T77');
    expect(audit.entries).toMatchObject([{ domain: 'finance', event: 'reviewed', actor: 'user-1' }]);
  });
});
