import { expect, it } from 'vitest';
import { shippedDomains } from '../../lib/models/shipped-models.ts';
import { api, call, heardOf, useLocalApi } from './local-api.ts';

useLocalApi();

it('stops and resumes a domain: listed meanwhile, published to others, an act each, and no retraining starts', async () => {
  const groups = '[admin]';
  const body = { domain: 'finance', reason: 'Three times as many flags as yesterday' };
  expect((await call('POST /v1/stops', { body, groups: '[approver]' })).status).toBe(403);
  expect((await call('POST /v1/stops/resume', { body, groups })).json).toMatchObject({
    ...{ status: 409, detail: 'Finance is not stopped.' },
  });
  const stopped = await call('POST /v1/stops', { body, groups, sub: 'ann' });
  expect(stopped).toMatchObject({
    status: 201,
    json: { ...body, model: null, by: 'ann', stopped: true, waiting_drops: 0 },
  });
  expect(await heardOf('DomainStopped')).toMatchObject({ domain: 'finance', model: null });
  expect((await call('POST /v1/stops', { body, groups })).status).toBe(409);
  const { json: listed } = await call('GET /v1/stops');
  expect(listed.items).toMatchObject([{ ...body, model: null, by: 'ann', at: stopped.json.at }]);
  expect((await call('GET /v1/stops?domain=pharma')).json.items).toEqual([]);

  const retraining = { body: { domain: 'finance' }, groups };
  const refused = await call('POST /v1/retrainings', retraining);
  expect([refused.status, refused.json.detail]).toEqual([
    409,
    expect.stringContaining('No retraining starts: finance is stopped since'),
  ]);

  const resumed = await call('POST /v1/stops/resume', { body: { ...body, reason: 'Rolled back' }, groups });
  expect(resumed).toMatchObject({ status: 200, json: { stopped: false, waiting_drops: 0 } });
  expect(await heardOf('DomainResumed')).toMatchObject({ domain: 'finance', model: null });
  expect((await call('GET /v1/stops')).json.items).toEqual([]);
  expect((await call('POST /v1/retrainings', retraining)).status).toBe(201);
  const lines = await api.audit.lines('finance');
  const entries = lines.map(({ line }) => JSON.parse(line));
  expect(entries.filter(({ event }) => event === 'stopped' || event === 'resumed')).toMatchObject([
    { event: 'stopped', actor: 'ann', subject: 'finance', data: { reason: body.reason } },
    { event: 'resumed', subject: 'finance', data: { reason: 'Rolled back' } },
  ]);
});

it('stops one of its models alone, and no model or domain that there is not', async () => {
  const groups = '[admin]';
  const { json: models } = await call('GET /v1/models/pharma');
  const body = { domain: 'pharma', model: models.champion, reason: 'Trained on wrong labels' };
  expect((await call('POST /v1/stops', { body, groups })).status).toBe(201);
  expect((await call('GET /v1/stops?domain=pharma')).json.items).toMatchObject([{ model: models.champion }]);
  const none = await call('POST /v1/stops', { body: { ...body, model: '0'.repeat(12) }, groups });
  expect([none.status, none.json.detail]).toEqual([409, 'The domain pharma has no model 000000000000.']);
  expect(await shippedDomains()).not.toContain('none');
  expect((await call('POST /v1/stops', { body: { domain: 'none', reason: 'any' }, groups })).status).toBe(
    422,
  );
});
