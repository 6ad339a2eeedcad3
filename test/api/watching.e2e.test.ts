import { describe, expect, it } from 'vitest';
import { pointOf } from '../helpers/monitoring.ts';
import { api, call, putFlag, useLocalApi, verdict } from './local-api.ts';

useLocalApi();

describe('GET /v1/metrics', () => {
  it('gives the figures by day, with their bounds or that there is not enough data', async () => {
    const model = 'a'.repeat(12);
    const today = new Date().toISOString().slice(0, 10);
    await api.metrics.put(pointOf('finance', model, '2020-03-01'));
    await api.metrics.put(pointOf('finance', model, today));
    const recent = (await call('GET /v1/metrics?domain=finance', { groups: '[viewer]' })).json;
    expect(recent.items.map(({ day }: { day: string }) => day)).toEqual([today]);
    expect(recent.items[0]).toMatchObject({
      ...{ model, days: 30, waiting: 3, longest_wait_hours: 4.5 },
      figures: { precision: { value: 0.5, low: 0.4, high: 0.6, n: 100 }, recall: { not_enough_data: true } },
      inputs: [{ name: 'amount', psi: { value: 0.5 } }],
    });
    const old = await call(`GET /v1/metrics?domain=finance&model=${model}&from=2020-02-01&to=2020-04-01`);
    expect(old.json.items).toHaveLength(1);
    const none = await call(`GET /v1/metrics?domain=finance&model=${'b'.repeat(12)}`);
    expect(none.json.items).toEqual([]);
  });

  it('refuses days that are none, the wrong way round, or too many', async () => {
    for (const query of [
      'from=2026-02-30',
      'from=2026-02-02&to=2026-02-01',
      'from=2020-01-01&to=2026-01-01',
    ]) {
      const { status, json } = await call(`GET /v1/metrics?domain=finance&${query}`);
      expect([status, json.errors[0].at]).toEqual([422, 'from']);
    }
  });
});

describe('GET /v1/models/{domain}/thresholds', () => {
  it('counts what other thresholds would have flagged, from the last look at the champion', async () => {
    const ask = async () => (await call('GET /v1/models/finance/thresholds', { groups: '[viewer]' })).json;
    const { version, threshold, preview } = await ask();
    expect(preview).toBeNull();
    const bins = (flagged: boolean) =>
      Array.from({ length: 50 }, (_, bin) => (bin >= 25 === flagged ? 2 : 0));
    const scores = { negatives: bins(false), positives: bins(true) };
    const today = new Date().toISOString().slice(0, 10);
    await api.metrics.put({ ...pointOf('finance', version, today), scores });
    const { preview: counted } = await ask();
    expect(counted).toMatchObject({ day: today, days: 30, scored: 100, flagged: 50 });
    const at = (wanted: number) =>
      counted.thresholds.find((one: { threshold: number }) => one.threshold === wanted);
    expect(threshold).toBeLessThan(0.5);
    expect(at(0.04)).toEqual({ threshold: 0.04, gained: 46, lost_at_most: 0 });
    expect(at(0.6)).toEqual({ threshold: 0.6, gained: 0, lost_at_most: 10 });
    expect((await call('GET /v1/models/none/thresholds')).status).toBe(404);
  });
});

describe('GET /v1/audit', () => {
  it('says what was decided about a record and what was done, in all domains or in one', async () => {
    const record = { domain: 'finance' };
    const id = await putFlag(91, record.domain);
    await call(`POST /v1/flags/${id}/reviews`, { body: verdict, sub: 'ann' });
    const { json } = await call('GET /v1/audit?record=T91');
    expect(json).toMatchObject({
      record: 'T91',
      decisions: [{ flag: id, status: 'true_positive' }],
      entries: [{ domain: 'finance', seq: 0, event: 'reviewed', actor: 'ann', data: { decision_id: id } }],
    });
    const elsewhere = await call('GET /v1/audit?record=T91&domain=pharma');
    expect(elsewhere.json).toEqual({ record: 'T91', decisions: [], entries: [] });
  });

  it('is asked for a record by any id that one may have', async () => {
    for (const record of ['a/b#c d', '50%', '%2F', '..', 'ü&domain=pharma', 'a+b', 'T?1']) {
      const asked = await call(`GET /v1/audit?record=${encodeURIComponent(record)}`);
      expect(asked).toEqual({ status: 200, json: { record, decisions: [], entries: [] } });
    }
    expect((await call('GET /v1/audit')).json.errors[0].at).toBe('record');
  });
});
