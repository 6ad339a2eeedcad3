/** What a drop left beside its flags, for the last state: records for blind review, and how a challenger differed. */
import { type FlagChanges, joinFlagChanges } from '../retraining/flag-changes.ts';
import type { BlindEntry } from './blind-items.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import type { DropRef } from './flow.ts';
import type { ObjectStore } from './object-store.ts';
import type { ShadowRun } from './shadow.ts';

export async function readBlind(store: ObjectStore, drop: DropRef): Promise<BlindEntry[]> {
  const text = (await store.readText(dropKeys(drop).blind)) ?? '';
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as BlindEntry);
}

/** Null: no model waited for approval, or it could not be scored on all of the drop. */
export async function readShadow(store: ObjectStore, plan: DropPlan): Promise<ShadowRun | null> {
  const { drop, model, shadow, flow } = plan;
  if (shadow == null) return null;
  const texts = await Promise.all(
    flow.partitions.map((partition) => store.readText(dropKeys(drop).shadow(partition))),
  );
  if (texts.includes(null)) return null;
  const changes = joinFlagChanges(texts.map((text) => JSON.parse(text!) as FlagChanges));
  return { format: 'assay-shadow/1', drop: drop.id, champion: model, challenger: shadow, ...changes };
}
