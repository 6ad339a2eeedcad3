import { describe, expect, it } from 'vitest';
import { ModelTable } from '../../lib/aws/model-table.ts';
import { hashCard } from '../../lib/models/card-schema.ts';
import { loadModel, thresholdOf } from '../../lib/models/model-folder.ts';
import { championFolder } from '../../lib/models/shipped-models.ts';
import { proposeModel } from '../../lib/registry/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/registry/registry-promotion.ts';
import type { ModelRegistry, Transition } from '../../lib/registry/registry-state.ts';
import { localDocuments } from '../helpers/local-aws.ts';
import { api, call, heardOf, useLocalApi } from './local-api.ts';

useLocalApi();

describe('retrainings', () => {
  it('are started by who may, one at a time, and can be looked at', async () => {
    const body = { domain: 'finance' };
    const groups = '[approver]';
    expect((await call('POST /v1/retrainings', { body })).status).toBe(403);
    const unknown = await call('POST /v1/retrainings', { body: { domain: 'none' }, groups });
    expect(unknown.status).toBe(422);
    const { status, json } = await call('POST /v1/retrainings', { body, groups, sub: 'ann' });
    expect([status, json.state, json.started_by]).toEqual([201, 'running', 'ann']);
    expect((await call(`GET /v1/retrainings/${json.id}`)).json).toEqual(json);
    const second = await call('POST /v1/retrainings', { body, groups });
    expect([second.status, second.json.detail]).toEqual([409, expect.stringContaining(json.id)]);
    await api.retrainings.end(json.id, 'gate_failed', 'Recall is too low.');
    const third = await call('POST /v1/retrainings', { body, groups });
    expect(third.status).toBe(201);
    const first = await call('GET /v1/retrainings?domain=finance&limit=1');
    expect(first.json.items.map(({ id }: { id: string }) => id)).toEqual([third.json.id]);
    const rest = await call(`GET /v1/retrainings?domain=finance&limit=1&cursor=${first.json.next}`);
    expect(rest.json).toMatchObject({ items: [{ id: json.id, reason: 'Recall is too low.' }], next: null });
    expect((await call('GET /v1/retrainings/r-none')).status).toBe(404);
  });
});

