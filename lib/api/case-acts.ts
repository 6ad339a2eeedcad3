/** What answers for the acts of a case: page by page, the latest first. */
import type { CaseAct } from '../cases/case-acts.ts';
import type { Review } from '../reviews/review.ts';
import { listName, openCursor, sealCursor } from './cursor.ts';
import type { Call, Reply } from './endpoints.ts';

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

type ActPlace = Pick<CaseHistory, 'at' | 'version'>;

export interface CaseActsServices {
  readonly cases: {
    /** The latest first; with `before`, what was done before that act. */
    history(id: string, limit: number, before?: ActPlace): Promise<CaseHistory[]>;
  };
  readonly cursorSecret: () => Promise<Uint8Array>;
}

export async function listActs(
  services: CaseActsServices,
  { params: { id }, query: { limit, cursor } }: Call<'listCaseActs'>,
): Promise<Reply<'listCaseActs'>> {
  const before = cursor === undefined ? undefined : placeOf(await services.cursorSecret(), id, cursor);
  const acts = await services.cases.history(id, limit + 1, before);
  const { history: items, history_next: next } = await showActs(services, id, acts, limit);
  return { body: { items, next } };
}

/** One more than are shown says whether there are others. */
export async function showActs(
  { cursorSecret }: Pick<CaseActsServices, 'cursorSecret'>,
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

function placeOf(secret: Uint8Array, id: string, cursor: string): ActPlace {
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
