/** What answers for lists of cases: a view of the queue, one's own cases, those that one was spoken to in, and one that is looked for. */
import { type Case, type CaseView, caseIdOf, statusAt } from '../cases/case.ts';
import type { CaseActor } from '../cases/case-acts.ts';
import type { Mention } from '../cases/mention.ts';
import { type FlagSummary, SEVERITIES } from '../decisions/flag-item.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Call, Reply } from './endpoints.ts';
import { keyPage, type PageKey } from './key-page.ts';
import { type CaseViewServices, showCases } from './show-case.ts';
import type { StoredIds } from './stored-ids.ts';

interface CasePage {
  readonly items: readonly Case[];
  readonly last: string | null;
  readonly cost: { readonly queries: number; readonly evaluated: number; readonly units: number };
}

interface CaseListFilter {
  readonly assignee?: string;
  readonly rule?: string;
  readonly severityRank?: number;
  readonly status?: ReturnType<typeof statusAt>;
  readonly from?: string;
  readonly to?: string;
}

export interface CaseListServices extends CaseViewServices {
  readonly mentions: {
    /** In any order. */
    of(domains: readonly string[], person: string): Promise<readonly Mention[]>;
  };
  readonly cases: {
    get(id: string): Promise<Case | null>;
    /** Those that are there, in any order. */
    getAll(ids: readonly string[]): Promise<Case[]>;
    ownCases(domains: readonly string[], actor: CaseActor): Promise<Case[]>;
    counts(domains: readonly string[]): Promise<Readonly<Record<CaseView, number>>>;
  };
  readonly queue: {
    list(query: {
      domains: readonly string[];
      views: readonly CaseView[];
      filter: CaseListFilter;
      now: string;
      limit: number;
      before?: string;
    }): Promise<CasePage>;
  };
  readonly flags: {
    ofRecord(domain: string, recordId: string): Promise<FlagSummary[]>;
    domains(): Promise<string[]>;
  };
  readonly stored: StoredIds;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export async function listCases(
  services: CaseListServices,
  { query, caller, scope, pii }: Call<'listCases'>,
): Promise<Reply<'listCases'>> {
  const { cases, cursorSecret } = services;
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const domains = scope === 'all' ? await services.flags.domains() : [...scope];
  const { cursor, limit, pii: _pii, domain: _domain, ...asked } = query;
  const list = listName('cases', { ...asked, scope });
  const secret = await cursorSecret();
  const before = cursor === undefined ? undefined : openCursor(secret, list, cursor);
  // For their counts and, in these views, for the page.
  const [owned, mentioned] = [cases.ownCases(domains, actor), services.mentions.of(domains, caller.sub)];
  const [page, counts, own, mentions] = await Promise.all([
    readCases(services, { domains, query, actor, limit, before, owned, mentioned }),
    cases.counts(domains),
    owned,
    mentioned,
  ]);
  const route = 'GET /v1/cases';
  const reading = { actor: caller.sub, pii, route, subject: route };
  const { queries, evaluated, units } = page.cost;
  return {
    body: {
      items: await showCases(services, reading, page.items, actor.at),
      next: page.last === null ? null : sealCursor(secret, list, page.last),
      counts: { ...counts, mine: own.length, mentioned: mentions.length },
    },
    headers: { 'assay-read-cost': `queries=${queries}, items=${evaluated}, units=${units}` },
  };
}

interface ListRequest {
  readonly domains: readonly string[];
  readonly query: Call<'listCases'>['query'];
  readonly actor: CaseActor;
  readonly limit: number;
  readonly before: string | undefined;
  /** Of the caller. */
  readonly owned: Promise<readonly Case[]>;
  readonly mentioned: Promise<readonly Mention[]>;
}

const FREE = { queries: 0, evaluated: 0, units: 0 } as const;
const VIEWS = {
  act: ['act'],
  look: ['look'],
  decided: ['decided'],
  all: ['act', 'look', 'snoozed', 'decided'],
} as const satisfies Record<string, readonly CaseView[]>;

async function readCases(services: CaseListServices, request: ListRequest): Promise<CasePage> {
  const { domains, query, actor, limit, before } = request;
  const filter = filterOf(query);
  const isWanted = (one: Case) => isMatch(one, filter, actor.at);
  if (query.q !== undefined) {
    const found = await findCases(services, domains, query.q, limit);
    return { items: found.filter(isWanted), last: null, cost: FREE };
  }
  if (query.view === 'mentioned') {
    const since = new Map((await request.mentioned).map(({ caseId, at: said }) => [caseId, said]));
    const all = await services.cases.getAll([...since.keys()]);
    const keyOf = ({ id }: Case) => [-Date.parse(since.get(id)!), id];
    return { ...keyPage(all.filter(isWanted), keyOf, { limit, before }), cost: FREE };
  }
  if (query.view !== 'mine') {
    const views = VIEWS[query.view];
    const place = before === undefined ? {} : { before };
    return await services.queue.list({ domains, views, filter, now: actor.at, limit, ...place });
  }
  const own = (await request.owned).filter(isWanted);
  return { ...keyPage(own, urgencyKey, { limit, before }), cost: FREE };
}

/** By an entity or a record id, whole. */
async function findCases(
  { cases, flags, stored }: CaseListServices,
  domains: readonly string[],
  text: string,
  limit: number,
): Promise<Case[]> {
  const ofRecords = await Promise.all(
    domains.map(async (one) => await flags.ofRecord(one, await stored.recordIdOf(one, text))),
  );
  const entities = await Promise.all(
    domains.map(async (one) => [one, await stored.entityOf(one, text)] as const),
  );
  const ids = [
    ...entities.map(([one, entity]) => caseIdOf(one, entity, '')),
    ...ofRecords.flat().map(({ domain, entity, flag }) => caseIdOf(domain, entity, flag)),
  ];
  const found = await Promise.all([...new Set(ids)].slice(0, limit).map((id) => cases.get(id)));
  return found.filter((one) => one !== null);
}

function filterOf({
  assignee,
  rule,
  severity,
  status,
  from,
  to,
}: Call<'listCases'>['query']): CaseListFilter {
  const utc = (time: string) => new Date(time).toISOString();
  return {
    ...(assignee !== undefined && { assignee }),
    ...(rule !== undefined && { rule }),
    ...(severity !== undefined && {
      severityRank: SEVERITIES.findIndex((one) => (one ?? 'none') === severity),
    }),
    ...(status !== undefined && { status }),
    ...(from !== undefined && { from: utc(from) }),
    ...(to !== undefined && { to: utc(to) }),
  };
}

function isMatch(one: Case, filter: CaseListFilter, now: string): boolean {
  const { assignee, rule, severityRank, status, from, to } = filter;
  return (
    (assignee === undefined || one.assignee === assignee) &&
    (rule === undefined || one.rules.includes(rule)) &&
    (severityRank === undefined || one.top.severityRank === severityRank) &&
    (status === undefined || statusAt(one, now) === status) &&
    (from === undefined || one.lastFlagAt >= from) &&
    (to === undefined || one.lastFlagAt <= to)
  );
}

/** The most urgent first, of these the oldest. */
function urgencyKey({ id, top, openedAt }: Case): PageKey {
  return [-top.severityRank, -top.score, openedAt, id];
}