describe('models', () => {
  const at = '2026-03-01T00:00:00.000Z';
  const act = { by: 'assay', at };
  const metricsOf = { rocAuc: 0.9, prAuc: 0.5, precision: 0.6, recall: 0.7, threshold: 0.4 };
  const challenger = 'c'.repeat(12);
  const groups = '[approver]';
  const signature = { meaning: 'responsibility' };
  const signedIn = (sub: string) => ({ sub, name: `${sub} Lee`, authTime: Math.floor(Date.now() / 1000) });
  const decide = (sub: string, decision = 'approve', version = challenger) =>
    call(`POST /v1/models/pharma/${version}/approvals`, {
      ...{ groups, ...signedIn(sub), body: { decision, reason: 'Looked at the flags lost', signature } },
    });

  async function carryOut(step: (registry: ModelRegistry) => Transition): Promise<void> {
    const before = await api.registry.read('pharma');
    const transition = step(before);
    if (!transition.done) throw new Error(transition.refusal.message);
    expect(await api.registry.write('pharma', before, transition)).toBe(true);
  }

  const propose = (version: string, retraining: string) =>
    carryOut((known) =>
      proposeModel(
        known,
        {
          ...{ version, dataset: 'd', metrics: metricsOf, retraining, startedBy: 'ann' },
          expiresAt: '2999-01-01T00:00:00.000Z',
        },
        act,
      ),
    );

  it('list the shipped champion of a domain that nothing was registered for', async () => {
    const { json } = await call('GET /v1/models/finance');
    expect(json).toMatchObject({ rollback_to: null, items: [{ state: 'champion', history: [] }] });
    expect(json.items[0].version).toBe(json.champion);
    expect((await call('GET /v1/models/none')).status).toBe(404);
  });

  it('have their threshold changed by two people: on record, published to others, in force for what is scored next', async () => {
    const { json: before } = await call('GET /v1/models/finance');
    const { card } = await loadModel(await championFolder('finance'));
    const change = (sub: string, threshold: unknown = 0.35) =>
      call(`POST /v1/models/finance/${before.champion}/threshold`, {
        ...{ groups, sub, body: { threshold, reason: 'Two officers cannot review more' } },
      });
    const officer = await call(`POST /v1/models/finance/${before.champion}/threshold`, {
      body: { threshold: 0.35, reason: 'Too many' },
    });
    expect(officer.status).toBe(403);
    for (const wrong of [0, 1.5, '0.35']) expect((await change('ben', wrong)).status).toBe(422);
    const proposed = await change('ben');
    expect([proposed.status, proposed.json.version.threshold_proposal]).toMatchObject([
      201,
      { to: 0.35, by: 'ben' },
    ]);
    const own = await change('ben');
    expect([own.status, own.json.detail]).toEqual([403, expect.stringContaining('another person')]);
    const approved = await change('eve');
    expect(approved.json.version).toMatchObject({
      ...{ state: 'champion', threshold_proposal: null },
      thresholds: [{ to: 0.35, proposed_by: 'ben', approved_by: 'eve' }],
    });
    expect((await change('eve')).status).toBe(409);
    const { domain, model, to } = await heardOf('ThresholdChanged');
    expect({ domain, model, to }).toEqual({ domain: 'finance', model: before.champion, to: 0.35 });
    const { json: shown } = await call(`GET /v1/models/finance/${before.champion}`);
    expect(shown).toMatchObject({ threshold: 0.35, registered: { state: 'champion' } });
    const { json: audit } = await call(`GET /v1/audit?record=${before.champion}`);
    expect(audit.entries.map(({ event, actor }: Record<string, unknown>) => [event, actor])).toEqual([
      ...[
        ['promoted', 'assay'],
        ['threshold_proposed', 'ben'],
        ['threshold_changed', 'eve'],
      ],
    ]);
    // What another process scores by: the same card, the new threshold; and the version, whatever is shipped later.
    const serving = new ModelTable(localDocuments(), api.tables.models, {
      ...{ artifacts: api.artifacts, now: Date.now },
    });
    const served = await serving.champion('finance');
    expect([thresholdOf(served), hashCard(served.card)]).toEqual([0.35, hashCard(card)]);
    expect(await api.artifacts.list(`models/finance/${before.champion}/`)).toHaveLength(2);
  });

  it('show a version with its card, and what is stored beside it', async () => {
    const { card } = await loadModel(await championFolder('pharma'));
    const key = `models/pharma/${card.version}/comparison.json`;
    await api.artifacts.writeText(key, '{"gate":{"passed":true}}');
    const { status, json } = await call(`GET /v1/models/pharma/${card.version}`);
    expect(status).toBe(200);
    expect(json).toMatchObject({
      ...{ version: card.version, labelled: card.dataset.labelled, threshold: card.threshold.value },
      ...{ comparison: { gate: { passed: true } }, shadow: null, change_record: null, registered: null },
    });
    expect(json.pr_auc.low).toBeLessThan(json.pr_auc.value);
    expect((await call(`GET /v1/models/pharma/${'0'.repeat(12)}`)).status).toBe(404);
  });

  it('are approved by two people who did not start them; the second wakes the retraining', async () => {
    const { card } = await loadModel(await championFolder('pharma'));
    const installed = { version: card.version, dataset: 'd', metrics: null };
    await carryOut((known) => installModel(known, installed, act));
    const body = { domain: 'pharma' };
    const { json: begun } = await call('POST /v1/retrainings', { body, groups, sub: 'ann' });
    await propose(challenger, begun.id);
    await api.retrainings.awaiting(begun.id, await api.machine.tokenOf(begun.id), challenger);

    expect((await decide('ann')).status).toBe(403);
    const first = await decide('ben');
    expect([first.status, first.json.version.state]).toEqual([201, 'candidate']);
    expect((await decide('ben')).status).toBe(403);
    expect(await statusOf(begun.id)).toBe('RUNNING');
    const second = await decide('eve');
    expect(second.json.version).toMatchObject({
      state: 'approved',
      approvals: [{ by: 'ben' }, { by: 'eve' }],
    });
    await expect.poll(() => statusOf(begun.id), { timeout: 20_000, interval: 200 }).toBe('SUCCEEDED');
    expect((await decide('fay')).status).toBe(409);
    expect((await decide('fay', 'approve', 'e'.repeat(12))).status).toBe(404);
  });

  it('go back in one call, published to others and on record', async () => {
    await carryOut((known) => promoteModel(known, challenger, act));
    const before = (await call('GET /v1/models/pharma')).json;
    const body = { reason: 'Twice as many flags as promised' };
    const officer = await call('POST /v1/models/pharma/rollback', { body });
    expect(officer.status).toBe(403);
    const unsigned = await call('POST /v1/models/pharma/rollback', { body, groups, ...signedIn('eve') });
    expect([unsigned.status, unsigned.json.errors]).toMatchObject([422, [{ at: '/signature' }]]);
    const stale = await call('POST /v1/models/pharma/rollback', {
      ...{ body: { ...body, signature }, groups, ...signedIn('eve'), authTime: 1_700_000_000 },
    });
    expect(stale.status).toBe(401);
    const { status, json } = await call('POST /v1/models/pharma/rollback', {
      ...{ body: { ...body, signature }, groups: '[admin]', ...signedIn('eve') },
    });
    expect({ status, json }).toEqual({
      status: 201,
      json: { domain: 'pharma', champion: before.rollback_to, from: challenger },
    });
    const after = (await call('GET /v1/models/pharma')).json;
    expect([after.champion, after.rollback_to]).toEqual([before.rollback_to, null]);
    expect(after.items.map(({ state }: { state: string }) => state).toSorted()).toEqual([
      'champion',
      'retired',
    ]);
    const { domain, champion: model, from } = json;
    expect(await heardOf('ModelRolledBack')).toMatchObject({ domain, model, from });
    const { json: audit } = await call(`GET /v1/audit?record=${before.rollback_to}`);
    expect(audit.entries.at(-1)).toMatchObject({
      event: 'rolled_back',
      actor: 'eve',
      data: {
        ...body,
        signature: { name: 'eve Lee', ...signature },
      },
    });
    const again = await call('POST /v1/models/pharma/rollback', {
      ...{ body: { ...body, signature }, groups, ...signedIn('eve') },
    });
    expect([again.status, again.json.detail]).toEqual([409, expect.stringContaining('no earlier champion')]);
  });

  it('are rejected by one, with a reason', async () => {
    await propose('d'.repeat(12), 'r-other');
    const rejected = await decide('ann', 'reject', 'd'.repeat(12));
    expect(rejected.json.version).toMatchObject({
      state: 'rejected',
      history: [{}, { reason: 'Looked at the flags lost' }],
    });
  });

  const statusOf = (id: string) => api.machine.statusOf(id);
});

