/**
 * A drop whose records are erasable: it is known by its id, and by a hash in place of the name of its file, which may name a person.
 * The key of its object is sealed under a key of the drop, and so are words that may quote the file; that key goes with the file.
 */
import { posix } from 'node:path';
import { InputError } from '../errors.ts';
import type { DomainKeys, KeysOf } from '../privacy/domain-keys.ts';
import type { DropRef } from './flow.ts';

const KEY = 'key';
const WORDS = 'words';

/** What is refused in words that quote nothing of the file, such as for how the stack is set. */
export class RefusedDrop extends InputError {}

export interface KeysDeps {
  readonly keysOf?: KeysOf | undefined;
}

/** The drop as it may be written down: as it is, unless its domain's records are erasable. */
export async function sealName(drop: DropRef, { keysOf }: KeysDeps): Promise<DropRef> {
  const keys = (await keysOf?.(drop.domain)) ?? null;
  if (keys === null || drop.sealedKey !== undefined) return drop;
  const cipher = await keys.takeDropKey(drop.id);
  const name = keys.hashName(posix.basename(drop.key));
  return { ...drop, key: `drops/${drop.domain}/${name}`, sealedKey: cipher.seal(drop.key, KEY) };
}

/** Under which the delivered file lies. */
export async function deliveredKey(deps: KeysDeps, drop: DropRef): Promise<string> {
  if (drop.sealedKey === undefined) return drop.key;
  const key = await findDelivered(await expectKeys(deps, drop.domain), drop);
  if (key === null)
    throw new RefusedDrop(
      `the file of ${drop.id} cannot be found any more: its key was destroyed, as it is when a drop is done; deliver it again`,
    );
  return key;
}

/** Null: the key of the drop is gone, as it is once the file is. */
export async function findDelivered(
  keys: Pick<DomainKeys, 'findDropKey'>,
  { id, key, sealedKey, shadowOf }: Pick<DropRef, 'id' | 'key' | 'sealedKey' | 'shadowOf'>,
): Promise<string | null> {
  if (sealedKey === undefined) return key;
  const cipher = await keys.findDropKey(shadowOf ?? id);
  return cipher?.open(sealedKey, KEY) ?? null;
}

/** Words of an error that may quote the file; null: this function does not open keys. */
export async function sealWords(deps: KeysDeps, drop: DropRef, words: string): Promise<string | null> {
  const keys = (await deps.keysOf?.(drop.domain)) ?? null;
  if (keys === null) return null;
  return (await keys.takeDropKey(drop.shadowOf ?? drop.id)).seal(words, WORDS);
}

export interface OpenedDrop {
  /** The key of the delivered file; null: it cannot be read any more. */
  readonly key: string | null;
  readonly words: string | null;
}

/** For who may read personal data. */
export async function openDrop(
  keys: Pick<DomainKeys, 'findDropKey'>,
  {
    id,
    sealedKey,
    sealedWords,
  }: { readonly id: string; readonly sealedKey: string; readonly sealedWords: string | null },
): Promise<OpenedDrop> {
  const cipher = await keys.findDropKey(id);
  return {
    key: cipher?.open(sealedKey, KEY) ?? null,
    words: sealedWords === null ? null : (cipher?.open(sealedWords, WORDS) ?? null),
  };
}

/** Throws where the keys are not to be had. */
export async function expectKeys({ keysOf }: KeysDeps, domain: string): Promise<DomainKeys> {
  const keys = (await keysOf?.(domain)) ?? null;
  if (keys === null) throw notNamed(domain);
  return keys;
}

/** Records are sealed, and the keys are not to be had. */
export function notNamed(domain: string): RefusedDrop {
  return new RefusedDrop(
    `the records of ${domain} are erasable, and the setting erasure.domains does not name it any more: name it again`,
  );
}
