/** The list of cases that is worked through: pages of it as they are needed, kept while a case of it is open. */
import { computed, signal } from '@preact/signals';
import type { z } from 'zod';
import type { CaseDetail as DetailSchema, CaseList as ListSchema } from '../../lib/api/case-schemas.ts';
import { get } from '../api/client.ts';
import { casePath, listPath, type Query } from './first-requests.ts';

type List = z.output<typeof ListSchema>;
export type CaseSummary = List['items'][number];
export type CaseDetail = z.output<typeof DetailSchema>;

interface Listed {
  readonly key: string;
  readonly query: Query;
  readonly items: readonly CaseSummary[];
  readonly next: string | null;
  readonly counts: List['counts'];
}

export const listed = signal<Listed | null>(null);
export const listError = signal<unknown>(null);
export const currentId = signal<string | null>(null);
let loading: string | null = null;

export const currentAt = computed(() => {
  const at = listed.value?.items.findIndex(({ id }) => id === currentId.value) ?? -1;
  return at;
});

/** Replaces the list once the new one is there; the old one stays until then. */
export async function loadCases(query: Query): Promise<void> {
  const key = JSON.stringify(query);
  loading = key;
  listError.value = null;
  try {
    const { items, next, counts } = await get<List>(listPath(query));
    if (loading !== key) return;
    listed.value = { key, query, items, next, counts };
    if (!items.some(({ id }) => id === currentId.value)) currentId.value = items[0]?.id ?? null;
  } catch (error) {
    if (loading === key) listError.value = error;
  } finally {
    if (loading === key) loading = null;
  }
}

export async function loadMore(): Promise<void> {
  const before = listed.value;
  if (before === null || before.next === null || loading !== null) return;
  loading = `${before.key} ${before.next}`;
  try {
    const { items, next } = await get<List>(listPath(before.query, before.next));
    if (listed.value !== before) return;
    const known = new Set(before.items.map(({ id }) => id));
    listed.value = { ...before, items: [...before.items, ...items.filter(({ id }) => !known.has(id))], next };
  } catch (error) {
    listError.value = error;
  } finally {
    loading = null;
  }
}

/** Moves within the list; false at its ends. */
export function step(by: 1 | -1): boolean {
  const items = listed.value?.items ?? [];
  const to = items[currentAt.value + by];
  if (to === undefined) return false;
  currentId.value = to.id;
  if (currentAt.value > items.length - 20) void loadMore();
  return true;
}

/** A case as it is now: its row changes in place, and moves nothing under the officer's hand. */
export function updateRow(changed: CaseSummary): void {
  const before = listed.value;
  if (before === null) return;
  listed.value = {
    ...before,
    items: before.items.map((one) => (one.id === changed.id ? { ...one, ...changed } : one)),
  };
}

const details = new Map<string, Promise<CaseDetail>>();
const read = new Map<string, CaseDetail>();
const MAX_DETAILS = 20;

/** A case with its flags: asked for once, until it is known to have changed. */
export function readCase(id: string): Promise<CaseDetail> {
  const known = details.get(id);
  if (known !== undefined) return known;
  const asked = get<CaseDetail>(casePath(id));
  details.set(id, asked);
  asked.then(
    (detail) => details.get(id) === asked && read.set(id, detail),
    () => details.delete(id),
  );
  const [oldest] = details.keys();
  if (details.size > MAX_DETAILS && oldest !== undefined) forgetCase(oldest);
  return asked;
}

/** What was read of it, at once; null: nothing yet. */
export function knownCase(id: string): CaseDetail | null {
  return read.get(id) ?? null;
}

export function forgetCase(id: string): void {
  details.delete(id);
  read.delete(id);
}

/** The one that comes after this is read before it is asked for. */
export function prefetchNext(): void {
  const next = listed.value?.items[currentAt.value + 1];
  if (next !== undefined) void readCase(next.id).catch(() => undefined);
}
