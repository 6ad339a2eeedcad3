/** Rows stored by partition. Every partition gets its object, also where nothing falls into it: no one has to ask what is there. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { copyToParquet } from '../engine/parquet.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { writeParts } from '../engine/write-parts.ts';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS, type ObjectStore } from '../object-store.ts';
import { WORKING_COLUMNS } from '../packs/own-columns.ts';

const PART = quoteIdentifier(WORKING_COLUMNS.part);

export interface StoredParts {
  /** A SELECT. */
  readonly rows: string;
  /** SQL for the partition, and how many there are. */
  readonly by: string;
  readonly partitions: number;
  /** How each file is sorted. */
  readonly order: string;
  readonly keyOf: (partition: number) => string;
}

export async function storeParts(
  session: Session,
  store: Pick<ObjectStore, 'upload'>,
  { rows, by, partitions, order, keyOf }: StoredParts,
): Promise<void> {
  const folder = join(session.folder, 'parted');
  const written = await writeParts(session, `SELECT *, ${by} AS ${PART} FROM (${rows})`, {
    by: PART,
    ...{ order, folder },
  });
  const paths = new Map(written.map(({ part, path }) => [part, path]));
  const none = join(folder, 'none.parquet');
  if (paths.size < partitions) await copyToParquet(session, `SELECT * FROM (${rows}) LIMIT 0`, none);
  await inParallel(Array.from({ length: partitions }), MAX_TRANSFERS, async (_, partition) => {
    await store.upload(paths.get(partition) ?? none, keyOf(partition));
  });
  await rm(folder, { recursive: true });
}
