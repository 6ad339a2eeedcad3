/**
 * Every role, in one domain or in all, on every endpoint of the table, for a thing of that domain and of another. The decisions are
 * written down here a second time: an endpoint without one, or one that decides otherwise, fails.
 */
import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../lib/api/endpoint.ts';
import { ENDPOINTS, type EndpointName } from '../../lib/api/endpoints.ts';
import { type RefusedAct, type Service, serve } from '../../lib/api/serve.ts';
import type { DomainScope } from '../../lib/packs/domain-scope.ts';
import { apiEvent, type EventSpec } from '../helpers/api-event.ts';

const READERS = ['viewer', 'inspector', 'officer', 'approver', 'admin'] as const;
const OFFICERS = ['officer', 'admin'] as const;
const APPROVERS = ['approver', 'admin'] as const;
const ADMINS = ['admin'] as const;
type Where = 'named' | 'list' | 'thing' | 'open';

const DECISIONS: Readonly<Record<EndpointName, readonly [roles: readonly string[], where: Where]>> = {
  score: [OFFICERS, 'named'],
  listFlags: [READERS, 'list'],
  getFlag: [READERS, 'thing'],
  getFlagProof: [READERS, 'thing'],
  reviewFlag: [OFFICERS, 'thing'],
  listCases: [READERS, 'list'],
  takeNextCase: [OFFICERS, 'named'],
  getCase: [READERS, 'thing'],
  getCaseContext: [READERS, 'thing'],
  claimCase: [OFFICERS, 'thing'],
  releaseCase: [OFFICERS, 'thing'],
  assignCase: [OFFICERS, 'thing'],
  escalateCase: [OFFICERS, 'thing'],
  snoozeCase: [OFFICERS, 'thing'],
  reopenCase: [OFFICERS, 'thing'],
  reviewCase: [OFFICERS, 'thing'],
  listViews: [READERS, 'named'],
  saveView: [READERS, 'named'],
  changeView: [READERS, 'named'],
  deleteView: [READERS, 'named'],
  listAttachments: [READERS, 'thing'],
  uploadAttachment: [OFFICERS, 'thing'],
  addAttachment: [OFFICERS, 'thing'],
  getAttachment: [READERS, 'thing'],
  endMention: [READERS, 'thing'],
  withdrawReview: [OFFICERS, 'thing'],
  revealFlag: [READERS, 'thing'],
  getReviewRules: [READERS, 'named'],
  countReviews: [READERS, 'named'],
  listBlindReviews: [OFFICERS, 'named'],
  reviewBlind: [OFFICERS, 'thing'],
  listDrops: [READERS, 'list'],
  createUpload: [OFFICERS, 'named'],
  getDrop: [READERS, 'thing'],
  listDropFiles: [READERS, 'thing'],
  getDropFile: [READERS, 'thing'],
  askForDossier: [READERS, 'named'],
  askForSubject: [OFFICERS, 'named'],
  getExport: [READERS, 'thing'],
  getExportFile: [READERS, 'thing'],
  askForErasure: [OFFICERS, 'named'],
  listErasures: [READERS, 'named'],
  getErasure: [READERS, 'thing'],
  decideOnErasure: [APPROVERS, 'thing'],
  getErasureRules: [READERS, 'named'],
  setRetention: [ADMINS, 'named'],
  addHold: [APPROVERS, 'named'],
  releaseHold: [APPROVERS, 'named'],
  listLabels: [READERS, 'list'],
  createLabelsUpload: [OFFICERS, 'named'],
  getLabels: [READERS, 'thing'],
  listCaseActs: [READERS, 'thing'],
  listModels: [READERS, 'list'],
  listModelVersions: [READERS, 'named'],
  getModelVersion: [READERS, 'named'],
  getModelProof: [READERS, 'named'],
  getPack: [READERS, 'named'],
  getPackTexts: [READERS, 'named'],
  decideOnModel: [APPROVERS, 'named'],
  changeThreshold: [APPROVERS, 'named'],
  rollBackModel: [APPROVERS, 'named'],
  listStops: [READERS, 'list'],
  stopScoring: [ADMINS, 'named'],
  resumeScoring: [ADMINS, 'named'],
  listRetrainings: [READERS, 'named'],
  startRetraining: [APPROVERS, 'named'],
  cancelRetraining: [APPROVERS, 'thing'],
  getRetraining: [READERS, 'thing'],
  listMetrics: [READERS, 'named'],
  previewThresholds: [READERS, 'named'],
  getAudit: [READERS, 'list'],
  listColleagues: [OFFICERS, 'named'],
  listPeople: [ADMINS, 'list'],
  getStatus: [ADMINS, 'list'],
  getSettings: [ADMINS, 'list'],
  getMe: [READERS, 'list'],
  getHealth: [[], 'open'],
  getOpenApi: [[], 'open'],
};

