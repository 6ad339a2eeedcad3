/**
 * Pages of a list that is read whole. A page begins after the place of the last item before, whether that item is still there or not:
 * what was taken out meanwhile does not begin the list again.
 */
import { z } from 'zod';
import { invalidCursor } from './cursor.ts';

/** Where an item stands, ascending: what is compared first comes first. The last part is unlike any other's. */
export type PageKey = readonly (number | string)[];

/**
 * `before`: the place of the last item of the page before, as `last` gave it; absent: from the beginning. Throws a Problem for the place
 * of an earlier version.
 */
export function keyPage<Item>(
  all: readonly Item[],
  keyOf: (item: Item) => PageKey,
  { limit, before }: { readonly limit: number; readonly before: string | undefined },
): { readonly items: readonly Item[]; readonly last: string | null } {
  const sorted = all
    .map((item) => ({ item, key: keyOf(item) }))
    .sort((one, other) => compareKeys(one.key, other.key));
  const place = before === undefined ? null : parsePlace(before);
  const left = place === null ? sorted : sorted.filter(({ key }) => compareKeys(key, place) > 0);
  const page = left.slice(0, limit);
  return {
    items: page.map(({ item }) => item),
    last: page.length < left.length ? JSON.stringify(page.at(-1)!.key) : null,
  };
}

const PLACE = z.array(z.union([z.number(), z.string()]));

function parsePlace(text: string): PageKey {
  try {
    return PLACE.parse(JSON.parse(text));
  } catch {
    throw invalidCursor();
  }
}

function compareKeys(one: PageKey, other: PageKey): number {
  const at = one.findIndex((part, index) => part !== other[index]);
  return at < 0 ? 0 : one[at]! < other[at]! ? -1 : 1;
}
