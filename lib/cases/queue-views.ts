/**
 * Views of the queue that people named: a person's own in a domain, and those shared with all who read there. A shelf holds the views of
 * one of both; a change returns the shelf after it, or throws a ViewRefused that says why not. Pure.
 */

/** What the queue shows. No search: that is for one entity, and a view may be read by all. */
export interface QueueFilter {
  readonly view: (typeof QUEUE_VIEWS)[number];
  readonly severity: string | null;
  readonly rule: string | null;
}

export interface QueueView {
  readonly id: string;
  readonly name: string;
  readonly filter: QueueFilter;
  /** Who made it: of a shared one, who may change it beside the administrators. */
  readonly by: string;
  /** ISO 8601: of the last change. */
  readonly at: string;
  /** Counts up with each change. */
  readonly version: number;
}

export type Shelf = readonly QueueView[];
export type ShelfName = 'own' | 'shared';
export type Shelves = Readonly<Record<ShelfName, Shelf>>;

export const QUEUE_VIEWS = ['act', 'look', 'mine', 'mentioned', 'decided'] as const;
export const MAX_VIEW_NAME = 40;
export const MAX_VIEWS: Readonly<Record<ShelfName, number>> = { own: 20, shared: 50 };

/** It cannot be so: there is one of that name, there are too many, it has changed, or it is another person's. */
export class ViewRefused extends Error {
  override readonly name = 'ViewRefused';
  readonly kind: 'conflict' | 'missing' | 'forbidden';

  constructor(kind: 'conflict' | 'missing' | 'forbidden', message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface ShelvedView {
  readonly shelf: ShelfName;
  readonly view: QueueView;
}

/** On whichever shelf it is. */
function findView({ own, shared }: Shelves, id: string): ShelvedView {
  const view = own.find((one) => one.id === id) ?? shared.find((one) => one.id === id);
  if (view === undefined) throw new ViewRefused('missing', `there is no view ${id}`);
  return { shelf: own.includes(view) ? 'own' : 'shared', view };
}

/** Two of one name on a shelf could not be distinguished; an own one may be called as a shared one is. */
export function withView(shelf: Shelf, name: ShelfName, view: QueueView): Shelf {
  const others = shelf.filter(({ id }) => id !== view.id);
  const isThere = others.length < shelf.length;
  if (others.some((one) => nameKey(one.name) === nameKey(view.name)))
    throw new ViewRefused('conflict', `there is ${WHOSE[name]} called "${view.name}" already`);
  if (!isThere && shelf.length >= MAX_VIEWS[name])
    throw new ViewRefused('conflict', `there are ${MAX_VIEWS[name]} ${MANY[name]} already, and no more fit`);
  return isThere ? shelf.map((one) => (one.id === view.id ? view : one)) : [...shelf, view];
}

/** Names that look alike are one. */
function nameKey(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll(/\s+/g, ' ').trim();
}

const WHOSE = { own: 'a view of yours', shared: 'a shared view' } as const;
const MANY = { own: 'views of yours', shared: 'shared views' } as const;

/** The shelf without a view; the same where it has none of that id. */
export function withoutView(shelf: Shelf, id: string): Shelf {
  return shelf.filter((one) => one.id !== id);
}

export interface ViewChange {
  readonly name?: string | undefined;
  readonly filter?: QueueFilter | undefined;
  readonly shared?: boolean | undefined;
}

/** The shelves after it, and the view as it then is. That the person may change it was checked before. */
export function changeView(
  shelves: Shelves,
  { shelf: from, view: before }: ShelvedView,
  { name, filter, shared }: ViewChange,
  at: string,
): ShelvedView & { readonly shelves: Shelves } {
  const to: ShelfName = shared === undefined ? from : shared ? 'shared' : 'own';
  const view: QueueView = {
    ...before,
    ...(name !== undefined && { name }),
    ...(filter !== undefined && { filter }),
    ...{ at, version: before.version + 1 },
  };
  const left = to === from ? shelves : { ...shelves, [from]: withoutView(shelves[from], before.id) };
  return { shelves: { ...left, [to]: withView(left[to], to, view) }, view, shelf: to };
}

/** Throws a ViewRefused where there is none, or it has changed since version `seen`. */
export function expectVersion(shelves: Shelves, id: string, seen: number): ShelvedView {
  const found = findView(shelves, id);
  if (found.view.version !== seen)
    throw new ViewRefused(
      'conflict',
      `the view "${found.view.name}" has changed: you looked at version ${seen}, it is at version ${found.view.version}`,
    );
  return found;
}
