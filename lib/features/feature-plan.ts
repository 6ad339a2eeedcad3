/**
 * Plans what has to be computed of a pack, and in which order: no SQL yet, no types.
 *
 *     columns ─► x (depth 0) ─► x (depth 1) ─► …        values of one record, each after those it refers to
 *                 │ arguments            ▲
 *                 ▼                      │
 *              windows (level 1) ────────┘ ─► windows (level 2) over values that needed level 1 ─► …
 */
import { type Piece, parseExpression, referencesOf, type WindowUse } from '../packs/expression.ts';
import type { Pack, Window } from '../packs/pack.ts';
import { scopeOf } from '../packs/read-features.ts';

/** A feature, a rule's condition, or what is usual for a feature. */
export interface PlannedValue {
  readonly kind: 'feature' | 'usual' | 'rule';
  /** Position among the pack's features, or rules. */
  readonly index: number;
  /** How messages name it. */
  readonly key: string;
  readonly line: number;
  readonly text: string;
  readonly pieces: readonly Piece[];
  /** 0: refers to no feature; else one more than the deepest it refers to. */
  readonly depth: number;
  /** The last level of windows that has to be there before it. */
  readonly level: number;
}

export interface PlannedWindow {
  readonly use: WindowUse;
  readonly frame: Frame;
  readonly level: number;
}

export type Frame = Pick<Window, 'by' | 'over' | 'delay'>;

export interface FeaturePlan {
  readonly pack: Pack;
  readonly values: readonly PlannedValue[];
  readonly windows: readonly PlannedWindow[];
  readonly levels: number;
}

/** Same aggregate, same window: computed once. */
export function windowIndex(plan: FeaturePlan, use: WindowUse): number {
  const key = JSON.stringify(use);
  return plan.windows.findIndex((planned) => JSON.stringify(planned.use) === key);
}

/** A pack is planned once: that takes longer than scoring a record by it. */
const planned = new WeakMap<Pack, Map<boolean, FeaturePlan>>();

/** Without what is usual for the entity, where no sentence is made. */
export function planFeatures(pack: Pack, withUsual: boolean): FeaturePlan {
  const known = planned.get(pack) ?? new Map<boolean, FeaturePlan>();
  planned.set(pack, known);
  const plan = known.get(withUsual) ?? makePlan(pack, withUsual);
  known.set(withUsual, plan);
  return plan;
}

function makePlan(pack: Pack, withUsual: boolean): FeaturePlan {
  const values: PlannedValue[] = [];
  const windows = new Map<string, PlannedWindow>();
  const features = new Map<string, PlannedValue>();
  const plan = (draft: Draft, visible: readonly string[]) => {
    const pieces = parseExpression(draft.text, scopeOf(pack, pack.windows, visible, []));
    const value = { ...draft, pieces, ...placeOf(pieces, features) };
    for (const use of windowUses(pieces)) addWindow(pack, windows, use, features);
    values.push(value);
    return value;
  };
  const names: string[] = [];
  pack.features.forEach(({ name, is, usual, line }, index) => {
    const key = `features.${name}`;
    features.set(name, plan({ kind: 'feature', index, key, line, text: is }, names));
    names.push(name);
    if (usual !== null && withUsual)
      plan({ kind: 'usual', index, key: `${key}.usual`, line, text: usual }, names);
  });
  pack.rules.forEach(({ id, when, line }, index) => {
    plan({ kind: 'rule', index, key: `rules.${id}.when`, line, text: when }, names);
  });
  const levels = Math.max(0, ...[...windows.values()].map(({ level }) => level));
  return { pack, values, windows: [...windows.values()], levels };
}

type Draft = Omit<PlannedValue, 'pieces' | 'depth' | 'level'>;
type Place = Pick<PlannedValue, 'depth' | 'level'>;

export function windowUses(pieces: readonly Piece[]): WindowUse[] {
  return pieces.filter((piece): piece is WindowUse => typeof piece !== 'string' && piece.kind === 'window');
}

function placeOf(pieces: readonly Piece[], features: ReadonlyMap<string, PlannedValue>): Place {
  let depth = 0;
  let level = 0;
  for (const piece of pieces) {
    if (typeof piece === 'string') continue;
    if (piece.kind === 'window') level = Math.max(level, levelOf(piece, features));
    if (piece.kind !== 'feature') continue;
    const feature = features.get(piece.name)!;
    depth = Math.max(depth, feature.depth + 1);
    level = Math.max(level, feature.level);
  }
  return { depth, level };
}

/** One above the last level that its argument needs. */
function levelOf(use: WindowUse, features: ReadonlyMap<string, PlannedValue>): number {
  const inner = [...referencesOf([use])].map(({ kind, name }) =>
    kind === 'feature' ? features.get(name)!.level : 0,
  );
  return 1 + Math.max(0, ...inner);
}

function addWindow(
  pack: Pack,
  windows: Map<string, PlannedWindow>,
  use: WindowUse,
  features: ReadonlyMap<string, PlannedValue>,
): void {
  const frame = pack.windows.find(({ name }) => name === use.window)!;
  windows.set(JSON.stringify(use), { use, frame, level: levelOf(use, features) });
}
