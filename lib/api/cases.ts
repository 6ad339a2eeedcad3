/** What answers for cases: lists, one case, and what people do with them. */
import { type Case, type CaseView, caseIdOf, statusAt } from '../cases/case.ts';
import { type CaseAct, type CaseActor, CaseRefused, StaleCase } from '../cases/case-acts.ts';
import type { Mention } from '../cases/mention.ts';
import { type FlagItem, type FlagSummary, SEVERITIES } from '../decisions/flag-item.ts';
import type { Events } from '../events/event-schemas.ts';
import type { Review } from '../reviews/review.ts';
import { shownRules } from './case-reviews.ts';
import { type ColleagueServices, readMentions } from './colleagues.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { fullFlag } from './flags.ts';
import { keyPage, type PageKey } from './key-page.ts';
import { showRecords } from './personal-data.ts';
import { asSentence, Problem } from './problem.ts';
import { type CaseViewServices, type ShownCase, showCases } from './show-case.ts';
import type { StoredIds } from './stored-ids.ts';

interface CasePage {
  readonly items: readonly Case[];
  readonly last: string | null;
  readonly cost: { readonly queries: number; readonly evaluated: number; readonly units: number };
}

export interface CaseListFilter {
  readonly assignee?: string;
  readonly rule?: string;
  readonly severityRank?: number;
  readonly status?: ReturnType<typeof statusAt>;
  readonly from?: string;
  readonly to?: string;
}

export interface CaseHistory {
  readonly act: 'review' | 'withdraw' | CaseAct['act'];
  readonly by: string;
  readonly at: string;
  readonly version: number;
  readonly reason?: string;
  readonly reasonCode?: string;
  readonly assignee?: string | null;
  readonly until?: string;
  readonly verdict?: Review['verdict'];
  readonly review?: string;
  readonly flags?: readonly string[];
}

