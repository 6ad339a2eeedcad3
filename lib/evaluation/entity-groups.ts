/**
 * Entities in groups by a hash: counts by group show how alike the records of an entity are, and say nothing of any one of them. A group
 * always holds the same entities, so that counts of many drops add up.
 */
import { hashToUnit } from './stable-hash.ts';

/** Enough for an error of a figure, few enough to be stored of every drop. */
export const ENTITY_GROUPS = 16;

/** `key`: the entity, or of a record without one its id. */
export function entityGroup(key: string): number {
  return Math.floor(hashToUnit(key, 0) * ENTITY_GROUPS);
}
