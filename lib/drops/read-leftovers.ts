/** What a drop left beside its flags: how a challenger differed. */

import type { ObjectStore } from '../object-store.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';
import { joinShadowChanges, type ScoredShadow, type ShadowChanges } from './shadow-run.ts';

/** What was scored in passing; null: not all of the drop was. */
export async function readShadow(store: ObjectStore, plan: DropPlan): Promise<ScoredShadow | null> {
  const { drop, model, shadow, shadowInPassing, flow } = plan;
  if (shadow === null || !shadowInPassing) return null;
  const texts = await Promise.all(
    flow.partitions.map((partition) => store.readText(dropKeys(drop).shadow(partition))),
  );
  if (texts.includes(null)) return null;
  const changes = joinShadowChanges(texts.map((text) => JSON.parse(text!) as ShadowChanges));
  return { format: 'assay-shadow/1', drop: drop.id, champion: model, challenger: shadow, ...changes };
}
