/** How a drop ended, as `assemble` left it for the last state. */

import type { ObjectStore } from '../object-store.ts';
import type { DropOutcome } from './assemble.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';

export async function readOutcome(store: ObjectStore, drop: DropRef): Promise<DropOutcome> {
  const key = dropKeys(drop).outcome;
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}: the drop ${drop.id} was not assembled`);
  return JSON.parse(text) as DropOutcome;
}

/** Why a drop whose every record was rejected counts as failed; null for any other. */
export function refusal({ summary, firstReject, warnings }: DropOutcome): string | null {
  const { received, scored } = summary;
  if (received === 0 || scored > 0) return null;
  const all =
    received === 1 ? 'its only record was' : `all of its ${received.toLocaleString('en-US')} records were`;
  // What is odd about the file is often why.
  return [`${all} rejected (${firstReject}); rejects.csv has them all`, ...warnings].join('. ');
}
