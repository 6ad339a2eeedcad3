/**
 * The attributes by which the indexes of the flags' table find and sort a flag.
 *
 *     table   flag = decision id                   item = 'flag' (also 'review#<n>', 'blind': see review-table.ts)
 *     queue   queue = domain#status#severityRank#shard  rank = score#id
 *     entity  entity_key = domain#entity#shard     urgency = severityRank, score#id
 *     drop    drop = drop id#shard                 urgency
 *     record  record_key = domain#record id        urgency
 *
 * A key of an index takes about 1,000 writes a second, and all flags of a drop can share theirs: each key is cut into shards by
 * the flag's id, which lists merge. Flags of earlier versions stand under the key alone.
 *
 * Score stands in billionths, ten digits, so that texts sort as numbers do; the id behind it makes the order total. The
 * urgency of a flag is therefore its place in any list of flags whatever, and a page can go on from it alone.
 */
import { createHash } from 'node:crypto';
import type { FlagItem, FlagStatus } from '../decisions/flag-item.ts';

export const GRAVITIES = [4, 3, 2, 1, 0] as const;
/** Sorts behind every digit, '#' and hex digit. */
export const LAST = '~';
/** DynamoDB allows 2,048 bytes in a partition key. */
const MAX_TEXT_BYTES = 1024;

export interface FlagKeys {
  readonly item: 'flag';
  readonly drop: string;
  readonly queue: string;
  readonly rank: string;
  readonly urgency: string;
  readonly record_key: string;
  readonly entity_key?: string;
}

export function flagKeys(flag: FlagItem): FlagKeys {
  const rank = `${billionths(flag.score)}#${flag.flag}`;
  return {
    item: 'flag',
    drop: inShard(flag.drop, flag.flag),
    queue: inShard(queueKey(flag.domain, flag.status, flag.severityRank), flag.flag),
    rank,
    urgency: `${flag.severityRank}${rank}`,
    record_key: recordKey(flag.domain, flag.record_id),
    ...(flag.entity === null ? {} : { entity_key: inShard(entityKey(flag.domain, flag.entity), flag.flag) }),
  };
}

/** Whether an item stands under the keys that its flag has. One of an earlier version is in no shard. */
export function isUnderKeys(item: Readonly<Record<string, unknown>>, flag: FlagItem): boolean {
  const { item: _, ...keys } = flagKeys(flag);
  const isOfKey = (name: string, key: string) => item[name] === key || item[name] === key.replace(/#\d$/, '');
  const { queue, drop, entity_key, ...exact } = keys;
  return (
    Object.entries(exact).every(([name, key]) => item[name] === key) &&
    isOfKey('queue', queue) &&
    isOfKey('drop', drop) &&
    (entity_key === undefined ? item.entity_key === undefined : isOfKey('entity_key', entity_key))
  );
}

/** The table's capacity for writes is used up before eight shards of one key are. Fewer would hide what the others hold. */
const SHARDS = 8;

/** The partition that a flag is written to. */
export function inShard(key: string, flag: string): string {
  return `${key}#${createHash('sha256').update(flag).digest()[0]! % SHARDS}`;
}

/** Every partition that may hold flags of the key. */
export function shardsOf(key: string): string[] {
  return [key, ...Array.from({ length: SHARDS }, (_, shard) => `${key}#${shard}`)];
}

/** The drop that the attribute `drop` names: no drop's id has a '#'. */
export function dropOfKey(drop: string): string {
  return drop.split('#', 1)[0]!;
}

export function queueKey(domain: string, status: FlagStatus, severityRank: number): string {
  return `${domain}#${status}#${severityRank}`;
}

/** An entity too long for a key stands there by its hash. */
export function entityKey(domain: string, entity: string): string {
  return `${domain}#${shortText(entity)}`;
}

export function recordKey(domain: string, recordId: string): string {
  return `${domain}#${shortText(recordId)}`;
}

function shortText(text: string): string {
  const isLong = Buffer.byteLength(text) > MAX_TEXT_BYTES;
  return isLong ? `sha256:${createHash('sha256').update(text).digest('hex')}` : text;
}

/** Ten digits for a score from 0 to 1. */
export function billionths(score: number): string {
  return String(Math.min(1e9, Math.max(0, Math.round(score * 1e9)))).padStart(10, '0');
}
