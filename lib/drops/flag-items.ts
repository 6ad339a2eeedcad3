/** The flags of a drop as they are stored for officers, in order of `seq`, each with its record's typed values. */

import { type FlagItem, flagItem } from '../decisions/flag-item.ts';
import { linksOf } from '../decisions/flag-links.ts';
import { quoteIdentifier } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import type { FlagLine } from '../scoring/flag-lines.ts';

const BATCH = 500;

export interface FlagOrigin {
  readonly pack: Pack;
  readonly drop: string;
  /** ISO 8601. */
  readonly flaggedAt: string;
}

export async function* flagItems(
  records: Records,
  lines: AsyncIterable<FlagLine>,
  origin: FlagOrigin,
): AsyncGenerator<FlagItem> {
  let batch: FlagLine[] = [];
  for await (const line of lines) {
    batch.push(line);
    if (batch.length < BATCH) continue;
    yield* itemsOf(records, batch, origin);
    batch = [];
  }
  if (batch.length > 0) yield* itemsOf(records, batch, origin);
}

interface RecordFacts extends Record<string, unknown> {
  readonly seq: number;
  readonly entity: string | null;
  readonly time: string | null;
  readonly record: string;
}

async function* itemsOf(
  records: Records,
  lines: readonly FlagLine[],
  { pack, drop, flaggedAt }: FlagOrigin,
): AsyncGenerator<FlagItem> {
  const rows = await records.session.rows<RecordFacts>(
    `SELECT seq::DOUBLE AS seq, ${entitySql(pack)} AS entity, ${timeTextSql(pack)} AS time, ${recordJsonSql(pack)} AS record
     FROM ${records} WHERE ${seqsSql(lines.map(({ seq }) => seq))}`,
  );
  const bySeq = new Map(rows.map((row) => [row.seq, row]));
  for (const { seq, explanation } of lines) {
    const facts = bySeq.get(seq);
    if (facts === undefined) throw new Error(`no record has seq ${seq}`);
    const record = JSON.parse(facts.record) as Record<string, unknown>;
    yield flagItem({
      explanation,
      domain: pack.domain,
      drop,
      entity: facts.entity,
      time: facts.time,
      record,
      links: linksOf(pack, record),
      flaggedAt,
    });
  }
}

/** That `seq` is one of them, in ascending order and at least one: with its bounds, beside which DuckDB looks at no row group. */
export function seqsSql(seqs: readonly number[]): string {
  return `seq BETWEEN ${seqs[0]!} AND ${seqs.at(-1)!} AND seq IN (${seqs.join(', ')})`;
}

/** The record's entity, as text. */
export function entitySql({ record: { entity } }: Pack): string {
  return entity === null ? 'CAST(NULL AS VARCHAR)' : `CAST(${quoteIdentifier(entity)} AS VARCHAR)`;
}

/** The record's time: ISO 8601 in UTC; one that counts steps stays a number. */
export function timeTextSql({ record: { time }, columns }: Pack): string {
  if (time === null) return 'CAST(NULL AS VARCHAR)';
  const column = quoteIdentifier(time);
  const isCount = columns.some(({ name, type }) => name === time && type.kind === 'integer');
  return isCount
    ? `CAST(${column} AS VARCHAR)`
    : `strftime(CAST(${column} AS TIMESTAMP), '%Y-%m-%dT%H:%M:%S.%gZ')`;
}

/** The record's typed values by column, as JSON. */
export function recordJsonSql({ columns }: Pick<Pack, 'columns'>): string {
  const members = columns.map(({ name }) => `${quoteIdentifier(name)} := ${quoteIdentifier(name)}`);
  return `to_json(struct_pack(${members.join(', ')}))::VARCHAR`;
}
