/**
 * How many labels a dataset has that the champion was not trained with, by what the champion's card says of its own. A card has no
 * list of records, but a hash over them and their labels: where that is the hash of the first drops of this dataset, the labels of
 * the later ones are the new ones. Else nothing is known, and nothing is said: a review that turned an old label round, or a record
 * that was delivered again, makes another hash.
 */
import { createHash } from 'node:crypto';
import { parquetSql } from '../engine/parquet.ts';
import { quoteIdentifier, Session } from '../engine/session.ts';
import type { DatasetManifest } from '../models/card.ts';
import { labelValueSql } from '../packs/label-values.ts';
import type { Pack } from '../packs/pack.ts';
import { labelOf } from '../training/training-rows.ts';
import type { Machine } from './training-plan.ts';

export interface CountOptions extends Pick<Machine, 'threads' | 'memoryLimitMb'> {
  /** records.parquet of the dataset. */
  readonly records: string;
  readonly pack: Pack;
  readonly champion: Pick<DatasetManifest, 'hash' | 'labelled'>;
}

/** Null: it is not known. */
export async function countNewLabels(options: CountOptions): Promise<number | null> {
  const { records, pack, champion } = options;
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const label = labelValueSql(pack, quoteIdentifier(labelOf(pack)));
    const hash = createHash('sha256');
    const labels: number[] = [];
    let drop = -1;
    let known = false;
    // As describeDataset (lib/training/dataset.ts) makes it: the hashes of all records, then the labels that there are.
    const isChampions = () =>
      labels.length === champion.labelled &&
      hash.copy().update(Uint8Array.from(labels)).digest('hex') === champion.hash;
    for await (const chunk of session.chunks(
      `SELECT file, record_hash, (${label})::INTEGER FROM ${parquetSql([records])} WHERE NOT history ORDER BY seq`,
    )) {
      const [files, hashes, found] = chunk.getColumns() as [number[], string[], (number | null)[]];
      for (let row = 0; row < chunk.rowCount; row++) {
        if (files[row] !== drop) known ||= isChampions();
        drop = files[row]!;
        hash.update(hashes[row]!);
        if (found[row] !== null) labels.push(found[row]!);
      }
    }
    return known || isChampions() ? labels.length - champion.labelled : null;
  } finally {
    await session.close();
  }
}