describe('retrainings at once, and cancelled', () => {
  it('start once of four at the same moment', async () => {
    const request = { body: { domain: 'pharma' }, groups: ['approver'] };
    const answers = await Promise.all(Array.from({ length: 4 }, () => call('POST /v1/retrainings', request)));
    expect(answers.map(({ status }) => status).sort()).toEqual(
      [200, 409, 409, 409].map((one) => (one === 200 ? 201 : one)).sort(),
    );
    const [begun] = answers.filter(({ status }) => status === 201);
    const { json } = await call('GET /v1/retrainings?domain=pharma&limit=2');
    const running = json.items.filter(({ state }: { state: string }) => state === 'running');
    expect(running.map(({ id }: { id: string }) => id)).toEqual([begun!.json.id]);
  });

  it('are cancelled by who may start them, with the reason in the audit log; once', async () => {
    const { json: list } = await call('GET /v1/retrainings?domain=pharma&limit=1');
    const { id } = list.items[0];
    const cancel = `POST /v1/retrainings/${id}/cancel`;
    const body = { reason: 'The labels of May were wrong' };
    expect((await call(cancel, { body, groups: ['officer'] })).status).toBe(403);
    expect((await call(cancel, { body: {}, groups: ['approver'] })).status).toBe(422);
    const { status, json } = await call(cancel, { body, groups: ['approver'], sub: 'ann' });
    expect([status, json]).toMatchObject([
      200,
      { state: 'cancelled', reason: 'ann: The labels of May were wrong' },
    ]);
    expect(await heardOf('RetrainingEnded')).toMatchObject({ retraining: id, outcome: 'cancelled' });
    const entries = (await api.audit.about(id)).map(({ entry }) => [entry.event, entry.actor, entry.data]);
    expect(entries).toEqual([['retraining_ended', 'ann', { outcome: 'cancelled', ...body }]]);
    expect((await call(cancel, { body, groups: ['approver'], sub: 'ben' })).json.reason).toBe(json.reason);
    expect(await api.audit.about(id)).toHaveLength(1);
    const next = await call('POST /v1/retrainings', { body: { domain: 'pharma' }, groups: ['approver'] });
    expect(next.status).toBe(201);
    await api.retrainings.end(next.json.id, 'gate_failed', 'Recall is too low.');
    const late = await call(`POST /v1/retrainings/${next.json.id}/cancel`, { body, groups: ['approver'] });
    expect([late.status, late.json.detail]).toEqual([409, `Retraining ${next.json.id} has ended already.`]);
  });
});
