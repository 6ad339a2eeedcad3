import { beforeAll, describe, expect, it } from 'vitest';
import { DropTable } from '../../lib/aws/drop-table.ts';
import type { EventSpec } from '../helpers/api-event.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, callFully as call, logged, useLocalApi } from './local-api.ts';

const flags = Array.from({ length: 60 }, (_, n) =>
  flagOf(n, { severity: n % 5 === 0 ? 'high' : null, domain: n % 2 === 0 ? 'finance' : 'pharma' }),
);
const drop = {
  ...{
    id: `d-${'0'.repeat(20)}`,
    domain: 'finance',
    bucket: 'b',
    key: 'drops/finance/a.csv',
    version: 'v1',
    bytes: 9,
  },
  receivedAt: '2026-02-01T00:00:00.000Z',
};

useLocalApi();
beforeAll(async () => {
  await api.flags.putFlags(flags);
  await new DropTable(localDocuments(), api.tables.drops, Date.now).receive(drop, 1);
});

describe('GET /v1/flags', () => {
  it('lists the most urgent first, page by page, each once, with what it cost', async () => {
    const seen: { flag: string; severityRank: number; score: number }[] = [];
    let cursor = '';
    do {
      const { statusCode, headers, json } = await call(`GET /v1/flags?limit=17${cursor}`, {
        groups: '[viewer]',
      });
      expect(statusCode).toBe(200);
      expect(headers?.['assay-read-cost']).toMatch(/^queries=\d+, items=\d+, units=[\d.]+$/);
      seen.push(...json.items);
      cursor = json.next === null ? '' : `&cursor=${json.next}`;
    } while (cursor !== '');
    expect(new Set(seen.map(({ flag }) => flag))).toEqual(new Set(flags.map(({ flag }) => flag)));
    expect(seen).toHaveLength(60);
    expect(seen.toSorted((a, b) => b.severityRank - a.severityRank || b.score - a.score)).toEqual(seen);
  });

  it('takes all the filters together', async () => {
    const { json } = await call(
      `GET /v1/flags?domain=finance&status=open&severity=high&min_score=0.5&max_score=1&from=2026-01-01T00:00:00Z&to=2026-01-01T01:00:00%2B00:00&drop=${flags[0]!.drop}&entity=A3`,
    );
    const expected = flags.filter(
      (one) => one.domain === 'finance' && one.severity === 'high' && one.entity === 'A3',
    );
    expect(json.items.map((one: { flag: string }) => one.flag).toSorted()).toEqual(
      expected.map((one) => one.flag).toSorted(),
    );
    expect(json.items.length).toBeGreaterThan(0);
  });

  it('refuses a cursor of another filter and one that was changed', async () => {
    const { json } = await call('GET /v1/flags?limit=5');
    for (const query of [
      `domain=finance&cursor=${json.next}`,
      `cursor=${json.next[0] === 'A' ? 'B' : 'A'}${json.next.slice(1)}`,
      'cursor=x',
    ]) {
      const refused = await call(`GET /v1/flags?limit=5&${query}`);
      expect(refused.statusCode).toBe(422);
      expect(refused.json.errors[0].at).toBe('cursor');
    }
  });

  it('names each parameter that is not as expected', async () => {
    const query = 'limit=0&min_score=2&status=closed&severity=&from=yesterday&colour=red';
    const empty = await call(`GET /v1/flags?${query}`);
    expect(empty.json.errors).toEqual([{ at: 'severity', detail: 'is empty' }]);
    const { statusCode, headers, json } = await call(`GET /v1/flags?${query.replace('severity=&', '')}`);
    expect(statusCode).toBe(422);
    expect(headers?.['content-type']).toBe('application/problem+json');
    expect(json).toMatchObject({
      type: 'urn:assay:problem:not-as-expected',
      title: 'Not as expected',
      status: 422,
      instance: 'urn:assay:request:request-1',
    });
    const named = json.errors.map(({ at }: { at: string }) => at);
    expect(named).toEqual(expect.arrayContaining(['limit', 'min_score', 'status', 'from']));
    expect(JSON.stringify(json)).toContain('colour');
    const swapped = await call('GET /v1/flags?min_score=0.9&max_score=0.1');
    expect(swapped.json.errors).toEqual([{ at: 'min_score', detail: 'is above max_score (0.1)' }]);
  });
});

