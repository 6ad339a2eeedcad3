/**
 * Open flags that are older than cases join theirs: those whose place among the open ones of a case is missing. To be done again, and
 * while people work: a flag that joins is looked at again in the same transaction.
 */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { caseIdOf } from '../cases/case.ts';
import type { FlagSummary } from '../decisions/flag-item.ts';
import { inParallel } from '../in-parallel.ts';
import { openFlagKey } from './case-keys.ts';
import type { FlagTable } from './flag-table.ts';
import { getAllItems } from './get-all-items.ts';
import { groupByCase, putCaseFlags } from './put-case-flags.ts';
import { doing } from './store-error.ts';

const PAGE = 200;
const CONCURRENCY = 8;

export interface JoinedFlags {
  readonly open: number;
  /** Of these, those that had no place in a case. */
  readonly joined: number;
}

export async function joinCases(
  client: DynamoDBDocumentClient,
  table: string,
  flags: FlagTable,
  domain: string,
): Promise<JoinedFlags> {
  let [open, joined] = [0, 0];
  let before: string | undefined;
  do {
    const page = await flags.query({
      ...{ scope: [domain], status: 'open', limit: PAGE },
      ...(before !== undefined && { before }),
    });
    const without = await withoutPlace(client, table, page.items);
    const groups = groupByCase(await flags.getAll(without.map(({ flag }) => flag)));
    const counts = await inParallel(groups, CONCURRENCY, (group) =>
      putCaseFlags(client, table, group, ({ flag, version }) => ({
        ConditionCheck: {
          TableName: table,
          Key: { flag, item: 'flag' },
          ConditionExpression: '#version = :seen AND #status = :open',
          ExpressionAttributeNames: { '#version': 'version', '#status': 'status' },
          ExpressionAttributeValues: { ':seen': version, ':open': 'open' },
        },
      })),
    );
    open += page.items.length;
    joined += counts.reduce((sum, one) => sum + one, 0);
    before = page.next ?? undefined;
  } while (before !== undefined);
  return { open, joined };
}

async function withoutPlace(
  client: DynamoDBDocumentClient,
  table: string,
  flags: readonly FlagSummary[],
): Promise<FlagSummary[]> {
  const placeOf = ({ domain, entity, flag, severityRank, score }: FlagSummary) =>
    openFlagKey(caseIdOf(domain, entity, flag), severityRank, score, flag);
  const places = await doing('reading the open flags of cases', () =>
    getAllItems(client, table, flags.map(placeOf)),
  );
  const found = new Set(places.map(({ flag, item }) => `${flag} ${item}`));
  return flags.filter((one) => {
    const { flag, item } = placeOf(one);
    return !found.has(`${flag} ${item}`);
  });
}
