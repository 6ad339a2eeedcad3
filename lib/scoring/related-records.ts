/**
 * Records that the features of others can depend on: those that share the key of a window with them, and where windows are over
 * features that have windows of their own, those that share one with these.
 */

import { quoteIdentifier } from '../engine/session.ts';
import { planFeatures } from '../features/feature-plan.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';

/** `related` holds the records to begin with, and then all; `stored` is SQL for where they come from. */
export async function addRelated(related: Records, pack: Pack, stored: string): Promise<void> {
  const keys = [...new Set(pack.windows.map(({ by }) => by.map(quoteIdentifier).join(', ')))];
  for (let level = 0; level < planFeatures(pack, true).levels; level++) {
    const shares = keys.map((key) => (key === '' ? 'true' : `(${key}) IN (SELECT (${key}) FROM ${related})`));
    if (shares.length === 0) break;
    await related.replace(
      `SELECT * FROM ${stored} WHERE seq IN (SELECT seq FROM ${related}) OR ${shares.join(' OR ')}`,
    );
  }
}
