/** Whether the records of a drop are sealed, and how: decided once, in its plan. */
import { type Past, piecesOf } from '../history/past.ts';
import type { Pack } from '../packs/pack.ts';
import { type Erasable, planSealing, withSealed } from '../privacy/erasable.ts';
import { type KeysDeps, notNamed, RefusedDrop } from './erasable-drop.ts';
import type { DropRef } from './flow.ts';

/** How the records of a drop are to be sealed; undefined: they are stored as they are. Throws where the past was stored in the other way. */
export async function planErasure(
  deps: KeysDeps,
  drop: DropRef,
  pack: Pack,
  past: Past,
): Promise<Erasable | undefined> {
  const keys = (await deps.keysOf?.(drop.domain)) ?? null;
  const pieces = piecesOf(past);
  if (keys === null) {
    if (drop.sealedKey !== undefined || pieces.some(({ sealed }) => sealed === true))
      throw notNamed(drop.domain);
    return undefined;
  }
  if (drop.sealedKey === undefined)
    throw new RefusedDrop(
      `the file arrived before ${drop.domain} was named by the setting erasure.domains: deliver it again`,
    );
  if (pieces.some(({ sealed }) => sealed !== true))
    throw new RefusedDrop(
      `${drop.domain} has records that were stored in the clear, and erasure.domains is for domains that have none: take it out of the setting, or use another domain`,
    );
  return planSealing(pack, keys.register);
}

/** The pack as the records of a plan are stored. */
export function storedPack({ erasable }: { readonly erasable?: Erasable }, pack: Pack): Pack {
  return erasable === undefined ? pack : withSealed(pack);
}
