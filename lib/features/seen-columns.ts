/** The columns of the past that windows see: their keys, what they are over, and what orders and selects records. */
import { referencesOf } from '../packs/expression.ts';
import type { Pack } from '../packs/pack.ts';
import { planFeatures } from './feature-plan.ts';

const known = new WeakMap<Pack, ReadonlySet<string>>();

/** Names of the pack's columns. */
export function seenColumns(pack: Pack): ReadonlySet<string> {
  const columns = known.get(pack) ?? findColumns(pack);
  known.set(pack, columns);
  return columns;
}

function findColumns(pack: Pack): ReadonlySet<string> {
  const { values, windows } = planFeatures(pack, true);
  const { time, label } = pack.record;
  const seen = new Set<string>([time, label].filter((name) => name !== null));
  const features = new Set<string>();
  const follow = (references: ReturnType<typeof referencesOf>): void => {
    for (const { kind, name } of references) {
      if (kind === 'column') seen.add(name);
      if (kind !== 'feature' || features.has(name)) continue;
      features.add(name);
      const value = values.find((one) => one.kind === 'feature' && pack.features[one.index]!.name === name)!;
      follow(referencesOf(value.pieces));
    }
  };
  for (const { use, frame } of windows) {
    for (const column of frame.by) seen.add(column);
    follow(referencesOf([use]));
  }
  return seen;
}
