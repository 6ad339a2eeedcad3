/**
 * Numbers entities 0, 1, 2 … in order of appearance, each with a seeded hash. A record without an entity is an entity of its own,
 * hashed by its record id.
 */
import { hashToUnit } from './stable-hash.ts';

export interface EntityCodes {
  /** The entity of each record. */
  readonly code: Int32Array;
  readonly count: number;
  /** The hash of each entity, in [0, 1). */
  readonly hash: Float64Array;
}

export function codeEntities(
  entities: readonly (string | null)[] | null,
  idOf: (row: number) => string,
  rows: number,
  seed: number,
): EntityCodes {
  const code = new Int32Array(rows);
  const hash = new Float64Array(rows);
  const known = new Map<string | null, number>();
  let count = 0;
  for (let row = 0; row < rows; row++) {
    const entity = entities?.[row] ?? null;
    const seen = known.get(entity);
    code[row] = seen ?? count;
    if (seen !== undefined) continue;
    if (entity !== null) known.set(entity, count);
    hash[count++] = hashToUnit(entity ?? idOf(row), seed);
  }
  return { code, count, hash: hash.subarray(0, count) };
}
