import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  actOf,
  SETTLE_MS,
  type Situation,
  type Stroke,
  takesKey,
  takesText,
} from '../../console/state/keys.ts';

const calm: Situation = {
  typing: false,
  controlTakesKey: false,
  dialogOpen: false,
  loading: false,
  msSinceChange: 10_000,
  singleKeysOff: false,
  afterPrefix: false,
  hasVerdict: false,
};
const press = (key: string, more: Partial<Stroke> = {}): Stroke => ({
  key,
  ctrl: false,
  meta: false,
  alt: false,
  repeat: false,
  composing: false,
  ...more,
});
const DECIDING = ['1', '2', '3', 'n', 'x', 'Enter', 'o'];
const ANY_KEY = fc.constantFrom(...DECIDING, 'j', 'k', 'm', 'u', 'e', '/', 'f', 'g', '?', 'a', 'b');

describe('a single key', () => {
  test.each([
    ['while a field is typed in', { typing: true }],
    ['on a control that uses it itself', { controlTakesKey: true }],
    ['with a dialog open', { dialogOpen: true }],
    ['where they are switched off', { singleKeysOff: true }],
  ] as const)('does nothing %s', (_, situation) => {
    fc.assert(
      fc.property(ANY_KEY, fc.boolean(), (key, hasVerdict) => {
        expect(actOf(press(key), { ...calm, hasVerdict, ...situation })).toBeNull();
      }),
    );
  });

  test.each([
    ['as a repeat of a key held down', { repeat: true }],
    ['while an input method composes', { composing: true }],
    ['with Alt', { alt: true }],
    ['with Ctrl and Meta', { ctrl: true, meta: true }],
  ] as const)('does nothing %s', (_, stroke) => {
    fc.assert(
      fc.property(ANY_KEY, (key) => {
        expect(actOf(press(key, stroke), calm)).toBeNull();
      }),
    );
  });

  test.each(DECIDING)('%s decides nothing on a case that is not shown whole', (key) => {
    expect(actOf(press(key), { ...calm, loading: true })).toBeNull();
    expect(actOf(press(key), { ...calm, msSinceChange: SETTLE_MS - 1 })).toBeNull();
    expect(actOf(press(key), calm)).not.toBeNull();
  });

  test('that only looks works while a case loads', () => {
    expect(actOf(press('j'), { ...calm, loading: true })).toEqual({ kind: 'next' });
  });

  test('is a reason after a verdict, and none before', () => {
    expect(actOf(press('b'), calm)).toBeNull();
    expect(actOf(press('b'), { ...calm, hasVerdict: true })).toEqual({ kind: 'reason', index: 1 });
  });

  test('after G is a place, and no verdict', () => {
    const after = { ...calm, afterPrefix: true, hasVerdict: true };
    expect(actOf(press('a'), after)).toEqual({ kind: 'go', place: 'audit' });
    expect(actOf(press('1'), after)).toBeNull();
  });
});

describe('Ctrl+Enter', () => {
  test.each(['ctrl', 'meta'] as const)('with %s saves, also from within the note', (modifier) => {
    const stroke = press('Enter', { [modifier]: true });
    expect(actOf(stroke, { ...calm, typing: true, controlTakesKey: true })).toEqual({ kind: 'save' });
  });

  test('saves nothing that is not seen yet, behind a dialog, or twice', () => {
    const stroke = press('Enter', { ctrl: true });
    expect(actOf(stroke, { ...calm, loading: true })).toBeNull();
    expect(actOf(stroke, { ...calm, dialogOpen: true })).toBeNull();
    expect(actOf({ ...stroke, repeat: true }, calm)).toBeNull();
  });
});

describe('a focused control', () => {
  test.each([
    [{ tag: 'button', role: null }, 'Enter', true],
    [{ tag: 'button', role: 'radio' }, 'ArrowDown', true],
    [{ tag: 'button', role: null }, '1', false],
    [{ tag: 'select', role: null }, 'j', true],
    [{ tag: 'body', role: null }, 'Enter', false],
  ] as const)('%j with %s: %s', (element, key, takes) => {
    expect(takesKey(element, key)).toBe(takes);
  });

  test('takes text unless it is a box to tick', () => {
    expect(takesText({ tag: 'input', type: 'search', editable: false })).toBe(true);
    expect(takesText({ tag: 'input', type: 'checkbox', editable: false })).toBe(false);
    expect(takesText({ tag: 'div', type: '', editable: true })).toBe(true);
  });
});
