/**
 * Objects that many drops share, named by their content: each is stored once, and what is there already is not written again. A
 * process asks the store once for what is under a prefix.
 */
import type { ObjectStore } from './object-store.ts';

const known = new WeakMap<ObjectStore, Map<string, Promise<Set<string>>>>();

/** `name` says all of the object's content. `write` stores it under `prefix` and that name. */
export async function storeOnce(
  store: ObjectStore,
  prefix: string,
  name: string,
  write: (key: string) => Promise<void>,
): Promise<void> {
  const there = await namesUnder(store, prefix);
  const key = `${prefix}${name}`;
  if (there.has(key)) return;
  await write(key);
  there.add(key);
}

function namesUnder(store: ObjectStore, prefix: string): Promise<Set<string>> {
  const prefixes = known.get(store) ?? new Map<string, Promise<Set<string>>>();
  known.set(store, prefixes);
  const found =
    prefixes.get(prefix) ??
    store.list(prefix).then(
      (keys) => new Set(keys),
      (error: unknown) => {
        prefixes.delete(prefix);
        throw error;
      },
    );
  prefixes.set(prefix, found);
  return found;
}
