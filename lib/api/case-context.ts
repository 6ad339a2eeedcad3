/**
 * What is around a flag of a case: the entity's other flags and what became of them, flags that share the other side with it, and what
 * the model makes of its values. Read apart from the case, which is shown without waiting for it.
 */
import type { z } from 'zod';
import type { Case } from '../cases/case.ts';
import { caseIdOf } from '../cases/case.ts';
import type { FlagItem, FlagSummary } from '../decisions/flag-item.ts';
import type { FlagLink } from '../decisions/flag-links.ts';
import { MASKED, type PersonalData } from '../packs/personal-data.ts';
import type { FlagInsight } from '../what-if/explain-flag.ts';
import type { CaseContext } from './case-context-schemas.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { toShow } from './flags.ts';
import { type PersonalDataServices, type Reading, showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';

export interface CaseContextServices {
  readonly cases: { get(id: string): Promise<Case | null> };
  readonly flags: {
    get(id: string): Promise<FlagItem | null>;
    getAll(ids: readonly string[]): Promise<FlagItem[]>;
    ofEntity(domain: string, entity: string, limit: number): Promise<FlagSummary[]>;
    linked(
      domain: string,
      link: FlagLink,
      limit: number,
    ): Promise<{
      readonly flags: readonly { readonly flag: string; readonly entity: string | null }[];
      readonly isMore: boolean;
    }>;
  };
  /** Null: the flag's model or its reasons are not to be had. */
  readonly insightOf: (flag: FlagItem) => Promise<FlagInsight | null>;
  readonly personal: PersonalDataServices;
}

type Context = z.output<typeof CaseContext>;

const MAX_TIMELINE = 200;
const MAX_LINKED = 100;
const MAX_RELATED = 12;

export function caseContextHandlers(
  services: CaseContextServices,
): Required<Pick<Handlers, 'getCaseContext'>> {
  return { getCaseContext: (call) => getContext(services, call) };
}

async function getContext(
  services: CaseContextServices,
  { params, query, caller, pii }: Call<'getCaseContext'>,
): Promise<Reply<'getCaseContext'>> {
  const reading = { actor: caller.sub, pii, route: 'GET /v1/cases/{id}/context', subject: params.id };
  return { body: await readCaseContext(services, { ...params, flag: query.flag ?? null, reading }) };
}

/** `flag` null: the most urgent one. Throws a Problem. */
export async function readCaseContext(
  services: CaseContextServices,
  {
    id,
    flag: wanted,
    reading,
  }: { readonly id: string; readonly flag: string | null; readonly reading: Reading },
): Promise<Context> {
  const { cases, flags, insightOf } = services;
  const one = await cases.get(id);
  if (one === null) throw new Problem(404, `There is no case ${id}.`);
  const flag = await flags.get(wanted ?? one.top.id);
  if (flag === null || caseIdOf(flag.domain, flag.entity, flag.flag) !== one.id)
    throw new Problem(404, `The case ${one.id} has no flag ${wanted}.`);
  const [timeline, related, insight] = await Promise.all([
    readTimeline(services, reading, one),
    readRelated(services, reading, flag),
    insightOf(flag),
  ]);
  return { flag: flag.flag, timeline, related, ...shownInsight(insight) };
}

async function readTimeline(
  { flags, personal }: CaseContextServices,
  reading: Reading,
  { domain, entity, top }: Case,
): Promise<Context['timeline']> {
  const found =
    entity === null ? await flags.getAll([top.id]) : await flags.ofEntity(domain, entity, MAX_TIMELINE);
  const shown = await showRecords(personal, reading, found.map(summaryOf).map(toShow));
  return {
    items: shown.toSorted((a, b) => compareTimes(a.time ?? a.flagged_at, b.time ?? b.flagged_at)),
    more: found.length === MAX_TIMELINE,
  };
}

/** Times are ISO 8601, or whole numbers as text. */
function compareTimes(one: string, other: string): number {
  const isCount = /^-?\d+$/.test(one) && /^-?\d+$/.test(other);
  return isCount ? Number(one) - Number(other) : one < other ? -1 : one > other ? 1 : 0;
}

async function readRelated(
  { flags, personal }: CaseContextServices,
  reading: Reading,
  { flag, domain, entity, model, links = [] }: FlagItem,
): Promise<Context['related']> {
  const known = await personal.personalData(domain, model);
  return await Promise.all(
    links.map(async (link) => {
      const { flags: linked, isMore } = await flags.linked(domain, link, MAX_LINKED);
      const others = linked.filter((one) => one.flag !== flag && (entity === null || one.entity !== entity));
      const found = await flags.getAll(others.slice(0, MAX_RELATED).map((one) => one.flag));
      const order = new Map(others.map((one, at) => [one.flag, at]));
      const sorted = found.toSorted((a, b) => order.get(a.flag)! - order.get(b.flag)!);
      const shown = await showRecords(personal, reading, sorted.map(summaryOf).map(toShow));
      return {
        column: link.column,
        value: shownValue(link, known, reading.pii),
        count: others.length,
        more: isMore,
        entities: new Set(others.map((one) => one.entity ?? one.flag)).size,
        flags: shown.map((body, at) => {
          const own = sorted[at]!;
          return { ...body, case: caseIdOf(own.domain, own.entity, own.flag) };
        }),
      };
    }),
  );
}

function shownValue({ column, value }: FlagLink, { columns }: PersonalData, pii: boolean): string {
  return !pii && (columns === null || columns.has(column)) ? MASKED : value;
}

/** Without what only the flag itself shows. */
function summaryOf(flag: FlagItem | FlagSummary): FlagSummary {
  const { base, pack, explanation, record, links, pending, ...summary } = flag as FlagItem;
  return summary;
}

function shownInsight(
  insight: FlagInsight | null,
): Pick<Context, 'smallest_change' | 'flagged_by_rule' | 'compared'> {
  if (insight === null)
    return { smallest_change: { found: 'not_known' }, flagged_by_rule: null, compared: [] };
  const { change, isFlaggedByRule, compared } = insight;
  return {
    smallest_change:
      change.found === 'change'
        ? {
            found: 'change',
            score: change.score,
            changes: change.changes.map(({ column, words, insteadOf }) => ({
              ...{ column, words, instead_of: insteadOf },
            })),
          }
        : { found: change.found },
    flagged_by_rule: isFlaggedByRule,
    compared: compared.map(({ column, group, value, usual, median, higherThan }) => ({
      ...{ column, group, value, usual, median, higher_than: higherThan },
    })),
  };
}
