/** What answers for one case: with its flags, their reasons and reviews, and the latest acts. */
import type { Case } from '../cases/case.ts';
import type { Mention } from '../cases/mention.ts';
import type { FlagItem, FlagSummary } from '../decisions/flag-item.ts';
import type { Review } from '../reviews/review.ts';
import { type CaseActsServices, type CaseHistory, showActs } from './case-acts.ts';
import { shownRules } from './case-reviews.ts';
import type { Call, Reply } from './endpoints.ts';
import { fullFlag } from './flags.ts';
import { showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';
import { type CaseViewServices, showCases } from './show-case.ts';

export interface CaseReadServices extends CaseViewServices {
  readonly mentions: {
    inCase(domain: string, caseId: string, person: string): Promise<Mention | null>;
  };
  readonly cases: CaseActsServices['cases'] & {
    get(id: string): Promise<Case | null>;
    openFlags(id: string, limit: number): Promise<string[]>;
  };
  readonly flags: {
    getAll(ids: readonly string[]): Promise<FlagItem[]>;
    ofEntity(domain: string, entity: string, limit: number): Promise<FlagSummary[]>;
  };
  readonly reviewsOf: (id: string) => Promise<readonly Review[]>;
  /** What the last verdict on the case left to be written is written. True: there was something. */
  readonly finish: (id: string) => Promise<boolean>;
  readonly cursorSecret: () => Promise<Uint8Array>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const MAX_HISTORY = 100;

export async function getCase(
  services: CaseReadServices,
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
async function readWhole(services: CaseReadServices, id: string, limit: number): Promise<WholeCase | null> {
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
  { flags }: CaseReadServices,
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