export interface CaseServices extends CaseViewServices, ColleagueServices {
  readonly mentions: {
    /** In any order. */
    of(domains: readonly string[], person: string): Promise<readonly Mention[]>;
    inCase(domain: string, caseId: string, person: string): Promise<Mention | null>;
    /** False: the last mention is another than the one that was seen, or there is none. */
    end(domain: string, seen: Pick<Mention, 'caseId' | 'at'>, person: string): Promise<boolean>;
  };
  readonly cases: {
    get(id: string): Promise<Case | null>;
    /** Those that are there, in any order. */
    getAll(ids: readonly string[]): Promise<Case[]>;
    openFlags(id: string, limit: number): Promise<string[]>;
    /** The latest first; with `before`, what was done before that act. */
    history(id: string, limit: number, before?: Pick<CaseHistory, 'at' | 'version'>): Promise<CaseHistory[]>;
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
    /** Null: there is none. */
    takeNext(domain: string, actor: CaseActor): Promise<{ case: Case; events: Events } | null>;
  };
  readonly act: (
    id: string,
    act: CaseAct,
    actor: CaseActor,
    options: { seen?: number; mentions?: readonly string[] },
  ) => Promise<{ readonly case: Case; readonly events: Events } | null>;
  readonly flags: {
    getAll(ids: readonly string[]): Promise<FlagItem[]>;
    ofRecord(domain: string, recordId: string): Promise<FlagSummary[]>;
    ofEntity(domain: string, entity: string, limit: number): Promise<FlagSummary[]>;
    domains(): Promise<string[]>;
  };
  readonly stored: StoredIds;
  readonly reviewsOf: (id: string) => Promise<readonly Review[]>;
  /** What the last verdict on the case left to be written is written. True: there was something. */
  readonly finish: (id: string) => Promise<boolean>;
  readonly publish: (events: Events) => Promise<unknown>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** How long a hold lasts. */
  readonly holdSeconds: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type CaseEndpoints =
  | 'listCases'
  | 'getCase'
  | 'listCaseActs'
  | 'takeNextCase'
  | 'claimCase'
  | 'releaseCase'
  | 'assignCase'
  | 'escalateCase'
  | 'snoozeCase'
  | 'reopenCase'
  | 'endMention';

const MAX_HISTORY = 100;

export function caseHandlers(services: CaseServices): Required<Pick<Handlers, CaseEndpoints>> {
  const act = (call: ActCall, what: CaseAct) => actOn(services, call, what);
  const { holdSeconds } = services;
  return {
    listCases: (call) => listCases(services, call),
    getCase: (call) => getCase(services, call),
    listCaseActs: (call) => listActs(services, call),
    takeNextCase: (call) => takeNextCase(services, call),
    claimCase: (call) => act(call, { act: 'claim', holdSeconds }),
    releaseCase: (call) => act(call, { act: 'release' }),
    assignCase: (call) => act(call, { act: 'assign', assignee: call.body.assignee }),
    escalateCase: (call) => act(call, { act: 'escalate', reason: call.body.reason }),
    snoozeCase: (call) => act(call, { act: 'snooze', until: call.body.until, reason: call.body.reason }),
    reopenCase: (call) => act(call, { act: 'reopen', reason: call.body.reason }),
    endMention: (call) => endMention(services, call),
  };
}

async function endMention(
  { mentions }: CaseServices,
  { params: { id }, body: { at }, caller, scope }: Call<'endMention'>,
): Promise<Reply<'endMention'>> {
  const domain = String(scope[0]);
  const done = await mentions.end(domain, { caseId: id, at }, caller.sub);
  const later = done ? null : await mentions.inCase(domain, id, caller.sub);
  if (later !== null)
    throw new Problem(409, `There is a later mention, of ${later.at}: you looked at that of ${at}.`);
  return { body: { case: id, done } };
}

async function listCases(
  services: CaseServices,
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

async function readCases(services: CaseServices, request: ListRequest): Promise<CasePage> {
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
  { cases, flags, stored }: CaseServices,
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

async function getCase(
  services: CaseServices,
  { params, query, caller, scope, pii }: Call<'getCase'>,
): Promise<Reply<'getCase'>> {
  const { personal, reviewRules } = services;
  const domain = String(scope[0]);
  const [read, { policy }, mention] = await Promise.all([
    readWhole(services, params.id, query.flags),
    reviewRules(domain),
    services.mentions.inCase(domain, params.id, caller.sub),
  ]);
  if (read === null) throw new Problem(404, `There is no case ${params.id}.`);
  const { one, flags, reviews, history } = read;
  const now = new Date(services.now()).toISOString();
  const route = 'GET /v1/cases/{id}';
  const reading = { actor: caller.sub, pii, route, subject: one.id };
  const records = flags.map((flag, at) => ({
    ...{ domain: flag.domain, model: flag.model, id: flag.flag, body: fullFlag(flag, reviews[at]!) },
  }));
  const [[shown], flagList] = await Promise.all([
    showCases(services, { ...reading, pii: false }, [one], now),
    showRecords(personal, reading, records),
  ]);
  const entity = flagList[0]?.entity ?? shown!.entity;
  return {
    body: {
      ...shown!,
      entity,
      flag_list: flagList,
      more_flags: one.flags > flagList.length,
      ...(await showActs(services, one.id, history, MAX_HISTORY)),
      mention: mention && { by: mention.by, at: mention.at },
      review_rules: shownRules(policy),
    },
  };
}

interface WholeCase {
  readonly one: Case;
  readonly flags: readonly FlagItem[];
  /** Of each of these flags. */
  readonly reviews: readonly (readonly Review[])[];
  readonly history: readonly CaseHistory[];
}

/** What does not wait for something else is asked for together. Null: there is no such case. */
async function readWhole(services: CaseServices, id: string, limit: number): Promise<WholeCase | null> {
  const { cases, flags, reviewsOf } = services;
  const read = () =>
    Promise.all([cases.get(id), cases.openFlags(id, limit), cases.history(id, MAX_HISTORY + 1)]);
  // That an act left something to be written is rare: what was read beside it is read again then.
  const [wasChanged, before] = await Promise.all([services.finish(id), read()]);
  const [one, open, history] = wasChanged ? await read() : before;
  if (one === null) return null;
  const ids = await shownFlags(services, one, open, limit);
  const [found, reviews] = await Promise.all([flags.getAll(ids), Promise.all(ids.map(reviewsOf))]);
  const byId = new Map(found.map((flag) => [flag.flag, flag]));
  const there = ids.flatMap((flag, at) => (byId.has(flag) ? [at] : []));
  return {
    one,
    flags: there.map((at) => byId.get(ids[at]!)!),
    reviews: there.map((at) => reviews[at]!),
    history,
  };
}

/** The open ones first, the most urgent first. */
async function shownFlags(
  { flags }: CaseServices,
  one: Case,
  open: readonly string[],
  limit: number,
): Promise<string[]> {
  const isAll = open.length === limit || one.flags === open.length;
  if (isAll && open.length > 0) return [...open];
  const others =
    isAll || one.entity === null
      ? [one.top.id]
      : (await flags.ofEntity(one.domain, one.entity, limit)).map(({ flag }) => flag);
  return [...new Set([...open, ...others])].slice(0, limit);
}

async function listActs(
  services: CaseServices,
  { params: { id }, query: { limit, cursor } }: Call<'listCaseActs'>,
): Promise<Reply<'listCaseActs'>> {
  const before = cursor === undefined ? undefined : placeOf(await services.cursorSecret(), id, cursor);
  const acts = await services.cases.history(id, limit + 1, before);
  const { history: items, history_next: next } = await showActs(services, id, acts, limit);
  return { body: { items, next } };
}

/** One more than are shown says whether there are others. */
async function showActs(
  { cursorSecret }: CaseServices,
  id: string,
  acts: readonly CaseHistory[],
  limit: number,
) {
  const shown = acts.slice(0, limit);
  const last = acts.length > limit ? shown.at(-1) : undefined;
  const next =
    last === undefined
      ? null
      : sealCursor(await cursorSecret(), actsOf(id), JSON.stringify([last.at, last.version]));
  return { history: shown.map(showAct), history_next: next };
}

const actsOf = (id: string) => listName('acts of a case', { id });

function placeOf(secret: Uint8Array, id: string, cursor: string): Pick<CaseHistory, 'at' | 'version'> {
  const [at, version] = JSON.parse(openCursor(secret, actsOf(id), cursor)) as [string, number];
  return { at, version };
}

function showAct(entry: CaseHistory) {
  const { act, by, at, version, reason, reasonCode, assignee, until, verdict, review, flags } = entry;
  return {
    ...{ act, by, at, version, reason: reason ?? null, reason_code: reasonCode ?? null },
    ...{ assignee: assignee ?? null, until: until ?? null, verdict: verdict ?? null },
    ...{ review: review ?? null, flags: [...(flags ?? [])] },
  };
}

async function takeNextCase(
  services: CaseServices,
  { body, caller, pii }: Call<'takeNextCase'>,
): Promise<Reply<'takeNextCase'>> {
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const taken = await services.queue.takeNext(body.domain, actor);
  if (taken === null) return { body: { case: null } };
  await services.publish(taken.events);
  const reading = { actor: caller.sub, pii, route: 'POST /v1/cases/next', subject: taken.case.id };
  const [shown] = await showCases(services, reading, [taken.case], actor.at);
  return { body: { case: shown! } };
}

type ActCall = Pick<Call<'claimCase'>, 'params' | 'caller' | 'scope'> & {
  readonly body: { readonly version?: number | undefined; readonly mentions?: readonly string[] | undefined };
};

async function actOn(
  services: CaseServices,
  { params, caller, scope, body }: ActCall,
  act: CaseAct,
): Promise<{ body: ShownCase }> {
  const actor = { by: caller.sub, at: new Date(services.now()).toISOString() };
  const seen = body.version === undefined ? {} : { seen: body.version };
  const mentions = await readMentions(services, String(scope[0]), body.mentions);
  const changed = await services.act(params.id, act, actor, { ...seen, mentions }).catch((error: unknown) => {
    if (error instanceof CaseRefused || error instanceof StaleCase)
      throw new Problem(409, asSentence(error.message));
    throw error;
  });
  if (changed === null) throw new Problem(404, `There is no case ${params.id}.`);
  await services.publish(changed.events);
  const reading = { actor: caller.sub, pii: false, route: '', subject: params.id };
  const [shown] = await showCases(services, reading, [changed.case], actor.at);
  return { body: shown! };
}
