/**
 * What flags are asked for, turned into reads of the table's indexes: groups of streams. All flags of an earlier group come before
 * all of a later one; within a group the streams are merged. Each stream is one partition of one index, read backwards from where
 * its sort key may begin: never a scan.
 */

import { FLAG_STATUSES, type FlagStatus, SEVERITIES } from '../decisions/flag-item.ts';
import { type DomainScope, isInScope } from '../packs/domain-scope.ts';
import type { Severity } from '../packs/pack.ts';
import { billionths, entityKey, GRAVITIES, LAST, queueKey, shardsOf } from './flag-keys.ts';
import type { Stream, StreamFilter } from './merged-streams.ts';

export interface FlagFilter {
  /** The domains whose flags are asked for: all of them only where it says so. */
  readonly scope: DomainScope;
  readonly status?: FlagStatus;
  /** Inclusive, as the three below. */
  readonly minScore?: number;
  readonly maxScore?: number;
  /** Of the most severe rule met; 'none' where none was. */
  readonly severity?: Severity | 'none';
  /** ISO 8601, of the record's own time. */
  readonly from?: string;
  readonly to?: string;
  readonly entity?: string;
  readonly drop?: string;
}

/** `before` is the urgency behind which the list goes on; `domains` are those that have flags. */
export function flagStreams(
  filter: FlagFilter,
  domains: readonly string[],
  before: string | undefined,
): Stream[][] {
  const gravities = GRAVITIES.filter((severityRank) => isWanted(severityRank, filter.severity));
  const groups =
    filter.drop !== undefined
      ? [urgencyStreams('drop', filter.drop, gravities, filter, before)]
      : filter.entity !== undefined
        ? [
            domains.flatMap((domain) =>
              urgencyStreams('entity', entityKey(domain, filter.entity!), gravities, filter, before),
            ),
          ]
        : gravities.map((severityRank) => queueStreams(domains, severityRank, filter, before));
  return groups
    .map((streams) => streams.filter(({ low, high }) => low <= high))
    .filter((one) => one.length > 0);
}

function isWanted(severityRank: number, severity: FlagFilter['severity']): boolean {
  return severity === undefined || (SEVERITIES[severityRank] ?? 'none') === severity;
}

function queueStreams(
  domains: readonly string[],
  severityRank: number,
  filter: FlagFilter,
  before: string | undefined,
): Stream[] {
  const { low, high } = scoreRange(filter);
  // Flags graver than where the list goes on have been shown; those less grave are all to come.
  const shown = before !== undefined && severityRank > Number(before[0]);
  const cut = before !== undefined && severityRank === Number(before[0]) && before.slice(1) < high;
  const statuses = filter.status === undefined ? FLAG_STATUSES : [filter.status];
  if (shown) return [];
  return domains.flatMap((domain) =>
    statuses.flatMap((status) =>
      shardsOf(queueKey(domain, status, severityRank)).map((partition) => ({
        index: 'queue' as const,
        partitionName: 'queue' as const,
        partition,
        sortName: 'rank' as const,
        low,
        high: cut ? before.slice(1) : high,
      })),
    ),
  );
}

function urgencyStreams(
  index: 'entity' | 'drop',
  key: string,
  gravities: readonly number[],
  filter: FlagFilter,
  before: string | undefined,
): Stream[] {
  const { low, high } = scoreRange(filter);
  const top = `${gravities[0]}${high}`;
  return shardsOf(key).map((partition) => ({
    index,
    partitionName: index === 'drop' ? 'drop' : 'entity_key',
    partition,
    sortName: 'urgency',
    low: `${gravities.at(-1)}${low}`,
    high: before !== undefined && before < top ? before : top,
  }));
}

function scoreRange({ minScore = 0, maxScore = 1 }: FlagFilter): { low: string; high: string } {
  return { low: billionths(minScore), high: `${billionths(maxScore)}${LAST}` };
}

/** What the table itself can leave out; null: the keys leave nothing open. Times are compared by day, as texts. */
export function flagFilter(filter: FlagFilter): StreamFilter | null {
  const { status, from, to, entity, drop, minScore, maxScore } = filter;
  const byQueue = drop === undefined && entity === undefined;
  const parts = [
    ...(status !== undefined && !byQueue ? ([['status', '=', status]] as const) : []),
    ...(entity !== undefined && drop !== undefined ? ([['entity', '=', entity]] as const) : []),
    ...(minScore !== undefined && !byQueue ? ([['score', '>=', minScore]] as const) : []),
    ...(maxScore !== undefined && !byQueue ? ([['score', '<=', maxScore]] as const) : []),
    ...(from === undefined ? [] : ([['time', '>=', dayBeside(from, -1)]] as const)),
    ...(to === undefined ? [] : ([['time', '<', dayBeside(to, 2)]] as const)),
  ];
  if (parts.length === 0) return null;
  return {
    expression: parts.map(([name, sign], n) => `#${name} ${sign} :f${n}`).join(' AND '),
    names: Object.fromEntries(parts.map(([name]) => [`#${name}`, name])),
    values: Object.fromEntries(parts.map(([, , value], n) => [`:f${n}`, value])),
  };
}

/** A time with an offset stands up to a day away from where its text sorts. */
function dayBeside(time: string, days: number): string {
  const day = new Date(Date.parse(time) + days * 86_400_000).toISOString();
  // A year of more than four digits has a sign: it lies beside every time that a record can have.
  return day.startsWith('+') ? LAST : day.startsWith('-') ? '0' : day.slice(0, 10);
}

/** What the keys of a stream leave open. */
export function isMatch(
  filter: FlagFilter,
  flag: {
    domain: string;
    status: string;
    score: number;
    time: string | null;
    entity: string | null;
    drop: string;
  },
): boolean {
  const { scope, status, minScore, maxScore, from, to, entity, drop } = filter;
  return (
    isInScope(scope, flag.domain) &&
    (status === undefined || flag.status === status) &&
    (minScore === undefined || flag.score >= minScore) &&
    (maxScore === undefined || flag.score <= maxScore) &&
    (from === undefined || instant(flag.time) >= Date.parse(from)) &&
    (to === undefined || instant(flag.time) <= Date.parse(to)) &&
    (entity === undefined || flag.entity === entity) &&
    (drop === undefined || flag.drop === drop)
  );
}

/** NaN, which is neither before nor after anything, for a time that counts in steps and for none. */
function instant(time: string | null): number {
  return time !== null && /^\d{4}-\d\d-\d\d/.test(time) ? Date.parse(time) : Number.NaN;
}
