/**
 * Which action a key means, by where it was pressed. Single keys are for people who look at a case and have nothing else under their
 * hands; every guard prevents one accident.
 */
import type { Place } from '../../lib/console/places.ts';

export type Act =
  | { readonly kind: 'next' | 'previous' | 'open' | 'take' | 'select' | 'note' | 'save' | 'undo' }
  | { readonly kind: 'reasons' | 'search' | 'filter' | 'escape' | 'help' | 'prefix' }
  | { readonly kind: 'verdict' | 'reason'; readonly index: number }
  | { readonly kind: 'go'; readonly place: Place };

export interface Stroke {
  readonly key: string;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly alt: boolean;
  readonly repeat: boolean;
  readonly composing: boolean;
}

export interface Situation {
  /** The focus is in a field that takes text. */
  readonly typing: boolean;
  /** The focus is on a control that does something with this key itself. */
  readonly controlTakesKey: boolean;
  readonly dialogOpen: boolean;
  /** What would be decided on is not shown whole yet. */
  readonly loading: boolean;
  /** Since another case was shown. */
  readonly msSinceChange: number;
  readonly singleKeysOff: boolean;
  /** G was pressed just before. */
  readonly afterPrefix: boolean;
  /** A verdict is chosen: letters are its reasons. */
  readonly hasVerdict: boolean;
}

/** A key meant for the case before must not reach the next one. */
export const SETTLE_MS = 400;

const PLACES = {
  q: 'queue',
  b: 'blind',
  d: 'drops',
  m: 'models',
  w: 'monitoring',
  a: 'audit',
  p: 'packs',
  s: 'admin',
} as const;
const REASONS = 'abcd';
const PLAIN: Readonly<Record<string, Act>> = {
  j: { kind: 'next' },
  arrowdown: { kind: 'next' },
  k: { kind: 'previous' },
  arrowup: { kind: 'previous' },
  enter: { kind: 'open' },
  o: { kind: 'open' },
  n: { kind: 'take' },
  x: { kind: 'select' },
  m: { kind: 'note' },
  u: { kind: 'undo' },
  e: { kind: 'reasons' },
  '/': { kind: 'search' },
  f: { kind: 'filter' },
  g: { kind: 'prefix' },
  '?': { kind: 'help' },
};
/** What changes a case, and so must not happen to one that is not seen yet. */
const DECIDES = new Set<Act['kind']>(['verdict', 'reason', 'save', 'take', 'select', 'open']);

export function actOf(stroke: Stroke, situation: Situation): Act | null {
  if (stroke.composing || stroke.repeat) return null;
  const act = meaningOf(stroke, situation);
  if (act === null) return null;
  if (situation.dialogOpen) return null;
  const waits = situation.loading || situation.msSinceChange < SETTLE_MS;
  return waits && DECIDES.has(act.kind) ? null : act;
}

function meaningOf({ key, ctrl, meta, alt }: Stroke, situation: Situation): Act | null {
  const lower = key.toLowerCase();
  if (lower === 'enter' && ctrl !== meta && !alt) return { kind: 'save' };
  if (ctrl || meta || alt) return null;
  if (lower === 'escape') return { kind: 'escape' };
  if (situation.typing || situation.controlTakesKey || situation.singleKeysOff) return null;
  if (situation.afterPrefix) {
    return lower in PLACES ? { kind: 'go', place: PLACES[lower as keyof typeof PLACES] } : null;
  }
  if (/^[1-3]$/.test(lower)) return { kind: 'verdict', index: Number(lower) - 1 };
  const reason = REASONS.indexOf(lower);
  if (situation.hasVerdict && lower.length === 1 && reason >= 0) return { kind: 'reason', index: reason };
  return PLAIN[lower] ?? null;
}

/** What a focused control does with a key by itself: letters on a closed list, arrows in a group of radio buttons, Enter on a link. */
export function takesKey(
  element: { readonly tag: string; readonly role: string | null },
  key: string,
): boolean {
  const { tag, role } = element;
  if (tag === 'select') return key !== 'Escape';
  if (key === 'Enter' || key === ' ') return ['a', 'button', 'summary', 'input'].includes(tag);
  if (key.startsWith('Arrow')) return role === 'radio' || role === 'menuitem' || tag === 'input';
  return false;
}

/** Whether text goes in there. */
export function takesText(element: {
  readonly tag: string;
  readonly type: string;
  readonly editable: boolean;
}): boolean {
  const { tag, type, editable } = element;
  if (editable || tag === 'textarea') return true;
  return tag === 'input' && !['checkbox', 'radio', 'button', 'submit', 'file', 'range'].includes(type);
}
