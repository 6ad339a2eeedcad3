/** Fills the column of a derived label in a staged table, once all columns that its condition looks at are typed. */

import type { Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { sqlTypeOf } from '../packs/column-type.ts';
import { derivedLabelSql, labelConditionSql } from '../packs/derived-label.ts';
import type { Pack } from '../packs/pack.ts';
import type { Staged } from './repeated-ids.ts';
import { stagedValue } from './staging.ts';

export async function deriveLabel(pack: Pack, table: Staged['table']): Promise<void> {
  const { session } = table;
  const sql = derivedLabelSql(pack, (_, at) => stagedValue(at));
  if (sql === null) return;
  const problem = await labelProblem(session, pack);
  if (problem !== null) throw new InputError(`pack ${pack.domain}, line ${problem}`);
  const at = pack.columns.findIndex(({ name }) => name === pack.record.label);
  await session.run(`UPDATE ${table} SET ${stagedValue(at)} = ${sql}`);
}

/** What DuckDB finds wrong with the condition of a derived label, after the line of the pack; null: nothing. */
export async function labelProblem(session: Session, pack: Pack): Promise<string | null> {
  const condition = labelConditionSql(pack, (_, at) => stagedValue(at));
  const { labelIs } = pack.record;
  if (condition === null || labelIs === null) return null;
  const columns = pack.columns.map(
    ({ type }, at) => `CAST(NULL AS ${sqlTypeOf(type)}) AS ${stagedValue(at)}`,
  );
  const query = `SELECT ${condition} AS value FROM (SELECT ${columns.join(', ')})`;
  const problem = (message: string) => `${labelIs.line}: record.label: ${message} (in ${labelIs.is})`;
  try {
    const { column_type: type } = await session.row<{ column_type: string }>(`DESCRIBE ${query}`);
    if (type !== 'BOOLEAN') return problem(`is of type ${type}, expected a condition, true or false`);
    // Of an empty record nothing can fail but what fails for all.
    await session.run(query);
    return null;
  } catch (error) {
    const [first] = withNames((error as Error).message, pack).split('\n');
    return problem(first!.replace(/^(\w+ )+Error: /, ''));
  }
}

/** DuckDB speaks of v0, v1, …: the pack has names for them. */
function withNames(message: string, { columns }: Pack): string {
  return message.replace(/\bv(\d+)\b/g, (text, at) => columns[Number(at)]?.name ?? text);
}
