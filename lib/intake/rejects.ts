/**
 * The table of rejects: what was put aside while the files were read (structure), and what the staged tables hold a reason against
 * (types, constraints, repeated ids), the latter with its original text fetched from the file.
 */
import { join } from 'node:path';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import type { Delivery } from './delivery.ts';
import { rejectedText } from './load.ts';
import { parquetTexts } from './load-parquet.ts';
import { LineSet, pickRecords } from './pick-records.ts';
import type { Staged } from './repeated-ids.ts';
import { Spool } from './spool.ts';

/** Rejects found while reading: the columns of the table, written as they come. */
export function openRejectSpool(session: Session): Spool {
  return new Spool(join(session.folder, 'intake-rejects'), [
    { name: 'file', type: 'INTEGER' },
    { name: 'line', type: 'BIGINT' },
    { name: 'reason', type: 'VARCHAR' },
    { name: 'text', type: 'VARCHAR' },
  ]);
}

export async function createRejects(
  session: Session,
  structural: Spool,
  staged: readonly (Staged & { readonly delivery: Delivery })[],
): Promise<void> {
  const texts = new Spool(join(session.folder, 'intake-reject-texts'), [
    { name: 'file', type: 'INTEGER' },
    { name: 'line', type: 'BIGINT' },
    { name: 'text', type: 'VARCHAR' },
  ]);
  const parts: string[] = [
    `SELECT file, line, CAST(NULL AS VARCHAR) AS "column", reason, coalesce(text, '') AS text FROM ${structural.close()}`,
  ];
  const spooled: string[] = [];
  for (const { table, file, line, delivery } of staged) {
    const bad = `SELECT ${line} AS line, "column", reason FROM ${table} WHERE reason IS NOT NULL`;
    const { n } = await session.row<{ n: bigint }>(`SELECT count(*) AS n FROM (${bad})`);
    if (n === 0n) continue;
    if (delivery.format === 'parquet') {
      parts.push(
        `SELECT ${file} AS file, line, "column", reason, text FROM (${bad}) JOIN (${await jsonTexts(session, delivery)}) USING (line)`,
      );
      continue;
    }
    const lines = await LineSet.from(session, `SELECT line FROM (${bad})`);
    await pickRecords(delivery, lines, (record) => {
      texts.number(file);
      texts.number(record.line);
      texts.text(rejectedText(record));
      texts.endRow();
    });
    spooled.push(`SELECT ${file} AS file, line, "column", reason FROM (${bad})`);
  }
  const table = texts.close();
  if (spooled.length > 0) {
    parts.push(
      `SELECT file, line, "column", reason, text FROM (${spooled.join(' UNION ALL ')}) JOIN ${table} USING (file, line)`,
    );
  }
  await session.run(
    `CREATE OR REPLACE TEMP TABLE rejects AS SELECT CAST(file AS INTEGER) AS file, CAST(line AS BIGINT) AS line, "column", reason, text ` +
      `FROM (${parts.join(' UNION ALL ')}) ORDER BY file, line`,
  );
}

/** A Parquet record has no text of its own: it is shown as JSON. */
async function jsonTexts(session: Session, delivery: Delivery): Promise<string> {
  const { columns, table } = await parquetTexts(session, delivery);
  const members = columns.map((name, at) => `${quoteIdentifier(name)} := c${at}`);
  return `SELECT line, CAST(to_json(struct_pack(${members.join(', ')})) AS VARCHAR) AS text FROM ${table}`;
}
