/** Views of the queue: one's own, shared ones, who may change them, and what the log says of it. */
import { expect, it } from 'vitest';
import { api, call, useLocalApi } from './local-api.ts';

useLocalApi();

const ann = { groups: '[officer:finance]', sub: 'ann', name: 'Ann Lee' };
const ben = { groups: '[officer:finance]', sub: 'ben', name: 'Ben Roth' };
const ada = { groups: '[admin:finance]', sub: 'ada', name: 'Ada Kern' };
const vera = { groups: '[viewer:finance]', sub: 'vera', name: 'Vera Klein' };
const filter = { view: 'act', severity: 'high', rule: null };
const LIST = 'GET /v1/views/finance';
const SAVE = 'POST /v1/views/finance';

const namesFor = async (person: typeof ann) =>
  (await call(LIST, person)).json.items.map((one: { name: string; shared: boolean; may_change: boolean }) => [
    one.name,
    one.shared ? 'shared' : 'own',
    one.may_change,
  ]);
const acts = async () =>
  (await api.audit.lines('finance'))
    .map(({ line }) => JSON.parse(line))
    .filter(({ event }) => event.startsWith('view_'))
    .map(({ event, actor, data }) => [event, actor, data.view, data.version]);

it('keeps own views for their person, and shared ones for all who read, changed by their maker and administrators', async () => {
  const own = await call(SAVE, { ...ann, body: { name: ' High ', filter: { severity: 'high' } } });
  expect(own).toMatchObject({ status: 201, json: { name: 'High', filter, shared: false, version: 1 } });
  expect(await acts()).toEqual([]);
  expect(await namesFor(ben)).toEqual([]);
  // A viewer may have views, and share none.
  expect((await call(SAVE, { ...vera, body: { name: 'High', filter: {} } })).status).toBe(201);
  const refused = await call(SAVE, { ...vera, body: { name: 'All', filter: {}, shared: true } });
  expect([refused.status, refused.json.detail]).toEqual([
    403,
    'Sharing is for: officer, admin of finance. Your roles: viewer:finance.',
  ]);

  const { id } = own.json;
  const one = `POST /v1/views/finance/${id}`;
  // Of another person it is not there.
  expect((await call(one, { ...ben, body: { version: 1, name: 'Mine' } })).status).toBe(404);
  const shared = await call(one, { ...ann, body: { version: 1, shared: true } });
  expect(shared.json).toMatchObject({ shared: true, version: 2, by: 'ann', by_name: 'Ann Lee' });
  expect(await namesFor(ann)).toEqual([['High', 'shared', true]]);
  expect(await namesFor(ben)).toEqual([['High', 'shared', false]]);
  expect(await namesFor(vera)).toEqual([
    ['High', 'own', true],
    ['High', 'shared', false],
  ]);
  for (const [path, body] of [
    [one, { version: 2, name: 'Taken' }],
    [`${one}/delete`, { version: 2 }],
  ] as const) {
    const other = await call(path, { ...ben, body });
    expect([other.status, other.json.detail]).toEqual([
      403,
      'The shared view "High" is changed by who made it, or by an administrator of finance.',
    ]);
  }
  const stale = await call(one, { ...ann, body: { version: 1, name: 'Late' } });
  expect([stale.status, stale.json.detail]).toEqual([
    409,
    'The view "High" has changed: you looked at version 1, it is at version 2.',
  ]);
  expect((await call(one, { ...ada, body: { version: 2, name: 'High risk' } })).json.version).toBe(3);
  expect((await call(one, { ...ada, body: { version: 3, shared: false } })).status).toBe(409);
  expect((await call(`${one}/delete`, { ...ann, body: { version: 3 } })).json).toEqual({ id, deleted: true });
  expect(await namesFor(ben)).toEqual([]);
  expect(await acts()).toEqual([
    ['view_shared', 'ann', id, 2],
    ['view_changed', 'ada', id, 3],
    ['view_removed', 'ann', id, 3],
  ]);
});

it('writes both of two that are saved at one moment, and of one name one', async () => {
  const save = (name: string, person = ann) =>
    call(SAVE, { ...person, body: { name, filter: {}, shared: true } }).then(({ status }) => status);
  expect(await Promise.all([save('One'), save('Two', ben), save('Three')])).toEqual([201, 201, 201]);
  expect((await Promise.all([save('Same'), save('same', ben)])).sort()).toEqual([201, 409]);
  expect((await namesFor(vera)).filter(([, where]: string[]) => where === 'shared')).toHaveLength(4);
});

it('takes no search, no unknown list, no blank name, and nothing of another domain', async () => {
  const status = async (body: object, person = ann) => (await call(SAVE, { ...person, body })).status;
  expect(await status({ name: 'x', filter: { q: 'AC-1' } })).toBe(422);
  expect(await status({ name: 'x', filter: { view: 'none' } })).toBe(422);
  expect(await status({ name: '  ', filter: {} })).toBe(422);
  expect(await status({ name: 'x'.repeat(41), filter: {} })).toBe(422);
  expect((await call('GET /v1/views/pharma', ann)).status).toBe(403);
});
