/** Views of the queue that a person has named: the query of the address, by domain, on this device. A link to one is its address. */
import { signal } from '@preact/signals';

export interface SavedView {
  readonly name: string;
  /** Of the queue's address, as after the `?`. */
  readonly query: string;
}

type ByDomain = Readonly<Record<string, readonly SavedView[]>>;

const STORED = 'assay.views';
const MAX_VIEWS = 20;
export const MAX_NAME = 40;

/** Anything but what was stored here counts as nothing. */
export function readViews(text: string | null): ByDomain {
  try {
    const read: unknown = JSON.parse(text ?? '{}');
    if (typeof read !== 'object' || read === null || Array.isArray(read)) return {};
    return Object.fromEntries(
      Object.entries(read).map(([domain, views]) => [
        domain,
        Array.isArray(views) ? views.filter(isView) : [],
      ]),
    );
  } catch {
    return {};
  }
}

function isView(one: unknown): one is SavedView {
  const { name, query } = (one ?? {}) as Partial<SavedView>;
  return typeof name === 'string' && typeof query === 'string';
}

/** One of that name is replaced; the oldest goes where there are too many. */
export function withView(views: readonly SavedView[], view: SavedView): readonly SavedView[] {
  return [...views.filter(({ name }) => name !== view.name), view].slice(-MAX_VIEWS);
}

export const savedViews = signal<ByDomain>(
  typeof localStorage === 'undefined' ? {} : readViews(localStorage.getItem(STORED)),
);

export function saveView(domain: string, view: SavedView): void {
  store(domain, withView(savedViews.value[domain] ?? [], view));
}

export function forgetView(domain: string, name: string): void {
  store(
    domain,
    (savedViews.value[domain] ?? []).filter((one) => one.name !== name),
  );
}

function store(domain: string, views: readonly SavedView[]): void {
  savedViews.value = { ...savedViews.value, [domain]: views };
  localStorage.setItem(STORED, JSON.stringify(savedViews.value));
}
