/** Reads one page of a list that goes on by cursors, and adds the cursor of the next page. */
import { listName, openCursor, sealCursor } from './cursor.ts';

/** `name` and `filter` are what the cursors are bound to; `read` begins after `place`, or at the beginning. */
export async function cursorPage<Item, Shown>(
  cursorSecret: () => Promise<Uint8Array>,
  {
    name,
    filter,
    cursor,
  }: { name: string; filter: Readonly<Record<string, unknown>>; cursor: string | undefined },
  read: (
    place: string | undefined,
  ) => Promise<{ readonly items: readonly Item[]; readonly next: string | null }>,
  show: (item: Item) => Shown,
): Promise<{ items: Shown[]; next: string | null }> {
  const list = listName(name, filter);
  const secret = await cursorSecret();
  const { items, next } = await read(cursor === undefined ? undefined : openCursor(secret, list, cursor));
  return { items: items.map(show), next: next === null ? null : sealCursor(secret, list, next) };
}
