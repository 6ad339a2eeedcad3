/** What answers for views of the queue: who may share and change them, and what of it is an act. */
import { isSamePerson } from '../actor.ts';
import type { AuditAct } from '../audit/audit-entry.ts';
import {
  changeView,
  expectVersion,
  type QueueView,
  type ShelfName,
  type ShelvedView,
  type Shelves,
  ViewRefused,
  withoutView,
  withView,
} from '../cases/queue-views.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { asSentence, Problem } from './problem.ts';
import { type Caller, formatGrants, isAllowed, type Permission, rolesThatMay } from './roles.ts';

interface Changed extends ShelvedView {
  readonly shelves: Shelves;
  readonly act: AuditAct | null;
}

export interface ViewServices {
  readonly views: {
    read(domain: string, person: string): Promise<Shelves>;
    change(domain: string, person: string, change: (shelves: Shelves) => Changed): Promise<Changed>;
  };
  /** 16 hex digits that no other view has. */
  readonly newId: () => string;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

type Names = 'listViews' | 'saveView' | 'changeView' | 'deleteView';
type Shown = Reply<'saveView'>['body'];

export function viewHandlers(services: ViewServices): Required<Pick<Handlers, Names>> {
  return {
    listViews: async ({ params: { domain }, caller }) => {
      const { own, shared } = await services.views.read(domain, caller.sub);
      const show = (shelf: ShelfName) => (view: QueueView) => shownView(view, shelf, domain, caller);
      return { body: { items: [...own.map(show('own')), ...shared.map(show('shared'))] } };
    },
    saveView: (call) => saveView(services, call),
    changeView: (call) => change(services, call),
    deleteView: (call) => deleteView(services, call),
  };
}

async function saveView(
  services: ViewServices,
  { params: { domain }, body, caller }: Call<'saveView'>,
): Promise<Reply<'saveView'>> {
  const shelf = body.shared ? 'shared' : 'own';
  if (body.shared) expectPermission(caller, 'review', domain);
  const at = timeOf(services);
  const { name, filter } = body;
  const view: QueueView = { id: services.newId(), name, filter, by: caller.sub, at, version: 1 };
  const made = await doChange(services, domain, caller, (shelves) => ({
    shelves: { ...shelves, [shelf]: withView(shelves[shelf], shelf, view) },
    act: shelf === 'shared' ? actOf('view_shared', view, caller, at) : null,
    ...{ view, shelf },
  }));
  return { body: shownView(made.view, shelf, domain, caller) };
}

async function change(
  services: ViewServices,
  { params: { domain, id }, body, caller }: Call<'changeView'>,
): Promise<Reply<'changeView'>> {
  const { version, ...changes } = body;
  if (changes.shared === true) expectPermission(caller, 'review', domain);
  const at = timeOf(services);
  const { view, shelf } = await doChange(services, domain, caller, (shelves) => {
    const found = expectVersion(shelves, id, version);
    const { shelf: from, view: before } = found;
    if (from === 'shared') expectMayChange(before, domain, caller);
    if (from === 'shared' && changes.shared === false && !isSamePerson(before.by, caller.sub))
      throw new ViewRefused(
        'conflict',
        `the view "${before.name}" is another person's: it can be deleted, not made yours`,
      );
    const after = changeView(shelves, found, changes, at);
    const event = from === 'own' ? 'view_shared' : after.shelf === 'own' ? 'view_removed' : 'view_changed';
    const isOfAll = from === 'shared' || after.shelf === 'shared';
    return { ...after, act: isOfAll ? actOf(event, after.view, caller, at) : null };
  });
  return { body: shownView(view, shelf, domain, caller) };
}

async function deleteView(
  services: ViewServices,
  { params: { domain, id }, body, caller }: Call<'deleteView'>,
): Promise<Reply<'deleteView'>> {
  const at = timeOf(services);
  await doChange(services, domain, caller, (shelves) => {
    const { shelf, view } = expectVersion(shelves, id, body.version);
    if (shelf === 'shared') expectMayChange(view, domain, caller);
    return {
      shelves: { ...shelves, [shelf]: withoutView(shelves[shelf], id) },
      act: shelf === 'shared' ? actOf('view_removed', view, caller, at) : null,
      ...{ view, shelf },
    };
  });
  return { body: { id, deleted: true } };
}

const STATUSES = { conflict: 409, missing: 404, forbidden: 403 } as const;

async function doChange(
  { views }: ViewServices,
  domain: string,
  caller: Caller,
  change: (shelves: Shelves) => Changed,
): Promise<Changed> {
  try {
    return await views.change(domain, caller.sub, change);
  } catch (error) {
    if (!(error instanceof ViewRefused)) throw error;
    throw new Problem(STATUSES[error.kind], asSentence(error.message));
  }
}

/** A shared view is changed by who made it while they work there, and by administrators. */
function mayChange({ by }: QueueView, domain: string, caller: Caller): boolean {
  const isOwn = isSamePerson(by, caller.sub) && isAllowed(caller, 'review', domain);
  return isOwn || isAllowed(caller, 'administer', domain);
}

function expectMayChange(view: QueueView, domain: string, caller: Caller): void {
  if (mayChange(view, domain, caller)) return;
  throw new ViewRefused(
    'forbidden',
    `the shared view "${view.name}" is changed by who made it, or by an administrator of ${domain}`,
  );
}

function expectPermission(caller: Caller, permission: Permission, domain: string): void {
  if (isAllowed(caller, permission, domain)) return;
  const roles = rolesThatMay(permission).join(', ');
  throw new Problem(403, `Sharing is for: ${roles} of ${domain}. Your roles: ${formatGrants(caller)}.`);
}

/** Without its name, which is free text. */
function actOf(
  event: 'view_shared' | 'view_changed' | 'view_removed',
  { id, version, filter }: QueueView,
  { sub: actor }: Caller,
  at: string,
): AuditAct {
  return { event, actor, at, subject: id, data: { view: id, version, filter: { ...filter } } };
}

function shownView(view: QueueView, shelf: ShelfName, domain: string, caller: Caller): Shown {
  const { id, name, filter, by, at, version } = view;
  const may_change = shelf === 'own' || mayChange(view, domain, caller);
  return { id, name, filter: { ...filter }, shared: shelf === 'shared', may_change, by, at, version };
}

function timeOf({ now }: ViewServices): string {
  return new Date(now()).toISOString();
}
