import type { Clusters } from '../../lib/evaluation/cluster-error.ts';

/** Each record is an entity of its own. */
export function eachAlone(rows: number): Clusters {
  return { code: Int32Array.from({ length: rows }, (_, row) => row), count: rows };
}
