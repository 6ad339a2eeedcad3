/** A change of a case as writes of a transaction: what has to be written, and on what condition. */
import { type Case, type CaseView, viewOf } from '../cases/case.ts';
import { ownersOf } from '../cases/case-acts.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { caseKeys, countKey, mineKey, openFlagKey } from './case-keys.ts';
import type { Write } from './transaction.ts';

/** At most so many writes, whatever changes: a transaction has 100. */
export const MAX_CASE_WRITES = 6;

/** `before` null: there is no such case yet. */
export function caseWrites(TableName: string, before: Case | null, after: Case): Write[] {
  const row = { ...after, ...caseKeys(after) };
  const condition =
    before === null
      ? { ConditionExpression: 'attribute_not_exists(flag)' }
      : {
          ConditionExpression: '#version = :before',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: { ':before': before.version },
        };
  return [
    { Put: { TableName, Item: row, ...condition } },
    ...countWrites(TableName, before, after),
    ...ownerWrites(TableName, before, after),
  ];
}

function countWrites(TableName: string, before: Case | null, after: Case): Write[] {
  const from = before === null ? null : viewOf(before);
  const to = viewOf(after);
  if (from === to) return [];
  const steps: readonly (readonly [CaseView, number])[] = [
    [to, 1],
    ...(from === null ? [] : ([[from, -1]] as const)),
  ];
  return [
    {
      Update: {
        TableName,
        Key: countKey(after),
        UpdateExpression: `ADD ${steps.map(([view]) => `#${view} :${view}`).join(', ')}`,
        ExpressionAttributeNames: Object.fromEntries(steps.map(([view]) => [`#${view}`, view])),
        ExpressionAttributeValues: Object.fromEntries(steps.map(([view, step]) => [`:${view}`, step])),
      },
    },
  ];
}

function ownerWrites(TableName: string, before: Case | null, after: Case): Write[] {
  const [had, has] = [before === null ? [] : ownersOf(before), ownersOf(after)];
  const keyOf = (person: string) => ({ flag: mineKey(after.domain, person), item: after.id });
  return [
    ...has
      .filter((one) => !had.includes(one))
      .map((one): Write => ({ Put: { TableName, Item: keyOf(one) } })),
    ...had
      .filter((one) => !has.includes(one))
      .map((one): Write => ({ Delete: { TableName, Key: keyOf(one) } })),
  ];
}

type OpenFlag = Pick<FlagItem, 'flag' | 'severityRank' | 'score' | 'rules'>;

/** Among the open flags of its case, where it is not yet: the case counts it once. */
export function openFlagWrite(TableName: string, caseId: string, flag: OpenFlag): Write {
  const { flag: id, severityRank, score, rules } = flag;
  const Item = { ...openFlagKey(caseId, severityRank, score, id), rules: [...rules] };
  return { Put: { TableName, Item, ConditionExpression: 'attribute_not_exists(flag)' } };
}

export function decidedFlagWrite(TableName: string, caseId: string, flag: OpenFlag): Write {
  return { Delete: { TableName, Key: openFlagKey(caseId, flag.severityRank, flag.score, flag.flag) } };
}
