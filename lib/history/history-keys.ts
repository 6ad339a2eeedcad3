/**
 * The names of what the past consists of, in the data bucket.
 *
 *     history/<domain>/<drop>/rows/<key>/<partition>/<range>.parquet   a drop's records, a copy for each key of windows
 *     history/<domain>/<drop>/ids/<partition>/<range>.parquet          which ids it has, by the id's partition
 */

export interface HistoryKeys {
  /** Records by a window key, as they were read: applied with `repeats`. */
  readonly rows: (key: number, partition: number, range: number) => string;
  readonly ids: (partition: number, range: number) => string;
  readonly allRepeats: string;
  readonly allStale: string;
}

export function historyKeys({
  drop,
  domain,
}: {
  readonly drop: string;
  readonly domain: string;
}): HistoryKeys {
  return historyKeysUnder(`history/${domain}/${drop}`);
}

/** The keys of what a drop leaves for windows, below a prefix. */
export function historyKeysUnder(prefix: string): HistoryKeys {
  return {
    rows: (key, partition, range) => `${prefix}/rows/${key}/${partition}/${range}.parquet`,
    ids: (partition, range) => `${prefix}/ids/${partition}/${range}.parquet`,
    allRepeats: `${prefix}/repeats.parquet`,
    allStale: `${prefix}/stale.parquet`,
  };
}
