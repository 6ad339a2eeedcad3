/** Views of the queue: a person's own, and those that the domain shares. Kept by the API; a link to one is its address. */
import { signal } from '@preact/signals';
import type { z } from 'zod';
import type { View, ViewList } from '../../lib/api/view-schemas.ts';
import type { QueueFilter } from '../../lib/cases/queue-views.ts';
import { get, post } from '../api/client.ts';

export type SavedView = z.output<typeof View>;

/** Of one domain; null: not read yet. */
export const savedViews = signal<{ readonly domain: string; readonly items: readonly SavedView[] } | null>(
  null,
);

export function queryOf({ view, severity, rule }: QueueFilter): string {
  return new URLSearchParams([
    ...(view === 'act' ? [] : [['view', view]]),
    ...(severity === null ? [] : [['severity', severity]]),
    ...(rule === null ? [] : [['rule', rule]]),
  ]).toString();
}

const pathOf = (domain: string, id = '') => `/v1/views/${domain}${id && `/${id}`}`;

export async function loadViews(domain: string): Promise<void> {
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
