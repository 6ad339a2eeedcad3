/**
 * How the window aggregates of a pack can be spread over machines and stay exact: the keys by which records have to be brought
 * together, and which aggregates are computed under which key.
 *
 * An aggregate sees the records that agree with its own on the columns of its window's key. Where its argument needs aggregates
 * itself, it sees through them further records, which agree on the keys of those. What agrees on the columns that all
 * of these keys share is therefore enough; where they share none, nothing less than all records is.
 */
import { referencesOf } from '../packs/expression.ts';
import type { Pack } from '../packs/pack.ts';
import { type FeaturePlan, planFeatures, windowIndex, windowUses } from './feature-plan.ts';

export interface WindowGroups {
  /** By which records are stored together, a copy for each; the first is that of most aggregates. Empty: the pack has no windows with a key. */
  readonly keys: readonly (readonly string[])[];
  /** By position in the plan's windows: the key under which it is computed; null: under none, all records together. */
  readonly keyOf: readonly (number | null)[];
  /** By position in the plan's windows: the windows that its argument needs, directly or not. */
  readonly needs: readonly ReadonlySet<number>[];
}

const grouped = new WeakMap<Pack, WindowGroups>();

export function windowGroups(pack: Pack): WindowGroups {
  const groups = grouped.get(pack) ?? groupWindows(pack);
  grouped.set(pack, groups);
  return groups;
}

function groupWindows(pack: Pack): WindowGroups {
  const plan = planFeatures(pack, true);
  const needs = neededWindows(plan);
  const shared = plan.windows.map(({ frame }, index) =>
    [...needs[index]!].reduce(
      (columns, other) => columns.filter((column) => plan.windows[other]!.frame.by.includes(column)),
      [...frame.by],
    ),
  );
  const wanted = [...plan.windows.map(({ frame }) => frame.by), ...shared].filter((key) => key.length > 0);
  const smallest = wanted.filter(
    (key, at) =>
      !wanted.some((other, place) => isWithin(other, key) && (other.length < key.length || place < at)),
  );
  const count = (key: readonly string[]) => shared.filter((columns) => isWithin(key, columns)).length;
  const keys = smallest.toSorted((a, b) => count(b) - count(a));
  const keyOf = shared.map((columns) => {
    const at = keys.findIndex((key) => isWithin(key, columns));
    return at < 0 ? null : at;
  });
  return { keys, keyOf, needs };
}

function isWithin(part: readonly string[], whole: readonly string[]): boolean {
  return part.every((column) => whole.includes(column));
}

function neededWindows(plan: FeaturePlan): ReadonlySet<number>[] {
  const features = plan.values.filter(({ kind }) => kind === 'feature');
  const ofFeature = new Map<string, Set<number>>();
  const ofWindow = new Map<number, Set<number>>();
  const ofReferences = (names: readonly string[]) =>
    new Set(names.flatMap((name) => [...(ofFeature.get(name) ?? [])]));
  const featureNames = (references: Iterable<{ kind: string; name: string }>) =>
    [...references].filter(({ kind }) => kind === 'feature').map(({ name }) => name);
  const needsOf = (pieces: FeaturePlan['values'][number]['pieces']): Set<number> => {
    const needed = new Set<number>();
    for (const use of windowUses(pieces)) {
      const index = windowIndex(plan, use);
      const inner = ofWindow.get(index) ?? ofReferences(featureNames(referencesOf([use])));
      ofWindow.set(index, inner);
      for (const one of [index, ...inner]) needed.add(one);
    }
    const direct = pieces.filter((piece) => typeof piece !== 'string' && piece.kind === 'feature');
    for (const one of ofReferences(featureNames(referencesOf(direct)))) needed.add(one);
    return needed;
  };
  for (const feature of features)
    ofFeature.set(plan.pack.features[feature.index]!.name, needsOf(feature.pieces));
  for (const value of plan.values) if (value.kind !== 'feature') needsOf(value.pieces);
  return plan.windows.map((_, index) => ofWindow.get(index)!);
}
