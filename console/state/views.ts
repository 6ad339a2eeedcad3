/** Views of the queue: a person's own, and those that the domain shares. Kept by the API; a link to one is its address. */
import { signal } from '@preact/signals';
import type { z } from 'zod';
import type { View, ViewList } from '../../lib/api/view-schemas.ts';
import { QUEUE_VIEWS, type QueueFilter } from '../../lib/cases/queue-views.ts';
import { ApiError, get, post } from '../api/client.ts';

export type SavedView = z.output<typeof View>;

/** Of one domain; null: not read yet. */
export const savedViews = signal<{ readonly domain: string; readonly items: readonly SavedView[] } | null>(
  null,
);

/** What the queue's address asks for, without its search. */
export function filterOf(query: URLSearchParams): QueueFilter {
  return {
    view: QUEUE_VIEWS.find((one) => one === query.get('view')) ?? 'act',
    severity: query.get('severity') || null,
    rule: query.get('rule') || null,
  };
}

export function queryOf({ view, severity, rule }: QueueFilter): string {
  return new URLSearchParams([
    ...(view === 'act' ? [] : [['view', view]]),
    ...(severity === null ? [] : [['severity', severity]]),
    ...(rule === null ? [] : [['rule', rule]]),
  ]).toString();
}

const pathOf = (domain: string, id = '') => `/v1/views/${domain}${id && `/${id}`}`;

export async function loadViews(domain: string): Promise<void> {
  await moveOver(domain);
  const { items } = await get<z.output<typeof ViewList>>(pathOf(domain));
  savedViews.value = { domain, items };
}

export async function saveView(
  domain: string,
  view: { readonly name: string; readonly filter: QueueFilter; readonly shared: boolean },
): Promise<void> {
  await post(pathOf(domain), view);
  await loadViews(domain);
}

export async function changeView(
  domain: string,
  { id, version }: SavedView,
  change: { readonly name: string; readonly shared: boolean },
): Promise<void> {
  await post(pathOf(domain, id), { version, ...change });
  await loadViews(domain);
}

export async function deleteView(domain: string, { id, version }: SavedView): Promise<void> {
  await post(`${pathOf(domain, id)}/delete`, { version });
  await loadViews(domain);
}

/** Where an earlier version of this page stored them. */
const STORED = 'assay.views';

/** Views that were saved on this device go to the API once. One that it refuses, for its name is taken, is left out. */
async function moveOver(domain: string): Promise<void> {
  const text = localStorage.getItem(STORED);
  if (text === null) return;
  const { [domain]: here = [], ...others } = readStored(text);
  for (const { name, query } of here)
    await post(pathOf(domain), { name, filter: filterOf(new URLSearchParams(query)) }).catch(leaveOut);
  if (Object.keys(others).length > 0) localStorage.setItem(STORED, JSON.stringify(others));
  else localStorage.removeItem(STORED);
}

/** Unreachable is no refusal: they are moved another time. */
function leaveOut(error: unknown): void {
  if (!(error instanceof ApiError && [409, 422].includes(error.status))) throw error;
}

interface StoredView {
  readonly name: string;
  /** Of the queue's address, as after the `?`. */
  readonly query: string;
}

/** Anything but what was stored there counts as nothing. */
export function readStored(text: string): Readonly<Record<string, readonly StoredView[]>> {
  try {
    const read = Object.entries((JSON.parse(text) ?? {}) as object);
    return Object.fromEntries(
      read.flatMap(([domain, views]) => {
        const found = Array.isArray(views) ? views.filter(isView) : [];
        return found.length === 0 ? [] : [[domain, found]];
      }),
    );
  } catch {
    return {};
  }
}

function isView(one: unknown): one is StoredView {
  const { name, query } = (one ?? {}) as Partial<StoredView>;
  return typeof name === 'string' && typeof query === 'string';
}
