/**
 * Flags by what they share: the same other side of a payment, the same operator. One item a flag and column, beside the flags; put
 * before the flag, so that a flag is never there without them. One whose flag is not there counts for nothing.
 *
 *     flag = 'link#<domain>#<column>#<hash of the value>', item = urgency    entity
 */
import { createHash } from 'node:crypto';
import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { FlagItem } from '../decisions/flag-item.ts';
import type { FlagLink } from '../decisions/flag-links.ts';
import { inParallel } from '../in-parallel.ts';
import { flagKeys } from './flag-keys.ts';
import { doing } from './store-error.ts';

/** The most urgent first. */
export interface LinkedFlags {
  readonly flags: readonly { readonly flag: string; readonly entity: string | null }[];
  /** There are more than these. */
  readonly isMore: boolean;
}

const CONCURRENCY = 16;

export async function putFlagLinks(
  client: DynamoDBDocumentClient,
  TableName: string,
  flags: readonly FlagItem[],
): Promise<void> {
  const items = flags.flatMap((flag) =>
    (flag.links ?? []).map((link) => ({
      flag: linkKey(flag.domain, link),
      item: flagKeys(flag).urgency,
      entity: flag.entity,
    })),
  );
  await inParallel(items, CONCURRENCY, (Item) => client.send(new PutCommand({ TableName, Item })));
}

export async function readLinkedFlags(
  client: DynamoDBDocumentClient,
  TableName: string,
  { domain, link, limit }: { readonly domain: string; readonly link: FlagLink; readonly limit: number },
): Promise<LinkedFlags> {
  return await doing(`looking for flags with the same ${link.column}`, async () => {
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'flag = :link',
        ExpressionAttributeValues: { ':link': linkKey(domain, link) },
        ScanIndexForward: false,
        Limit: limit + 1,
      }),
    );
    const flags = Items.map(({ item, entity }) => ({
      flag: String(item).split('#')[1]!,
      entity: (entity as string | null | undefined) ?? null,
    }));
    return { flags: flags.slice(0, limit), isMore: flags.length > limit };
  });
}

/** By its hash: a value may be personal, and of any length. */
function linkKey(domain: string, { column, value }: FlagLink): string {
  return `link#${domain}#${column}#${createHash('sha256').update(value).digest('hex').slice(0, 32)}`;
}
