/** A piece of a drop's flags, as `assemble` left it. */
import { dropKeys } from './drop-keys.ts';
import type { FlagItem } from './flag-item.ts';
import type { PublishInput } from './flow.ts';
import type { ObjectStore } from './object-store.ts';

export async function readChunk(store: ObjectStore, { drop, chunk }: PublishInput): Promise<FlagItem[]> {
  const key = dropKeys(drop).publish(chunk);
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}: the drop ${drop.id} was not assembled`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as FlagItem);
}
