/** A case as the API shows it: by the moment, the domain's review policy and what the caller may see of records. */

import type { z } from 'zod';
import { type Case, holdAt, statusAt, viewOf } from '../cases/case.ts';
import { SEVERITIES } from '../decisions/flag-item.ts';
import type { Severity } from '../packs/pack.ts';
import { dueAt, type ReviewPolicy } from '../packs/review-policy.ts';
import type { CaseSummary } from './case-schemas.ts';
import { type PersonalDataServices, type Reading, showRecords } from './personal-data.ts';

export type ShownCase = z.output<typeof CaseSummary>;

export interface CaseViewServices {
  readonly personal: PersonalDataServices;
  /** Of a domain, by the pack of its champion. */
  readonly reviewRules: (domain: string) => Promise<ReviewRulesOf>;
}

export interface ReviewRulesOf {
  readonly policy: ReviewPolicy;
  /** Columns that a person should see first of a record. */
  readonly facts: readonly string[];
}

/** Shown where the pack names none. */
const MAX_FACTS = 8;
type Value = string | number | boolean | null;

export async function showCases(
  { personal, reviewRules }: CaseViewServices,
  reading: Reading,
  cases: readonly Case[],
  now: string,
): Promise<ShownCase[]> {
  const domains = [...new Set(cases.map(({ domain }) => domain))];
  const rules = new Map(
    await Promise.all(domains.map(async (one) => [one, await reviewRules(one)] as const)),
  );
  const records = cases.map(({ domain, entity, top }) => ({
    domain,
    model: top.model,
    id: top.id,
    body: {
      record_id: top.recordId,
      entity,
      time: top.time,
      record: top.record === null ? null : (JSON.parse(top.record) as Record<string, Value>),
    },
  }));
  const shown = await showRecords(personal, reading, records);
  return cases.map((one, at) => showCase(one, shown[at]!, rules.get(one.domain)!, now));
}

function showCase(
  one: Case,
  shown: {
    readonly record_id: string;
    readonly entity: string | null;
    readonly time: string | null;
    readonly record: Readonly<Record<string, Value>> | null;
  },
  { policy, facts }: ReviewRulesOf,
  now: string,
): ShownCase {
  const { top } = one;
  const severity: Severity | null = SEVERITIES[top.severityRank] ?? null;
  const due = dueAt(policy, severity, one.openedAt);
  const hold = holdAt(one, now);
  return {
    id: one.id,
    domain: one.domain,
    entity: shown.entity,
    status: statusAt(one, now),
    assignee: one.assignee,
    hold: hold === null ? null : { by: hold.by, until: hold.until },
    snoozed_until: one.snoozedUntil,
    severity,
    severityRank: top.severityRank,
    score: top.score,
    threshold: top.threshold,
    tier: viewOf({ status: 'open', top }) === 'act' ? 'act' : 'look',
    top_flag: {
      id: top.id,
      record_id: shown.record_id,
      time: shown.time,
      facts: factsOf(shown.record, facts),
      rules: [...top.rules],
      groups: [...top.groups],
      model: top.model,
    },
    rules: [...one.rules],
    flags: { open: one.openFlags, total: one.flags },
    due_at: due,
    overdue: one.status !== 'closed' && due < now,
    opened_at: one.openedAt,
    opening: one.opening,
    last_flag_at: one.lastFlagAt,
    closed_at: one.closedAt,
    version: one.version,
  };
}

function factsOf(record: Readonly<Record<string, Value>> | null, facts: readonly string[]) {
  if (record === null) return [];
  const columns = facts.length > 0 ? facts : Object.keys(record).slice(0, MAX_FACTS);
  return columns.map((column) => ({ column, value: record[column] ?? null }));
}
