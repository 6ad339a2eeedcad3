/** A labels file that arrived: read at once, so that its sender is told what is wrong with it; a retraining reads it again. */
import { type Arrival, NO_DOMAIN } from '../drops/arrival.ts';
import { isSendersFault } from '../drops/fault.ts';
import type { DropRef } from '../drops/flow.ts';
import type { ObjectStore } from '../drops/object-store.ts';
import { readLabels } from '../reviews/read-labels.ts';
import type { DropTable } from './drop-table.ts';

export interface LabelTools {
  readonly drops: DropTable;
  readonly store: ObjectStore;
}

export function isLabelsFile({ key }: Pick<DropRef, 'key'>): boolean {
  return key.startsWith('labels/');
}

/** How many labels it holds; null: it was refused, and its row says why. Told again, it is read again. */
export async function takeLabels(
  { drops, store }: LabelTools,
  { drop, attempt }: Arrival,
): Promise<number | null> {
  await drops.receive(drop, attempt);
  if (drop.domain === NO_DOMAIN) {
    await drops.failed(drop.id, `${drop.key} names no domain: labels/<domain>/<file> is expected`);
    return null;
  }
  try {
    const bytes = Buffer.concat(await Array.fromAsync(await store.read(drop.key, undefined, drop.version)));
    const { length } = readLabels({ bytes, name: drop.key, receivedAt: drop.receivedAt });
    const none = { scored: 0, rejected: 0, flagged: 0, unexplained: 0 };
    await drops.done(drop.id, { received: length, ...none }, '');
    return length;
  } catch (error) {
    if (!(error instanceof Error && isSendersFault({ Error: error.name }))) throw error;
    await drops.failed(drop.id, error.message);
    return null;
  }
}
