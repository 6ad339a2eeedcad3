/**
 * Records whose id was there before: of several with the same id the first stays and the others become rejects that name its line.
 * Where the pack has no id, records are known by their content, and equal ones are distinguished as `…-2`, `…-3`.
 * Deliveries come before histories, so a record that also stands in the history is scored, and its copy is set aside.
 */

import { quoteText, type Session } from '../engine/session.ts';
import { createTable, type Table } from '../engine/table.ts';
import type { Pack } from '../packs/pack.ts';

const UPDATED_IN_PLACE = 100_000;

export interface Staged {
  /** Beside these columns, the pack's as `stagedValue` names them. */
  readonly table: Table<{ readonly record_id: string; readonly reason: string | null }>;
  /** The input's number. */
  readonly file: number;
  readonly name: string;
  /** SQL for a row's line. */
  readonly line: string;
}

/** `staged` in the order in which records come first. Whether any id came again. */
export async function deduplicateIds(
  session: Session,
  pack: Pack,
  staged: readonly (Staged & { readonly accepted: number })[],
): Promise<boolean> {
  if (staged.reduce((sum, { accepted }) => sum + accepted, 0) < 2) return false;
  const ids = staged.map(({ table }) => `SELECT record_id FROM ${table} WHERE reason IS NULL`);
  const repeated = await createTable<{ record_id: string }>(
    session,
    'repeated_ids',
    `SELECT record_id FROM (${ids.join(' UNION ALL ')}) GROUP BY record_id HAVING count(*) > 1`,
  );
  const isRepeated = (await repeated.count()) > 0;
  if (isRepeated) {
    const rows = staged.map(
      ({ table, file, line }, place) =>
        `SELECT ${place} AS place, rowid AS row, record_id, ${file} AS file, ${line} AS line FROM ${table} ` +
        `WHERE reason IS NULL AND record_id IN (SELECT record_id FROM ${repeated})`,
    );
    const repeats: Repeats = await createTable(
      session,
      'repeats',
      'SELECT * FROM (SELECT place, row, record_id, ' +
        'row_number() OVER same AS nth, first_value(file) OVER same AS first_file, first_value(line) OVER same AS first_line ' +
        `FROM (${rows.join(' UNION ALL ')}) WINDOW same AS (PARTITION BY record_id ORDER BY place, row)) WHERE nth > 1`,
    );
    for (const place of staged.keys()) await deduplicateTable(pack, staged, repeats, place);
    await repeats.drop();
  }
  await repeated.drop();
  return isRepeated;
}

type Repeats = Table<{ readonly place: number; readonly row: bigint; readonly nth: bigint }>;

/** A few rows are updated in place; an update of many would not fit in memory, so then the table is written anew. */
async function deduplicateTable(
  pack: Pack,
  staged: readonly Staged[],
  repeats: Repeats,
  place: number,
): Promise<void> {
  const { table } = staged[place]!;
  const n = await repeats.count(`place = ${place}`);
  if (n === 0) return;
  const changes: Record<string, string> =
    pack.record.id.length === 0
      ? { record_id: `staged.record_id || '-' || nth` }
      : { '"column"': quoteText(pack.record.id.join('|')), reason: refusal(pack, staged) };
  const mine = `(SELECT * FROM ${repeats} WHERE place = ${place}) AS repeats`;
  if (n <= UPDATED_IN_PLACE) {
    const set = Object.entries(changes).map(([column, sql]) => `${column} = ${sql}`);
    await table.session.run(
      `UPDATE ${table} AS staged SET ${set.join(', ')} FROM ${mine} WHERE row = staged.rowid`,
    );
    return;
  }
  const replaced = Object.entries(changes).map(
    ([column, sql]) => `CASE WHEN repeats.row IS NULL THEN staged.${column} ELSE ${sql} END AS ${column}`,
  );
  await table.replace(
    `SELECT staged.* REPLACE (${replaced.join(', ')}) ` +
      `FROM ${table} AS staged LEFT JOIN ${mine} ON row = staged.rowid ORDER BY staged.rowid`,
  );
}

function refusal(pack: Pack, staged: readonly Staged[]): string {
  const names = staged.map(({ file, name }) => `WHEN ${file} THEN ${quoteText(name)}`).join(' ');
  return repeatedIdSql(pack, 'repeats.record_id', 'first_line', `CASE first_file ${names} END`);
}

/** Why a record with an id that was there before is rejected, as SQL. */
export function repeatedIdSql(pack: Pack, id: string, firstLine: string, fileName: string): string {
  const isPersonal = pack.columns.some((column) => column.pii && pack.record.id.includes(column.name));
  const what = isPersonal ? "'this record id'" : `'record id "' || ${id} || '"'`;
  return `${what} || ' was already on line ' || ${firstLine} || ' of ' || ${fileName}`;
}
