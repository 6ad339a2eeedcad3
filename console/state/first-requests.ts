/** What is asked of the API for a page: the same addresses ahead of the page's scripts, and by them. */
import { QUEUE_VIEWS, type QueueFilter } from '../../lib/cases/queue-views.ts';
import { MAX_FLAGS_AT_ONCE } from '../../lib/reviews/review.ts';
import type { Address } from './read-address.ts';

export type Query = Readonly<Record<string, string | number | null | undefined>>;

export const ME = '/v1/me';
export const MODELS = '/v1/models';
const PAGE = 100;

export function withQuery(path: string, query: Query): string {
  const given = Object.entries(query).filter(([, value]) => (value ?? '') !== '') as [string, string][];
  const text = new URLSearchParams(given).toString();
  return text === '' ? path : `${path}?${text}`;
}

/** What the queue's address asks for, without its search. */
export function filterOf(query: URLSearchParams): QueueFilter {
  return {
    view: QUEUE_VIEWS.find((one) => one === query.get('view')) ?? 'act',
    severity: query.get('severity') || null,
    rule: query.get('rule') || null,
  };
}

export function queueQuery({ domain, query }: Pick<Address, 'domain' | 'query'>) {
  return { domain: domain!, ...filterOf(query), q: query.get('q') };
}

export function listPath(query: Query, cursor?: string): string {
  return withQuery('/v1/cases', { ...query, limit: PAGE, cursor });
}

export function casePath(id: string): string {
  return withQuery(`/v1/cases/${id}`, { flags: MAX_FLAGS_AT_ONCE });
}

export function firstRequests(address: Address): string[] {
  const { page, id } = address;
  return [
    ...(page === 'cases' && id !== null ? [casePath(id)] : []),
    ...(page === 'queue' ? [listPath(queueQuery(address))] : []),
    ...[ME, MODELS],
  ];
}
