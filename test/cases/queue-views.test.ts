import { expect, test } from 'vitest';
import {
  changeView,
  expectVersion,
  MAX_VIEWS,
  type QueueView,
  type Shelves,
  type ViewChange,
  ViewRefused,
  withView,
} from '../../lib/cases/queue-views.ts';

const viewOf = (id: string, name = id): QueueView => ({
  ...{ id, name, by: 'ann', at: '2026-03-01T08:00:00.000Z', version: 1 },
  filter: { view: 'act', severity: null, rule: null },
});
const shelves: Shelves = { own: [viewOf('a', 'High'), viewOf('b', 'Low')], shared: [viewOf('c', 'Cash')] };
const AT = '2026-03-02T08:00:00.000Z';
const change = (from: Shelves, version: number, changes: ViewChange) =>
  changeView(from, expectVersion(from, 'a', version), changes, AT);
const refusal = (work: () => unknown): [string, string] => {
  try {
    work();
  } catch (error) {
    if (error instanceof ViewRefused) return [error.kind, error.message];
    throw error;
  }
  return ['none', ''];
};

test('a shelf has one view of a name, however it is written, and so many', () => {
  expect(refusal(() => withView(shelves.own, 'own', viewOf('d', 'hIGH')))).toEqual([
    'conflict',
    'there is a view of yours called "hIGH" already',
  ]);
  for (const alike of ['Ｈｉｇｈ', 'high\u00A0'])
    expect(refusal(() => withView(shelves.own, 'own', viewOf('d', alike)))[0]).toBe('conflict');
  const spaced = [viewOf('a', 'Cash  in\u2003hand')];
  expect(refusal(() => withView(spaced, 'own', viewOf('d', 'cash in hand')))[0]).toBe('conflict');
  // The same name as a shared one, and its own name again, are no other's.
  expect(withView(shelves.own, 'own', viewOf('d', 'Cash'))).toHaveLength(3);
  expect(withView(shelves.own, 'own', viewOf('a', 'HIGH'))[0]!.name).toBe('HIGH');
  const full = Array.from({ length: MAX_VIEWS.own }, (_, at) => viewOf(`v${at}`));
  expect(refusal(() => withView(full, 'own', viewOf('d')))).toEqual([
    'conflict',
    'there are 20 views of yours already, and no more fit',
  ]);
  expect(withView(full, 'own', viewOf('v3', 'Renamed'))[3]!.name).toBe('Renamed');
});

test('a view that is shared leaves the own ones, and comes back as it went, one version on', () => {
  const made = change(shelves, 1, { shared: true });
  expect(made.shelves.own.map(({ id }) => id)).toEqual(['b']);
  expect(made.shelves.shared.at(-1)).toEqual({ ...viewOf('a', 'High'), at: AT, version: 2 });
  const back = change(made.shelves, 2, { shared: false });
  expect(back.shelves.shared).toEqual(shelves.shared);
  expect(back.shelves.own.at(-1)).toMatchObject({ id: 'a', version: 3 });
  expect(refusal(() => change(shelves, 1, { shared: true, name: 'cash' }))).toEqual([
    'conflict',
    'there is a shared view called "cash" already',
  ]);
});

test('a view that has changed since, or is not there, is not changed', () => {
  expect(refusal(() => change(shelves, 2, { name: 'New' }))).toEqual([
    'conflict',
    'the view "High" has changed: you looked at version 2, it is at version 1',
  ]);
  expect(refusal(() => expectVersion(shelves, 'x', 1))).toEqual(['missing', 'there is no view x']);
});