describe('GET /v1/flags/{id}', () => {
  it('shows a flag with all its reasons and its record', async () => {
    const [flag] = flags;
    const { statusCode, json } = await call(`GET /v1/flags/${flag!.flag}`, { groups: ['approver'] });
    expect(statusCode).toBe(200);
    expect(json).toEqual({
      ...flag,
      pending: null,
      explanation: JSON.parse(flag!.explanation!),
      record: { transaction_id: 'T0', amount: 9_850 },
      reviews: [],
    });
    const { base, contributions, score } = json.explanation;
    const sum = contributions.reduce(
      (total: number, one: { contribution: number }) => total + one.contribution,
      base,
    );
    expect(sum).toBeCloseTo(score, 9);
  });

  it('says 404 for one that is not there, and 422 for what is no id', async () => {
    expect((await call(`GET /v1/flags/${'0'.repeat(32)}`)).statusCode).toBe(404);
    const wrong = await call('GET /v1/flags/..%2F..');
    expect(wrong.statusCode).toBe(422);
    expect(wrong.json.errors).toEqual([{ at: 'id', detail: 'expected 32 hex digits' }]);
  });
});

describe('drops', () => {
  it('are listed and read', async () => {
    const { json } = await call('GET /v1/drops?domain=finance');
    expect(json.items).toHaveLength(1);
    expect(json.next).toBeNull();
    const one = await call(`GET /v1/drops/${drop.id}`);
    expect(one.json).toEqual(json.items[0]);
    expect(one.json).toMatchObject({ id: drop.id, state: 'received', attempt: 1 });
    expect((await call(`GET /v1/drops/d-${'1'.repeat(20)}`)).statusCode).toBe(404);
  });

  it('are uploaded to the address that the API gives, under the domain', async () => {
    const { statusCode, json } = await call('POST /v1/drops', {
      body: { domain: 'finance', name: 'march.csv' },
    });
    expect(statusCode).toBe(201);
    expect(json).toMatchObject({
      key: expect.stringMatching(/^drops\/finance\/[0-9a-f]{24}\/march\.csv$/),
      method: 'PUT',
    });
    const minutes = (Date.parse(json.expires_at) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(14);
    expect(minutes).toBeLessThanOrEqual(15);
    const put = await fetch(json.url, { method: 'PUT', body: 'a\n1\n' });
    expect(put.status).toBe(200);
    expect(await api.artifacts.readText(json.key)).toBe('a\n1\n');
  });

  it('get no address for a name that leads elsewhere or a domain without a model', async () => {
    for (const name of [
      '../x.csv',
      'a/b.csv',
      '',
      '.hidden',
      'a b.csv',
      'x'.repeat(129),
      'ü.csv',
      'a\n.csv',
    ]) {
      const { statusCode, json } = await call('POST /v1/drops', { body: { domain: 'finance', name } });
      expect(statusCode, name).toBe(422);
      expect(json.errors[0].at).toBe('/name');
    }
    const { json } = await call('POST /v1/drops', { body: { domain: 'trade', name: 'a.csv' } });
    expect(json.errors).toEqual([
      { at: '/domain', detail: 'there is no model for "trade"; there is one for finance, pharma' },
    ]);
    for (const domain of ['../finance', 'Finance', 'finance/x']) {
      expect((await call('POST /v1/drops', { body: { domain, name: 'a.csv' } })).statusCode).toBe(422);
    }
  });
});

describe('idempotency keys', () => {
  const upload = (name: string, headers: Record<string, string>, more: EventSpec = {}) =>
    call('POST /v1/drops', { body: { domain: 'finance', name }, headers, ...more });

  it('give the first answer again, and 422 with another body', async () => {
    const headers = { 'idempotency-key': 'key-1' };
    const first = await upload('once.csv', headers);
    const second = await upload('once.csv', headers);
    expect(second.statusCode).toBe(201);
    expect(second.json).toEqual(first.json);
    expect(second.headers?.['idempotency-replayed']).toBe('true');
    expect((await upload('other.csv', headers)).statusCode).toBe(422);
  });

  it('belong to their caller', async () => {
    const headers = { 'idempotency-key': 'key-2' };
    await upload('mine.csv', headers);
    expect((await upload('theirs.csv', headers, { sub: 'user-2' })).statusCode).toBe(201);
  });

  it('let one of many at the same time through, and ask the others to wait', async () => {
    const headers = { 'idempotency-key': 'key-3' };
    const all = await Promise.all(Array.from({ length: 6 }, () => upload('race.csv', headers)));
    const fresh = all.filter((one) => one.statusCode === 201 && !one.headers?.['idempotency-replayed']);
    expect(fresh).toHaveLength(1);
    for (const one of all) expect([201, 409]).toContain(one.statusCode);
    const waiting = all.filter((one) => one.statusCode === 409);
    for (const one of waiting) expect(one.headers?.['retry-after']).toBe('2');
  });

  it('are free again after a request that failed', async () => {
    const headers = { 'idempotency-key': 'key-4' };
    const wrong = await call('POST /v1/drops', { body: { domain: 'trade', name: 'a.csv' }, headers });
    expect(wrong.statusCode).toBe(422);
    expect((await upload('a.csv', headers)).statusCode).toBe(201);
  });

  it('are refused when they are no visible text', async () => {
    expect((await upload('a.csv', { 'idempotency-key': 'a b' })).statusCode).toBe(422);
    expect((await upload('a.csv', { 'idempotency-key': 'x'.repeat(256) })).statusCode).toBe(422);
  });
});

describe('who may what', () => {
  it.each([
    ['viewer', 'GET /v1/flags', 200],
    ['viewer', 'GET /v1/models', 200],
    ['viewer', 'POST /v1/drops', 403],
    ['approver', 'GET /v1/drops', 200],
    ['approver', 'POST /v1/drops', 403],
    ['officer', 'POST /v1/drops', 201],
    ['admin', 'POST /v1/drops', 201],
    ['stranger', 'GET /v1/flags', 403],
    ['', 'GET /v1/models', 403],
  ])('%s: %s gives %i', async (group, request, status) => {
    const body = request.startsWith('POST') ? { body: { domain: 'finance', name: 'a.csv' } } : {};
    expect((await call(request, { groups: `[${group}]`, ...body })).statusCode).toBe(status);
  });

  it('logs a denial with subject, route and role, and nothing personal', async () => {
    const { json } = await call(`GET /v1/flags?entity=Jane%20Doe`, { groups: '[stranger]', sub: 'user-9' });
    expect(json.detail).toBe('This is for: viewer, inspector, officer, approver, admin. Your roles: none.');
    const lines = logged.filter((line) => line.includes('denied'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toMatchObject({
      sub: 'user-9',
      route: '/v1/flags',
      method: 'GET',
      role: 'none',
    });
    expect(lines[0]).not.toMatch(/Jane/);
  });

  it('says 401 where no token was checked, but for what is open', async () => {
    const { statusCode, headers } = await call('GET /v1/flags', { groups: null });
    expect(statusCode).toBe(401);
    expect(headers?.['www-authenticate']).toBe('Bearer');
    expect((await call('GET /v1/health', { groups: null })).json).toEqual({ status: 'ok' });
    expect((await call('GET /openapi.json', { groups: null })).json.openapi).toBe('3.1.0');
  });
});

describe('the rest', () => {
  it('names the champion of each domain with what it can', async () => {
    const { json } = await call('GET /v1/models');
    expect(json.items.map((one: { domain: string }) => one.domain)).toEqual(['finance', 'pharma']);
    expect(json.items[0].roc_auc).toBeGreaterThan(0.5);
    expect(json.items[0].version).toMatch(/^[0-9a-f]{12}$/);
  });

  it('answers every error with a problem document', async () => {
    const json = { 'content-type': 'application/json' };
    const cases: [string, EventSpec, number][] = [
      ['GET /v2/flags', {}, 404],
      ['DELETE /v1/flags', {}, 405],
      ['POST /v1/drops', { body: 'x', headers: { 'content-type': 'text/csv' } }, 415],
      ['POST /v1/drops', { body: '{', headers: json }, 400],
      ['POST /v1/drops', { body: `{"name":"${'x'.repeat(5_000)}"}`, headers: json }, 413],
      ['POST /v1/drops', { body: '['.repeat(100), headers: json }, 422],
      ['POST /v1/drops', { body: [] }, 422],
    ];
    for (const [request, spec, status] of cases) {
      const { statusCode, headers, json: problem } = await call(request, spec);
      expect([request, statusCode]).toEqual([request, status]);
      expect(headers?.['content-type']).toBe('application/problem+json');
      expect(problem).toMatchObject({ status, title: expect.any(String), detail: expect.any(String) });
    }
  });

  it('takes the name of a stage before the path', async () => {
    expect((await call('GET /dev/v1/health', { stage: 'dev' })).statusCode).toBe(200);
    expect((await call('GET /dev/v1/health')).statusCode).toBe(404);
  });
});
