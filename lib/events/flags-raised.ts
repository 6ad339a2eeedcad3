/**
 * What others hear of flags: one event lists many, so that a drop of a million records does not send twenty thousand messages. An
 * event is as large as every way that it goes takes it (EventBridge, SNS, SQS: 256 KB with what each adds).
 */
import { createHash } from 'node:crypto';
import type { FlagItem } from '../decisions/flag-item.ts';
import { type AssayEvent, type EventDetail, makeEvent } from './event-schemas.ts';

/** Of the flags listed, as JSON. */
const MAX_LIST_BYTES = 180_000;

/** By severityRank, as `SEVERITIES` of a flag. */
export const MIN_SEVERITIES = ['none', 'low', 'medium', 'high', 'critical'] as const;
export type MinSeverity = (typeof MIN_SEVERITIES)[number];

type Detail = EventDetail<'FlagsRaised'>;
type Listed = Detail['flags'][number];

/** Flags whose most severe rule is below `minSeverity` are left out. The same flags give the same events. */
export function flagsRaised(items: readonly FlagItem[], minSeverity: MinSeverity): AssayEvent[] {
  const minGravity = MIN_SEVERITIES.indexOf(minSeverity);
  const listed = items.filter(({ severityRank }) => severityRank >= minGravity).toSorted(byUrgency);
  const alike = Map.groupBy(listed, ({ domain, drop, model, threshold }) =>
    JSON.stringify([domain, drop, model, threshold]),
  );
  return [...alike.values()].flatMap((some) => cut(some).map((listed) => eventOf(some[0]!, listed)));
}

function byUrgency(one: FlagItem, other: FlagItem): number {
  return other.severityRank - one.severityRank || other.score - one.score || (one.flag < other.flag ? 1 : -1);
}

function cut(items: readonly FlagItem[]): Listed[][] {
  const lists: Listed[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const { flag, score, severity, rules } of items) {
    const listed: Listed = { flag, score, severity, rules: [...rules] };
    const size = Buffer.byteLength(JSON.stringify(listed)) + 1;
    if (bytes + size > MAX_LIST_BYTES) {
      lists.push([]);
      bytes = 0;
    }
    lists.at(-1)!.push(listed);
    bytes += size;
  }
  return lists;
}

function eventOf({ flagged_at: at, domain, drop, model, threshold }: FlagItem, flags: Listed[]): AssayEvent {
  const ids = flags.map(({ flag }) => flag).join('\n');
  const batch = createHash('sha256').update(ids).digest('hex').slice(0, 16);
  const counts = { critical: 0, high: 0, medium: 0, low: 0, none: 0 };
  for (const { severity } of flags) counts[severity ?? 'none'] += 1;
  return makeEvent('FlagsRaised', {
    ...{ at, domain, drop, batch, model, threshold },
    ...{ count: flags.length, by_severity: counts, flags },
  });
}
