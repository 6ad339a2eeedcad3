/**
 * Which partition a record belongs to, as SQL: records that agree on a key's columns agree on it. The hash is MD5's, not DuckDB's
 * own: what is written today is read by later versions.
 */

import { quoteIdentifier } from '../engine/session.ts';
import { canonicalSql } from '../intake/typing-sql.ts';
import type { Pack } from '../packs/pack.ts';

/** `key` null: by the record's id. `partitions` is a power of two. */
export function partitionSql(pack: Pack, key: readonly string[] | null, partitions: number): string {
  const isText = (name: string) =>
    pack.columns.find((column) => column.name === name)!.type.kind === 'string';
  return partitionOfSql(isText, key, partitions);
}

/** The same of columns of which is known whether they are text. */
export function partitionOfSql(
  isText: (column: string) => boolean,
  key: readonly string[] | null,
  partitions: number,
): string {
  if (partitions === 1) return '0';
  const canonical = (name: string) =>
    canonicalSql({ kind: isText(name) ? 'string' : 'integer' }, quoteIdentifier(name));
  const text = key === null ? 'record_id' : `concat_ws(chr(31), ${key.map(canonical).join(', ')})`;
  return `CAST(md5_number_lower(${text}) % ${partitions} AS INTEGER)`;
}

/** A power of two, so that about `rowsPerPartition` records fall into each; at most 256. */
export function choosePartitions(records: number, rowsPerPartition: number): number {
  const wanted = Math.max(1, Math.ceil(records / rowsPerPartition));
  return Math.min(256, 2 ** Math.ceil(Math.log2(wanted)));
}
