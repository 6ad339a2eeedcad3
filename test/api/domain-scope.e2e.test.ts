import { beforeAll, describe, expect, it } from 'vitest';
import type { Endpoint } from '../../lib/api/endpoint.ts';
import { ENDPOINTS, type EndpointName } from '../../lib/api/endpoints.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { LabelsTable } from '../../lib/aws/labels-table.ts';
import { flagOf } from '../helpers/flags.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, callFully, useLocalApi, verdict } from './local-api.ts';

const DOMAINS = ['finance', 'pharma'] as const;
const PER_DOMAIN = 6;
const idOf = (at: number) => `d-${String(at).padStart(20, '0')}`;
const drops = Array.from({ length: 2 * PER_DOMAIN }, (_, at) => ({
  id: idOf(at),
  domain: DOMAINS[at % 2]!,
  bucket: 'b',
  key: `drops/${DOMAINS[at % 2]}/${at}.csv`,
  version: 'v1',
  bytes: 9,
  receivedAt: `2026-02-01T00:00:${String(at).padStart(2, '0')}.000Z`,
}));
const flags = drops.map(({ id, domain }, at) =>
  flagOf(at, { domain, drop: id, severity: 'high', entity: `E${at}` }),
);

useLocalApi();
beforeAll(async () => {
  await api.flags.putFlags(flags);
  const dropTable = new DropTable(localDocuments(), api.tables.drops, Date.now);
  const labels = new LabelsTable(localDocuments(), api.tables.drops, api.audit, Date.now);
  for (const drop of drops) {
    await dropTable.receive(drop, 1);
    await labels.receive({ ...drop, key: drop.key.replace('drops/', 'labels/') });
  }
  for (const { flag, domain } of flags.slice(0, 2)) {
    const made = await call(`POST /v1/flags/${flag}/reviews`, {
      // In pharma a verdict is signed, by who has just signed in.
      body: { ...verdict, ...(domain === 'pharma' && { signature: { meaning: 'review' } }) },
      ...{ groups: [`officer:${domain}`], name: 'Ann Lee', authTime: Math.floor(Date.now() / 1000) },
    });
    expect(made.status).toBe(201);
  }
  for (const domain of DOMAINS) {
    const { champion: model } = (await call(`GET /v1/models/${domain}`)).json;
    const body = { domain, model, reason: 'Looked at' };
    expect((await call('POST /v1/stops', { body, groups: [`admin:${domain}`] })).status).toBe(201);
  }
});

/** What each list shows, and the domain of what it shows. */
const LISTS: Readonly<Partial<Record<EndpointName, string>>> = {
  listFlags: '/v1/flags?limit=2',
  listCases: '/v1/cases?view=act&limit=2',
  listDrops: '/v1/drops?limit=2',
  listLabels: '/v1/labels?limit=2',
  listModels: '/v1/models?',
  getMe: '/v1/me?',
  getAudit: '/v1/audit?record=T0',
  listStops: '/v1/stops?',
};

async function everyPage(request: string, groups: readonly string[]) {
  const pages: { json: { items?: object[]; next?: string | null }; text: string }[] = [];
  let cursor = '';
  do {
    const { statusCode, json, body = '' } = await callFully(`GET ${request}${cursor}`, { groups });
    expect(statusCode).toBe(200);
    pages.push({ json, text: body });
    cursor = json.next ? `&cursor=${json.next}` : '';
  } while (cursor !== '');
  return pages;
}

/** For admins alone: admin.e2e.test.ts holds what those of one domain see. */
const ADMINISTERED = ['listPeople', 'getStatus', 'getSettings'];

describe('a person with one domain', () => {
  it('is tried on every list that there is', () => {
    const lists = Object.entries(ENDPOINTS as Record<string, Endpoint>).filter(
      ([, { domain }]) => domain === 'list',
    );
    expect(lists.map(([name]) => name).toSorted()).toEqual(
      [...Object.keys(LISTS), ...ADMINISTERED].toSorted(),
    );
  });

  it.each(Object.entries(LISTS))('sees nothing of another in %s, over all pages', async (name, request) => {
    const own = await everyPage(request, ['viewer:finance']);
    for (const { text } of own) {
      expect(text).toContain('finance');
      expect(text).not.toContain('pharma');
    }
    if (['getAudit', 'listModels', 'listCases', 'listStops', 'getMe'].includes(name)) return;
    const items = own.flatMap(({ json }) => json.items ?? []);
    expect(items).toHaveLength(PER_DOMAIN);
    const both = await everyPage(request, ['viewer:finance', 'officer:pharma']);
    const all = await everyPage(request, ['viewer']);
    expect(both.flatMap(({ json }) => json.items)).toEqual(all.flatMap(({ json }) => json.items));
    expect(all.flatMap(({ json }) => json.items)).toHaveLength(2 * PER_DOMAIN);
  });

  it('is refused where another domain is named, and finds nothing of it by id', async () => {
    const groups = ['admin:finance'];
    const [, other] = flags;
    for (const request of [
      ...[
        'flags?',
        'drops?',
        'labels?',
        'audit?record=T1&',
        'metrics?',
        'retrainings?',
        'blind-reviews?',
      ].map((list) => `${list}domain=pharma`),
      'models/pharma',
    ])
      expect([request, (await call(`GET /v1/${request}`, { groups })).status]).toEqual([request, 403]);
    const missing = await call(`GET /v1/flags/${'0'.repeat(32)}`, { groups });
    const hidden = await call(`GET /v1/flags/${other!.flag}`, { groups });
    expect(hidden.status).toBe(404);
    expect({ ...hidden.json, detail: '' }).toEqual({ ...missing.json, detail: '' });
    expect((await call(`GET /v1/drops/${other!.drop}`, { groups })).status).toBe(404);
    const review = await call(`POST /v1/flags/${other!.flag}/reviews`, {
      body: { ...verdict, version: 2 },
      groups,
    });
    expect(review.status).toBe(404);
    expect((await api.reviews.reviewsOf(other!.flag)).map(({ by }) => by)).toEqual(['user-1']);
  });

  it('reads neither flags nor counts of a drop of another domain', async () => {
    const groups = ['viewer:finance'];
    const { json, headers } = await callFully(`GET /v1/flags?drop=${flags[1]!.drop}`, { groups });
    expect(json).toEqual({ items: [], next: null });
    expect(headers?.['assay-read-cost']).toBeUndefined();
    expect((await call(`GET /v1/flags?drop=${flags[0]!.drop}`, { groups })).json.items).toHaveLength(1);
  });

  it('cannot go on from a colleague’s cursor, who has other domains', async () => {
    for (const list of ['flags', 'drops', 'labels']) {
      const { json } = await call(`GET /v1/${list}?limit=2`, { groups: ['viewer'] });
      const refused = await call(`GET /v1/${list}?limit=2&cursor=${json.next}`, {
        groups: ['viewer:finance'],
      });
      expect([refused.status, refused.json.errors[0].at]).toEqual([422, 'cursor']);
    }
  });

  it('does not learn which domains there are beside its own', async () => {
    const body = { domain: 'trade', name: 'a.csv' };
    const groups = ['officer:trade', 'viewer:finance'];
    const { json } = await call('POST /v1/drops', { body, groups });
    expect(json.errors[0].detail).toBe('there is no model for "trade"; there is one for finance');
  });
});