const NAMES = Object.keys(ENDPOINTS) as EndpointName[];
const ROLES = ['viewer', 'inspector', 'officer', 'approver', 'admin', 'read_pii'];
const IDS: Readonly<Record<string, string>> = {
  '/v1/flags/{id}': 'f'.repeat(32),
  '/v1/cases/{id}': 'c'.repeat(32),
  '/v1/views/{domain}/{id}': 'a'.repeat(16),
  '/v1/reviews/{id}': `${'f'.repeat(32)}-1`,
  '/v1/blind-reviews/{id}': 'b'.repeat(32),
  '/v1/drops/{id}': `d-${'0'.repeat(20)}`,
  '/v1/labels/{id}': `l-${'0'.repeat(20)}`,
  '/v1/retrainings/{id}': 'r-1',
  '/v1/exports/{id}': `e-${'0'.repeat(20)}`,
  '/v1/erasures/{id}': `x-${'0'.repeat(20)}`,
};
const BODIES: Readonly<Partial<Record<EndpointName, object>>> = {
  score: { records: [{ a: 1 }] },
  reviewFlag: { verdict: 'inconclusive', reason: 'not known', version: 1 },
  takeNextCase: {},
  reviewCase: { flags: [{ id: 'f'.repeat(32), version: 1 }], verdict: 'inconclusive', reason: 'not known' },
  saveView: { name: 'Mine', filter: {} },
  changeView: { version: 1 },
  deleteView: { version: 1 },
  uploadAttachment: { name: 'a.pdf', bytes: 9 },
  addAttachment: { name: 'a.pdf' },
  endMention: { at: '2026-03-02T00:00:00Z' },
  withdrawReview: {},
  revealFlag: { columns: ['name'] },
  claimCase: {},
  releaseCase: {},
  assignCase: { assignee: 'user-2' },
  escalateCase: { reason: 'Too hard' },
  snoozeCase: { until: '2026-03-02T00:00:00Z', reason: 'Papers come' },
  reopenCase: { reason: 'Papers came' },
  reviewBlind: { verdict: 'inconclusive', reason: 'not known' },
  createUpload: { name: 'a.csv' },
  createLabelsUpload: { name: 'a.csv' },
  askForDossier: {},
  askForSubject: { subject: 'A1', basis: 'request 7' },
  askForErasure: { subject: 'A1', basis: 'request 7' },
  decideOnErasure: { decision: 'approve', reason: 'all good' },
  setRetention: { months: null, basis: 'no law' },
  addHold: { subject: 'A1', basis: 'court order 7' },
  releaseHold: { reason: 'proceeding closed' },
  decideOnModel: { decision: 'approve', reason: 'all good' },
  changeThreshold: { threshold: 0.5, reason: 'too many flags' },
  rollBackModel: { reason: 'not good' },
  startRetraining: {},
  stopScoring: { reason: 'too many flags' },
  resumeScoring: { reason: 'rolled back' },
  cancelRetraining: { reason: 'Labels were wrong' },
};

/** The request of an endpoint about this domain; null: about a list of all. */
function requestOf(name: EndpointName, domain: string | null, pii: boolean): [string, object | undefined] {
  const { method, path, domain: source }: Endpoint = ENDPOINTS[name];
  const known = Object.entries(IDS).find(([prefix]) => path.startsWith(prefix));
  const filled = (known === undefined ? path : path.replace('{id}', known[1]))
    .replace('{domain}', domain ?? '')
    .replace('{version}', 'a'.repeat(12))
    .replace('{attachment}', 'a'.repeat(24))
    .replace('{name}', 'summary.json')
    .replace('{hold}', 'h1');
  const query = new URLSearchParams();
  if (domain !== null && (source === 'query' || (source === 'list' && !WITHOUT_DOMAIN.includes(name))))
    query.set('domain', domain);
  if (name === 'getAudit') query.set('record', 'T1');
  if (name === 'getPackTexts') query.set('language', 'de');
  if (pii && method === 'GET') query.set('pii', 'true');
  const fields = { ...(source === 'body' && { domain }), ...(pii && { pii }) };
  const body = BODIES[name] && { ...BODIES[name], ...fields };
  return [`${method} ${filled}${query.size > 0 ? `?${query}` : ''}`, body];
}

/** Lists that no query narrows down. */
const WITHOUT_DOMAIN: readonly EndpointName[] = [
  'listModels',
  'getMe',
  'listPeople',
  'getStatus',
  'getSettings',
];

/** Those that can show personal data. */
const SHOW_PERSONAL: readonly EndpointName[] = [
  'getDrop',
  'askForDossier',
  'score',
  'listFlags',
  'getFlag',
  'getFlagProof',
  'listCases',
  'takeNextCase',
  'getCase',
  'getCaseContext',
  'listBlindReviews',
  'getAudit',
];

