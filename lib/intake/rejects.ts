/**
 * The table of rejects: what was set aside while the files were read (structure), and what the staged tables hold a reason against
 * (types, constraints, repeated ids), the latter with its original text fetched from the file.
 */
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { createTable, defineTable } from '../engine/table.ts';
import type { Pack } from '../packs/pack.ts';
import type { Delivery } from './delivery.ts';
import { rejectedText } from './load.ts';
import { parquetTexts } from './load-parquet.ts';
import { LineSet, pickRecords } from './pick-records.ts';
import type { RejectEntities, Rejects } from './records.ts';
import { hintedSql } from './reject-hints.ts';
import type { Staged } from './repeated-ids.ts';
import { Spool, type SpooledRows } from './spool.ts';
import { stagedValue } from './staging.ts';

/** Rejects found while reading: the columns of the table, written as they come. */
export function openRejectSpool(session: Session): Spool {
  return new Spool(session, 'intake-rejects', [
    { name: 'file', type: 'INTEGER' },
    { name: 'line', type: 'BIGINT' },
    { name: 'reason', type: 'VARCHAR' },
    { name: 'text', type: 'VARCHAR' },
  ]);
}

export async function createRejects(
  session: Session,
  pack: Pack,
  structural: Spool,
  /** Those that may hold some. */
  staged: readonly (Staged & { readonly delivery: Delivery })[],
): Promise<Rejects> {
  if (structural.rows === 0 && staged.length === 0) return noRejects(session);
  const set = await structural.close();
  const read = [set];
  const parts: string[] = [
    `SELECT file, line, CAST(NULL AS VARCHAR) AS "column", reason, coalesce(text, '') AS text FROM ${set.sql}`,
  ];
  for (const { table, file, line, delivery } of staged) {
    const bad = `SELECT ${line} AS line, "column", reason FROM ${table} WHERE reason IS NOT NULL`;
    const texts = await originalTexts(session, delivery, `SELECT line FROM (${bad})`, file);
    if (texts === null) continue;
    read.push(texts);
    parts.push(
      `SELECT ${file} AS file, line, "column", reason, text FROM (${hintedSql(pack, bad)}) JOIN ${texts.sql} USING (line)`,
    );
  }
  const rejects = await createRejectsTable(session, parts);
  for (const { remove } of read) await remove();
  return rejects;
}

async function noRejects(session: Session): Promise<Rejects> {
  const texts = ['"column" VARCHAR', 'reason VARCHAR', 'text VARCHAR'];
  return defineTable(session, 'rejects', ['file INTEGER', 'line BIGINT', ...texts]);
}

/** Of rejects whose structure is sound. */
export async function createRejectEntities(
  session: Session,
  { columns, record }: Pack,
  staged: readonly Staged[],
): Promise<RejectEntities> {
  const at = columns.findIndex(({ name }) => name === record.entity);
  const entity = at < 0 ? 'NULL' : stagedValue(at);
  const parts = staged.map(
    ({ table, file, line }) =>
      `SELECT ${file} AS file, ${line} AS line, CAST(${entity} AS VARCHAR) AS entity FROM ${table} WHERE reason IS NOT NULL`,
  );
  return createTable(session, 'reject_entities', parts.join(' UNION ALL '));
}

/** `parts` are queries of file, line, column, reason and text. */
export async function createRejectsTable(session: Session, parts: readonly string[]): Promise<Rejects> {
  return createTable(
    session,
    'rejects',
    `SELECT CAST(file AS INTEGER) AS file, CAST(line AS BIGINT) AS line, "column", reason, text ` +
      `FROM (${parts.join(' UNION ALL ')}) ORDER BY file, line`,
  );
}

/** Of the records on the lines that a query gives: line and text as delivered; null where there are none. */
export async function originalTexts(
  session: Session,
  delivery: Delivery,
  linesSql: string,
  file: number,
): Promise<SpooledRows | null> {
  const { n } = await session.row<{ n: bigint }>(`SELECT count(*) AS n FROM (${linesSql})`);
  if (n === 0n) return null;
  if (delivery.format === 'parquet') return jsonTexts(session, delivery);
  const lines = await LineSet.from(session, linesSql);
  const texts = new Spool(session, `intake-reject-texts-${file}`, [
    { name: 'line', type: 'BIGINT' },
    { name: 'text', type: 'VARCHAR' },
  ]);
  await pickRecords(delivery, lines, (record) => {
    texts.number(record.line);
    texts.text(rejectedText(record));
    texts.endRow();
  });
  return await texts.close();
}

/** A Parquet record has no text of its own: it is shown as JSON. */
async function jsonTexts(session: Session, delivery: Delivery): Promise<SpooledRows> {
  const { columns, table } = await parquetTexts(session, delivery);
  const members = columns.map((name, at) => `${quoteIdentifier(name)} := c${at}`);
  const text = `CAST(to_json(struct_pack(${members.join(', ')})) AS VARCHAR)`;
  return { sql: `(SELECT line, ${text} AS text FROM ${table})`, remove: async () => {} };
}
