/** The handlers of flags: lists, and single ones, as the API shows them. */

import type { FlagItem, FlagSummary } from '../decisions/flag-item.ts';
import { type DomainScope, isInScope } from '../packs/domain-scope.ts';
import { isPseudonym } from '../privacy/reveal.ts';
import type { Review } from '../reviews/review.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';
import { type Reviews, shownReview } from './reviews.ts';
import { allowedDomains } from './roles.ts';
import type { StoredIds } from './stored-ids.ts';

/** The part of the table of flags that is needed here. */
export interface FlagReader {
  get(id: string): Promise<FlagItem | null>;
  query(query: FlagListQuery): Promise<{
    readonly items: readonly FlagSummary[];
    readonly next: string | null;
    readonly cost: { readonly queries: number; readonly evaluated: number; readonly units: number };
  }>;
}

interface FlagListQuery {
  readonly scope: DomainScope;
  readonly status?: FlagSummary['status'];
  readonly minScore?: number;
  readonly maxScore?: number;
  readonly severity?: Call<'listFlags'>['query']['severity'] & string;
  readonly from?: string;
  readonly to?: string;
  readonly entity?: string;
  readonly drop?: string;
  readonly limit: number;
  readonly before?: string;
}

export function flagHandlers(
  flags: FlagReader,
  reviewsOf: Reviews['reviewsOf'],
  cursorSecret: () => Promise<Uint8Array>,
  domainOfDrop: (id: string) => Promise<string | null>,
  personal: PersonalDataServices,
  ids: Pick<StoredIds, 'entityOf' | 'erasable'>,
): Required<Pick<Handlers, 'listFlags' | 'getFlag'>> {
  return {
    listFlags: (call) => listFlags({ flags, cursorSecret, domainOfDrop, personal, ids }, call),
    getFlag: (call) => getFlag({ flags, reviewsOf, personal }, call),
  };
}

interface ListServices {
  readonly flags: FlagReader;
  readonly cursorSecret: () => Promise<Uint8Array>;
  readonly domainOfDrop: (id: string) => Promise<string | null>;
  readonly personal: PersonalDataServices;
  readonly ids: Pick<StoredIds, 'entityOf' | 'erasable'>;
}

async function listFlags(
  { flags, cursorSecret, domainOfDrop, personal, ids }: ListServices,
  { query, caller, scope: allowed, pii }: Call<'listFlags'>,
): Promise<Reply<'listFlags'>> {
  const { limit, cursor, min_score, max_score, domain, pii: _, ...rest } = query;
  if (min_score !== undefined && max_score !== undefined && min_score > max_score) {
    const detail = `is above max_score (${max_score})`;
    throw new Problem(422, 'A query parameter is not as expected.', {
      faults: [{ at: 'min_score', detail }],
    });
  }
  const readsAll = allowedDomains(caller, 'read') === 'all';
  const scope = readsAll ? allowed : await scopeOfDrop(allowed, query.drop, domainOfDrop);
  if (scope === null) return { body: { items: [], next: null } };
  const given = Object.entries({ ...rest, scope, minScore: min_score, maxScore: max_score });
  const filter = { scope, ...Object.fromEntries(given.filter(([, value]) => value !== undefined)) };
  const list = listName('flags', filter);
  const secret = await cursorSecret();
  const before = cursor === undefined ? {} : { before: openCursor(secret, list, cursor) };
  const stored = query.entity === undefined ? {} : { entity: await storedEntity(ids, scope, query.entity) };
  const page = await flags.query({ ...filter, ...stored, limit, ...before });
  const { queries, evaluated, units } = page.cost;
  const route = 'GET /v1/flags';
  const items = page.items.map(toShow);
  return {
    body: {
      items: await showRecords(personal, { actor: caller.sub, pii, route, subject: route }, items),
      next: page.next === null ? null : sealCursor(secret, list, page.next),
    },
    headers: { 'assay-read-cost': `queries=${queries}, items=${evaluated}, units=${units}` },
  };
}

/** Other domains may have an entity of the same id: that of an erasable one is found where it alone is asked for. */
async function storedEntity(
  { entityOf, erasable }: ListServices['ids'],
  scope: DomainScope,
  entity: string,
): Promise<string> {
  if (scope !== 'all' && scope.length === 1) return await entityOf(scope[0]!, entity);
  if (isPseudonym(entity) || !erasable.some((domain) => isInScope(scope, domain))) return entity;
  throw new Problem(422, 'A query parameter is not as expected.', {
    faults: [
      { at: 'domain', detail: 'missing: in erasable domains an entity is found where one of them is named' },
    ],
  });
}

/** A drop has one domain; null: not one of these. What it holds is then not even looked at, nor is its reading counted. */
async function scopeOfDrop(
  scope: DomainScope,
  drop: string | undefined,
  domainOfDrop: ListServices['domainOfDrop'],
): Promise<DomainScope | null> {
  if (drop === undefined) return scope;
  const domain = await domainOfDrop(drop);
  return domain !== null && isInScope(scope, domain) ? [domain] : null;
}

async function getFlag(
  {
    flags,
    reviewsOf,
    personal,
  }: { flags: FlagReader; reviewsOf: Reviews['reviewsOf']; personal: PersonalDataServices },
  { params, caller, pii }: Call<'getFlag'>,
): Promise<Reply<'getFlag'>> {
  const [flag, reviews] = await Promise.all([flags.get(params.id), reviewsOf(params.id)]);
  if (flag === null) throw new Problem(404, `There is no flag ${params.id}.`);
  const body = fullFlag(flag, reviews);
  const { domain, model, flag: id, record_id: subject } = flag;
  const reading = { actor: caller.sub, pii, route: 'GET /v1/flags/{id}', subject };
  const [shown] = await showRecords(personal, reading, [{ domain, model, id, body }]);
  return { body: shown! };
}

/** A flag with all that is stored of it. */
export function fullFlag(flag: FlagItem, reviews: readonly Review[]): Reply<'getFlag'>['body'] {
  const { pending, links: _, ...rest } = flag;
  return {
    ...rest,
    pending: pending ?? null,
    rules: [...flag.rules],
    reasons: [...flag.reasons],
    explanation: flag.explanation === null ? null : JSON.parse(flag.explanation),
    record: flag.record === null ? null : JSON.parse(flag.record),
    reviews: reviews.map((review) => shownReview(review, flag)),
  };
}

/** A summary as lists show it. */
export function toShow(flag: FlagSummary) {
  const { domain, model, flag: id } = flag;
  return { domain, model, id, body: { ...flag, rules: [...flag.rules], reasons: [...flag.reasons] } };
}