const scopes: DomainScope[] = [];
const denied: RefusedAct[] = [];
const service: Service = {
  handlers: Object.fromEntries(
    NAMES.map((name) => [
      name,
      async ({ scope }: { scope: DomainScope }) => {
        scopes.push(scope);
        return { body: {} };
      },
    ]),
  ),
  people: { meet: async () => {}, loseRoles: async () => {}, namesOf: async () => () => null },
  keys: {
    claim: async () => ({ kind: 'yours' }),
    save: async () => {},
    release: async () => {},
  },
  groups: null,
  domainOf: async () => 'finance',
  denials: {
    record: async (denial) => {
      denied.push(denial);
    },
  },
  log: { info: () => {}, warn: () => {}, error: () => {} },
};

/** The status, and the scope that the handler was given; null: it was not reached. */
async function ask(name: EndpointName, domain: string | null, groups: readonly string[] | null, pii = false) {
  scopes.length = 0;
  denied.length = 0;
  const [request, body] = requestOf(name, domain, pii);
  const spec: EventSpec = { groups, ...(body !== undefined && { body }) };
  const { statusCode } = await serve(service, apiEvent(request, spec));
  // Whatever is refused to a person is recorded, whichever status it has.
  const isRefused = groups !== null && (statusCode === 403 || statusCode === 404);
  const route = `${ENDPOINTS[name].method} ${ENDPOINTS[name].path}`;
  expect(denied).toMatchObject(
    isRefused ? [{ actor: 'user-1', action: ENDPOINTS[name].permission, route }] : [],
  );
  return { status: statusCode!, scope: scopes[0] ?? null };
}

describe('the table of endpoints', () => {
  it('has a decision on roles and domain for each, and no other', () => {
    expect(Object.keys(DECISIONS).toSorted()).toEqual(NAMES.toSorted());
    for (const name of NAMES) {
      const { permission, domain }: Endpoint = ENDPOINTS[name];
      expect([name, permission === null, domain === null]).toEqual([
        name,
        ...(DECISIONS[name][1] === 'open' ? [true, true] : [false, false]),
      ]);
    }
  });
});

describe.each(NAMES)('%s', (name) => {
  const [roles, where] = DECISIONS[name];
  const isOpen = where === 'open';
  const done = ENDPOINTS[name].answer.status;

  it('asks for a token unless it is open', async () => {
    expect((await ask(name, 'finance', null)).status).toBe(isOpen ? done : 401);
  });

  if (isOpen) return;

  it('is refused to a person without a group of ours', async () => {
    for (const groups of [[], ['strangers'], ['finance'], ['read_pii']])
      expect(await ask(name, 'finance', groups)).toEqual({ status: 403, scope: null });
  });

  it.each(ROLES)('is decided by role and domain for %s', async (role) => {
    const may = roles.includes(role);
    const inDomain = { status: done, scope: ['finance'] };
    for (const group of [role, `${role}:finance`]) {
      const found = await ask(name, 'finance', [group]);
      if (!WITHOUT_DOMAIN.includes(name))
        expect([group, found]).toEqual([group, may ? inDomain : { status: 403, scope: null }]);
    }
    const refused = where === 'thing' && may ? 404 : 403;
    const elsewhere = await ask(name, 'finance', [`${role}:pharma`]);
    if (WITHOUT_DOMAIN.includes(name))
      expect(elsewhere).toEqual(may ? { status: 200, scope: ['pharma'] } : { status: 403, scope: null });
    else expect(elsewhere).toEqual({ status: refused, scope: null });
  });

  if (where === 'list')
    it('lists the domains of the caller and no other', async () => {
      const [first, last] = [roles[0], roles.at(-1)];
      expect(await ask(name, null, [`${first}`])).toEqual({ status: 200, scope: 'all' });
      expect(await ask(name, null, [`${first}:pharma`])).toEqual({ status: 200, scope: ['pharma'] });
      expect(await ask(name, null, [`${first}:pharma`, `${last}:gxp`])).toEqual({
        status: 200,
        scope: ['gxp', 'pharma'],
      });
    });

  if (where === 'thing' && roles === OFFICERS)
    it('is forbidden, not hidden, to who may read there', async () => {
      const groups = ['officer:pharma', 'viewer:finance'];
      expect(await ask(name, null, groups)).toEqual({ status: 403, scope: null });
    });

  if (SHOW_PERSONAL.includes(name))
    it('shows personal data only to those who may read it in that domain', async () => {
      const shown = { status: done, scope: ['finance'] };
      const refused = { status: 403, scope: null };
      expect(await ask(name, 'finance', ['officer', 'read_pii:finance'], true)).toEqual(shown);
      for (const group of ['officer', 'admin', 'admin:finance'])
        for (const other of ['officer:finance', 'read_pii:pharma'])
          expect(await ask(name, 'finance', [group, other], true)).toEqual(refused);
      if (where === 'list')
        expect(await ask(name, null, ['viewer', 'read_pii:finance'], true)).toEqual(refused);
    });
  else
    it('knows no such thing as personal data', async () => {
      const { status } = await ask(name, 'finance', ['admin', 'read_pii'], true);
      expect(status).toBe(422);
    });
});
