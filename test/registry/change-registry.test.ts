import { expect, test } from 'vitest';
import { makeEvent } from '../../lib/events/event-schemas.ts';
import { changeRegistry, type RegistryStore } from '../../lib/registry/change-registry.ts';
import { change, emptyRegistry, refuse } from '../../lib/registry/registry-state.ts';

const before = emptyRegistry('shop');

/** A store in which someone else is faster so many times. */
function storeOf(faster: number) {
  const writes: unknown[][] = [];
  const store: RegistryStore = {
    read: async () => before,
    write: async (...given) => writes.push(given) > faster,
  };
  return { store, writes };
}

test('what is done is written with its events', async () => {
  const { store, writes } = storeOf(0);
  const done = change(before, [], []);
  const after = { ...before, revision: 1 };
  const at = '2026-03-01T00:00:00.000Z';
  const events = [makeEvent('ModelRolledBack', { at, domain: 'shop', model: 'm0', from: 'm1' })];
  const eventsOf = (...states: unknown[]) => {
    expect(states).toEqual([before, after]);
    return events;
  };
  expect(await changeRegistry(store, 'shop', () => done, eventsOf)).toStrictEqual({
    ...{ before, after, refusal: null, events },
  });
  expect(await changeRegistry(store, 'shop', () => done)).toStrictEqual({
    ...{ before, after, refusal: null, events: [] },
  });
  expect(writes).toEqual([
    ['shop', before, done, { events }],
    ['shop', before, done, { events: [] }],
  ]);
});

test('what is refused, or needs nothing done, is not written', async () => {
  const { store, writes } = storeOf(0);
  const refusal = { code: 'no_reason', message: 'why?' } as const;
  expect(await changeRegistry(store, 'shop', () => refuse(refusal.code, refusal.message))).toStrictEqual({
    before,
    after: before,
    refusal,
    events: [],
  });
  expect(await changeRegistry(store, 'shop', () => null)).toStrictEqual({
    ...{ before, after: before, refusal: null, events: [] },
  });
  expect(writes).toEqual([]);
});

test('it is tried twenty times where others are faster, and no more', async () => {
  const act = () => change(before, [], []);
  const [last, never] = [storeOf(19), storeOf(20)];
  expect((await changeRegistry(last.store, 'shop', act)).after.revision).toBe(1);
  // `toThrow` takes a rejection without an error for one of any message.
  await expect(changeRegistry(never.store, 'shop', act)).rejects.toMatchObject({
    message: 'the registry of shop changed 20 times while it was to be written',
  });
  expect([last.writes.length, never.writes.length]).toEqual([20, 20]);
});
