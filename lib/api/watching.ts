/** What answers for what is watched: figures of live models by day, and what was done about a record. */

import type { AuditEntry } from '../audit/audit-entry.ts';
import { dayOf } from '../days.ts';
import type { FlagSummary } from '../decisions/flag-item.ts';
import type { MonitoringPoint } from '../monitoring/monitoring-point.ts';
import { isInScope } from '../packs/domain-scope.ts';
import type { Call, Handlers, Reply } from './endpoints.ts';
import { toShow } from './flags.ts';
import { type PersonalDataServices, showRecords } from './personal-data.ts';
import { Problem } from './problem.ts';
import type { StoredIds } from './stored-ids.ts';

const dayMs = 24 * 3600_000;
const usualDays = 90;
const MAX_DAYS = 400;

export interface WatchServices {
  readonly stored: Pick<StoredIds, 'recordIdOf'>;
  readonly metrics: {
    range(
      domain: string,
      model: string | null,
      from: string,
      to: string,
    ): Promise<readonly MonitoringPoint[]>;
  };
  readonly audit: {
    about(subject: string): Promise<readonly { readonly domain: string; readonly entry: AuditEntry }[]>;
  };
  readonly flags: { ofRecord(domain: string, recordId: string): Promise<readonly FlagSummary[]> };
  readonly personal: PersonalDataServices;
  readonly domains: () => Promise<readonly string[]>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export function watchHandlers(services: WatchServices): Required<Pick<Handlers, 'listMetrics' | 'getAudit'>> {
  return {
    listMetrics: (call) => listMetrics(services, call),
    getAudit: (call) => getAudit(services, call),
  };
}

async function listMetrics(
  { metrics, now }: WatchServices,
  { query: { domain, model, ...days } }: Call<'listMetrics'>,
): Promise<Reply<'listMetrics'>> {
  const to = days.to ?? dayOf(now());
  const from = days.from ?? dayOf(Date.parse(to) - usualDays * dayMs);
  const length = (Date.parse(to) - Date.parse(from)) / dayMs;
  if (length < 0 || length > MAX_DAYS) {
    const detail = length < 0 ? `is after to (${to})` : `is more than ${MAX_DAYS} days before to (${to})`;
    throw new Problem(422, 'A query parameter is not as expected.', { faults: [{ at: 'from', detail }] });
  }
  const points = await metrics.range(domain, model ?? null, from, to);
  return { body: { items: points.map(shownPoint) } };
}

function shownPoint(point: MonitoringPoint): Reply<'listMetrics'>['body']['items'][number] {
  const { domain, model, day, days, figures, inputs, waiting, longestWaitHours } = point;
  return {
    ...{ domain, model, day, days, figures: { ...figures } },
    inputs: inputs.map(({ name, psi, jensenShannon: js }) => ({ name, psi, js })),
    ...{ waiting, longest_wait_hours: longestWaitHours },
  };
}

async function getAudit(
  { audit, flags, domains, personal, stored }: WatchServices,
  { query: { record }, caller, scope, pii }: Call<'getAudit'>,
): Promise<Reply<'getAudit'>> {
  const wanted = scope === 'all' ? await domains() : scope;
  const ids = await Promise.all(
    wanted.map(async (domain) => [domain, await stored.recordIdOf(domain, record)] as const),
  );
  const [found, said] = await Promise.all([
    Promise.all(ids.map(([domain, id]) => flags.ofRecord(domain, id))),
    Promise.all([...new Set([record, ...ids.map(([, id]) => id)])].map((id) => audit.about(id))),
  ]);
  const reading = { actor: caller.sub, pii, route: 'GET /v1/audit', subject: record };
  return {
    body: {
      record,
      decisions: await showRecords(personal, reading, found.flat().map(toShow)),
      entries: said
        .flat()
        .filter(({ domain }) => isInScope(scope, domain))
        .map(({ domain, entry: { seq, event, actor, actor_name, at, data, prev, hash } }) => ({
          ...{ domain, seq, event, actor, actor_name: actor_name ?? null, at: at ?? null },
          ...{ data: { ...data }, prev, hash },
        })),
    },
  };
}
