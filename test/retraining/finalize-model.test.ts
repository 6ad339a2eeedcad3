import { expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import type { AssayEvent } from '../../lib/events/event-schemas.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { approveModel, rejectModel } from '../../lib/registry/registry-approval.ts';
import {
  championOf,
  emptyRegistry,
  type ModelRegistry,
  type Transition,
} from '../../lib/registry/registry-state.ts';
import { type FinalizeDeps, finalize, propose } from '../../lib/retraining/finalize-model.ts';
import { type RetrainingRef, stepOf } from '../../lib/retraining/flow.ts';
import { fakeChange } from '../helpers/change-record.ts';

const change = fakeChange();
const domain = change.after.domain;
const retraining: RetrainingRef = {
  id: 'r-1',
  startedAt: '2026-03-01T00:00:00Z',
  request: { domain, startedBy: 'dora' },
};
const challenger = change.after.version;
const champion = change.before!.version;
const day = (n: number) => new Date(Date.UTC(2026, 2, 1 + n)).toISOString();

/** A registry in memory; someone is faster so many times. */
function open({ rivals = 0, isUnsigned = false } = {}) {
  let stored: ModelRegistry = emptyRegistry(domain);
  let left = rivals;
  const events: AssayEvent[] = [];
  const records: unknown[] = [];
  const modelOf = (card: Model['card']): Model => ({
    card,
    onnx: new Uint8Array(),
    pack: { title: 'Payments' } as Model['pack'],
  });
  const clock = { now: day(0) };
  const deps: FinalizeDeps = {
    registry: {
      read: async () => stored,
      write: async (_, before, after: Extract<Transition, { readonly done: true }>) => {
        if (left-- > 0 || before.revision !== stored.revision) return false;
        stored = after.registry;
        return true;
      },
    },
    champion: async () => modelOf(change.before!),
    loadModel: async () => modelOf(change.before!),
    expectSigned: async () => {
      if (isUnsigned) throw new InputError('models/d/v/model.sig: missing');
    },
    readChallenger: async () => ({
      model: modelOf(change.after),
      dataset: { ...change.dataset, domain },
      compared: change.comparison,
    }),
    saveChangeRecord: async (record) => {
      records.push(record);
    },
    namesOf: async () => () => null,
    announce: async (event) => {
      events.push(event);
    },
    now: () => clock.now,
  };
  const act = (transition: Transition) => {
    if (!transition.done) throw new Error(transition.refusal.message);
    stored = transition.registry;
  };
  const step = { retraining, challenger } as const;
  return {
    ...{ deps, events, records, clock, act },
    registry: () => stored,
    propose: () => propose({ ...step, step: 'propose', approvalSeconds: 14 * 86_400 }, deps),
    finalize: () => finalize({ ...step, step: 'finalize' }, deps),
  };
}

test('the first proposal puts the present model into the registry, and the challenger beside it', async () => {
  const { propose, registry, events } = open({ rivals: 3 });
  expect(await propose()).toEqual({});
  expect(championOf(registry())).toBe(champion);
  expect(registry().models[challenger]).toMatchObject({ state: 'candidate', expiresAt: day(14) });
  expect(await propose()).toEqual({});
  expect(registry().revision).toBe(2);
  expect(new Set(events.map(({ detail }) => detail.id)).size).toBe(1);
});

test('one whose signature was taken away after the approvals is not promoted, and the reason is the end', async () => {
  const { propose, finalize, registry, act, clock } = open({ isUnsigned: true });
  await propose();
  for (const by of ['anna', 'bert']) act(approveModel(registry(), challenger, { by, at: day(1) }));
  clock.now = day(2);
  expect(await finalize()).toEqual({
    end: { outcome: 'failed', reason: expect.stringContaining('model.sig: missing') },
  });
  expect(championOf(registry())).toBe(champion);
});

test('two approvals promote it, with a change record and an event; finalized again it is the same', async () => {
  const { propose, finalize, registry, act, clock, records, events } = open();
  await propose();
  expect(await finalize()).toBeNull();
  act(approveModel(registry(), challenger, { by: 'anna', at: day(1) }));
  act(approveModel(registry(), challenger, { by: 'bert', at: day(2) }));
  clock.now = day(2);
  const promoted = { end: { outcome: 'promoted', reason: expect.stringContaining('anna and bert') } };
  expect(await finalize()).toEqual(promoted);
  expect(championOf(registry())).toBe(challenger);
  expect(records).toEqual([expect.objectContaining({ rollbackTo: champion, retraining: 'r-1' })]);
  expect(await finalize()).toEqual(promoted);
  const published = events.filter(({ type }) => type === 'ModelPromoted').map(({ detail }) => detail.id);
  expect(published).toEqual([published[0], published[0]]);
});

test('a rejection ends it with its reason, the time that is over likewise', async () => {
  const rejected = open();
  await rejected.propose();
  rejected.act(rejectModel(rejected.registry(), challenger, { by: 'anna', at: day(1), reason: 'opaque' }));
  expect(await rejected.finalize()).toEqual({ end: { outcome: 'rejected', reason: 'anna: opaque' } });

  const late = open();
  await late.propose();
  late.clock.now = day(15);
  expect(await late.finalize()).toMatchObject({ end: { outcome: 'expired' } });
  expect(championOf(late.registry())).toBe(champion);
});

test('a machine that was stopped ends its retraining, with a reason', () => {
  const input = JSON.stringify({ domain, startedBy: 'dora' });
  const detail = { name: 'r-9', status: 'ABORTED', startDate: Date.parse(day(0)), input };
  expect(stepOf({ detail })).toMatchObject({
    step: 'end',
    retraining: { id: 'r-9', startedAt: day(0), request: { domain } },
    end: { outcome: 'failed', reason: expect.stringContaining('stopped by hand') },
  });
});
