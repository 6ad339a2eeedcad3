/**
 * New flags of one case: the flags, their places among the open ones and the case are one transaction. A flag that is there already
 * is left out and changes nothing, so a drop that is delivered, retried or re-run changes a case once, however often it comes.
 */
import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { caseIdOf } from '../cases/case.ts';
import { joinFlags } from '../cases/case-flags.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { caseWrites, MAX_CASE_WRITES, openFlagWrite } from './case-change.ts';
import { readCase } from './case-row.ts';
import { cancellations, doing, PASSING, REFUSED } from './store-error.ts';
import { flagBytes, MAX_TRANSACTION_BYTES, MAX_WRITES, type Write } from './transaction.ts';
import { waitForTurn } from './wait-for-turn.ts';

/** Two writes a flag: itself, and its place among the open ones. */
const MAX_FLAGS = Math.floor((MAX_WRITES - MAX_CASE_WRITES) / 2);
const MAX_ATTEMPTS = 60;
const MAX_WAIT_MS = 400;

/** By case, and as many of a case as one transaction takes. */
export function groupByCase(flags: readonly FlagItem[]): FlagItem[][] {
  const once = [...new Map(flags.map((flag) => [flag.flag, flag])).values()];
  const byCase = Map.groupBy(once, ({ domain, entity, flag }) => caseIdOf(domain, entity, flag));
  return [...byCase.values()].flatMap(cut);
}

function cut(flags: readonly FlagItem[]): FlagItem[][] {
  const groups: FlagItem[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const flag of flags) {
    const own = flagBytes(flag);
    if (bytes + own > MAX_TRANSACTION_BYTES || groups.at(-1)!.length === MAX_FLAGS) {
      groups.push([]);
      bytes = 0;
    }
    groups.at(-1)!.push(flag);
    bytes += own;
  }
  return groups;
}

/** How many of them joined it. `flags` are of one case; a flag whose `flagWrite` is refused does not join. */
export async function putCaseFlags(
  client: DynamoDBDocumentClient,
  table: string,
  flags: readonly FlagItem[],
  flagWrite: (flag: FlagItem) => Write,
): Promise<number> {
  const { domain, entity, flag } = flags[0]!;
  const id = caseIdOf(domain, entity, flag);
  let fresh = flags;
  for (let attempt = 1; fresh.length > 0; attempt++) {
    const before = await readCase(client, table, id);
    const writes = [
      ...fresh.map(flagWrite),
      ...fresh.map((one) => openFlagWrite(table, id, one)),
      ...caseWrites(table, before, joinFlags(before, fresh)),
    ];
    const codes = await doing(`storing ${fresh.length} flags of a case`, () =>
      tryWrites(client, writes, attempt === MAX_ATTEMPTS),
    );
    if (codes === null) return fresh.length;
    const joining = fresh.length;
    fresh = fresh.filter((_, n) => codes[n] !== REFUSED && codes[joining + n] !== REFUSED);
    await waitForTurn(attempt, MAX_WAIT_MS);
  }
  return 0;
}

/** Null: written. Why each write was cancelled where a condition did not hold, or others wrote at the same moment. */
async function tryWrites(
  client: DynamoDBDocumentClient,
  TransactItems: Write[],
  isLast: boolean,
): Promise<readonly string[] | null> {
  try {
    await client.send(new TransactWriteCommand({ TransactItems }));
    return null;
  } catch (error) {
    const codes = cancellations(error) ?? [];
    if (isLast || !codes.some((code) => PASSING.has(code))) throw error;
    return codes;
  }
}
