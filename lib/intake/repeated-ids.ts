/**
 * Records whose id was there before: of several with the same id the first stays and the others become rejects that name its line.
 * Where the pack has no id, records are known by their content, and equal ones are distinguished as `…-2`, `…-3`.
 * Deliveries come before histories, so a record that also stands in the history is scored, and its copy is set aside.
 */

import { quoteText, type Session } from '../engine/session.ts';
import type { Pack } from '../packs/pack.ts';

const UPDATED_IN_PLACE = 100_000n;

export interface Staged {
  /** The table. */
  readonly table: string;
  /** The input's number. */
  readonly file: number;
  readonly name: string;
  /** SQL for a row's line. */
  readonly line: string;
}

/** `staged` in the order in which records come first. */
export async function deduplicateIds(session: Session, pack: Pack, staged: readonly Staged[]): Promise<void> {
  const ids = staged.map(({ table }) => `SELECT record_id FROM ${table} WHERE reason IS NULL`);
  await session.run(
    `CREATE OR REPLACE TEMP TABLE intake_repeated_ids AS SELECT record_id FROM (${ids.join(' UNION ALL ')}) ` +
      'GROUP BY record_id HAVING count(*) > 1',
  );
  const { n } = await session.row<{ n: bigint }>('SELECT count(*) AS n FROM intake_repeated_ids');
  if (n > 0n) {
    const rows = staged.map(
      ({ table, file, line }, place) =>
        `SELECT ${place} AS place, rowid AS row, record_id, ${file} AS file, ${line} AS line FROM ${table} ` +
        'WHERE reason IS NULL AND record_id IN (SELECT record_id FROM intake_repeated_ids)',
    );
    await session.run(
      'CREATE OR REPLACE TEMP TABLE intake_repeats AS SELECT * FROM (SELECT place, row, record_id, ' +
        'row_number() OVER same AS nth, first_value(file) OVER same AS first_file, first_value(line) OVER same AS first_line ' +
        `FROM (${rows.join(' UNION ALL ')}) WINDOW same AS (PARTITION BY record_id ORDER BY place, row)) WHERE nth > 1`,
    );
    for (const [place, { table }] of staged.entries())
      await deduplicateTable(session, pack, staged, place, table);
    await session.run('DROP TABLE intake_repeats');
  }
  await session.run('DROP TABLE intake_repeated_ids');
}

/** A few rows are updated in place; an update of many would not fit in memory, so then the table is written anew. */
async function deduplicateTable(
  session: Session,
  pack: Pack,
  staged: readonly Staged[],
  place: number,
  table: string,
): Promise<void> {
  const { n } = await session.row<{ n: bigint }>(
    `SELECT count(*) AS n FROM intake_repeats WHERE place = ${place}`,
  );
  if (n === 0n) return;
  const changes: Record<string, string> =
    pack.record.id.length === 0
      ? { record_id: `staged.record_id || '-' || nth` }
      : { '"column"': quoteText(pack.record.id.join('|')), reason: refusal(pack, staged) };
  const mine = `(SELECT * FROM intake_repeats WHERE place = ${place}) AS repeats`;
  if (n <= UPDATED_IN_PLACE) {
    const set = Object.entries(changes).map(([column, sql]) => `${column} = ${sql}`);
    await session.run(
      `UPDATE ${table} AS staged SET ${set.join(', ')} FROM ${mine} WHERE row = staged.rowid`,
    );
    return;
  }
  const replaced = Object.entries(changes).map(
    ([column, sql]) => `CASE WHEN repeats.row IS NULL THEN staged.${column} ELSE ${sql} END AS ${column}`,
  );
  await session.run(
    `CREATE OR REPLACE TEMP TABLE intake_settled AS SELECT staged.* REPLACE (${replaced.join(', ')}) ` +
      `FROM ${table} AS staged LEFT JOIN ${mine} ON row = staged.rowid ORDER BY staged.rowid`,
  );
  await session.run(`DROP TABLE ${table}`);
  await session.run(`ALTER TABLE intake_settled RENAME TO ${table}`);
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
