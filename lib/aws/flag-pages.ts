/** One page of flags from the streams of a query, in order of urgency. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { FlagSummary } from '../decisions/flag-item.ts';
import { dropOfKey } from './flag-keys.ts';
import { type Page, readMerged, type Stream, type StreamFilter } from './merged-streams.ts';

/** Flags as an index holds them, with their place in every list. */
export type IndexedFlag = FlagSummary & { readonly urgency: string };

export async function readPage(
  client: DynamoDBDocumentClient,
  table: string,
  groups: readonly (readonly Stream[])[],
  options: {
    readonly limit: number;
    readonly before: string | undefined;
    readonly filter: StreamFilter | null;
    readonly isWanted: (flag: IndexedFlag) => boolean;
  },
): Promise<Page<IndexedFlag>> {
  return await readMerged(client, table, groups, { ...options, asItem: asIndexed, placeOf: urgencyOf });
}

function asIndexed(item: Readonly<Record<string, unknown>>): IndexedFlag {
  const urgency = urgencyOf(item);
  const drop = dropOfKey(String(item.drop));
  return { ...(item as unknown as FlagSummary), drop, severityRank: Number(urgency[0]), urgency };
}

/** The queue's index holds severityRank in its partition and rank as its sort key: together they are the urgency. */
function urgencyOf({ urgency, queue, rank }: Readonly<Record<string, unknown>>): string {
  // Domain, status, severityRank; the shard, but for a flag of an earlier version.
  return typeof urgency === 'string' ? urgency : `${String(queue).split('#')[2]}${rank}`;
}
