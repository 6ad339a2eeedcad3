/** The objects of a segment: its records by each key of windows, sorted by it, and which ids it has. */
import { join } from 'node:path';
import { copyToParquet } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import type { ObjectStore } from '../object-store.ts';
import type { MergedRecords } from './merged-records.ts';
import { choosePartitions, partitionOfSql } from './partition-sql.ts';
import { type Piece, PLACE, type Segment, segmentKeys } from './past.ts';
import { storeParts } from './store-parts.ts';

interface NewSegment {
  readonly name: Pick<Segment, 'domain' | 'segment'>;
  readonly merged: MergedRecords;
  /** What it is put together from. */
  readonly pieces: readonly Piece[];
  /** SQL: what it has of the records of other pieces. */
  readonly left: string;
}

type StoredSegment = Pick<Segment, 'keys' | 'partitions' | 'rows' | 'stale'>;

export async function storeSegment(
  {
    data,
    rowsPerPartition,
  }: { readonly data: Pick<ObjectStore, 'upload'>; readonly rowsPerPartition: number },
  session: Session,
  { name, merged, pieces, left }: NewSegment,
): Promise<StoredSegment> {
  const { table, columns } = merged;
  const { rows } = await session.row<{ rows: number }>(`SELECT count(*)::DOUBLE AS rows FROM ${table}`);
  const partitions = choosePartitions(rows, rowsPerPartition);
  const keys = keysOf(pieces, columns);
  const objects = segmentKeys(name);
  const isText = (column: string) => columns.get(column) === 'VARCHAR';
  // Of one partition all copies by keys, and the ids, would hold the same.
  const copies = partitions === 1 || keys.length === 0 ? [keys[0] ?? null] : keys;
  for (const [at, key] of copies.entries()) {
    const order = [...(key ?? ['record_id']).map(quoteIdentifier), PLACE, 'line'].join(', ');
    const by = partitionOfSql(isText, key, partitions);
    const keyOf = (partition: number) => objects.rows(at, partition);
    await storeParts(session, data, { rows: `SELECT * FROM ${table}`, by, partitions, order, keyOf });
  }
  if (partitions > 1) {
    await storeParts(session, data, {
      rows: `SELECT ${PLACE}, record_id FROM ${table}`,
      by: partitionOfSql(isText, null, partitions),
      ...{ partitions, order: `record_id, ${PLACE}`, keyOf: objects.ids },
    });
  }
  const { stale } = await session.row<{ stale: number }>(`SELECT count(*)::DOUBLE AS stale FROM (${left})`);
  if (stale > 0) {
    const path = join(session.folder, 'stale.parquet');
    await copyToParquet(session, `${left} ORDER BY ALL`, path);
    await data.upload(path, objects.stale);
  }
  return { keys, partitions, rows, stale };
}

/** All keys of the pieces whose columns are there. */
function keysOf(pieces: readonly Piece[], columns: ReadonlyMap<string, string>): (readonly string[])[] {
  const keys = new Map<string, readonly string[]>();
  for (const key of pieces.flatMap((piece) => piece.keys))
    if (key.every((column) => columns.has(column))) keys.set(key.join('\n'), key);
  return [...keys.values()];
}
