import type { APIGatewayProxyStructuredResultV2 as Response } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { dropId } from '../../lib/drops/arrival.ts';
import { championFolder, loadModel } from '../../lib/models/model-folder.ts';
import { proposeModel } from '../../lib/models/registry-approval.ts';
import { installModel, promoteModel } from '../../lib/models/registry-promotion.ts';
import type { ModelRegistry, Transition } from '../../lib/models/registry-state.ts';
import { labelsId } from '../../lib/reviews/labels-status.ts';
import { AuditChain } from '../../lib/store/audit-chain.ts';
import { EventBus } from '../../lib/store/event-bus.ts';
import { FlagTable } from '../../lib/store/flag-table.ts';
import { LabelsTable } from '../../lib/store/labels-table.ts';
import { MetricsTable } from '../../lib/store/metrics-table.ts';
import { Outbox } from '../../lib/store/outbox.ts';
import { RegistryTable } from '../../lib/store/registry-table.ts';
import { RetrainingTable } from '../../lib/store/retraining-table.ts';
import { ReviewTable } from '../../lib/store/review-table.ts';
import { S3ObjectStore } from '../../lib/store/s3-object-store.ts';
import { takeLabels } from '../../lib/store/take-labels.ts';
import { apiEvent, type EventSpec, lambdaContext } from '../helpers/api-event.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { type LocalBus, makeBus, makeWaitingMachine } from '../helpers/local-events.ts';
import { pointOf } from '../helpers/monitoring.ts';

/** The function itself, as Lambda would load it, on tables, buckets, a bus and a machine of its own. */
let handler: typeof import('../../functions/api.ts')['handler'];
let bus: LocalBus;
let machine: Awaited<ReturnType<typeof makeWaitingMachine>>;
let flags: FlagTable;
let reviews: ReviewTable;
let registry: RegistryTable;
let retrainings: RetrainingTable;
let artifacts: S3ObjectStore;
let metrics: MetricsTable;
let bucket: string;
const tables: string[] = [];

beforeAll(async () => {
  const names = [await makeTable('Flags'), await makeTable('Drops'), await makeTable('Models')];
  const [flagTable, drops, models] = names as [string, string, string];
  tables.push(...names);
  bus = await makeBus();
  machine = await makeWaitingMachine();
  bucket = await makeBucket();
  const environment = {
    ...{ ASSAY_FLAGS_TABLE: flagTable, ASSAY_DROPS_TABLE: drops, ASSAY_MODELS_TABLE: models },
    ...{ ASSAY_DROPS_BUCKET: bucket, ASSAY_ARTIFACTS_BUCKET: bucket },
    ...{ ASSAY_RETRAIN_MACHINE_ARN: machine.arn, ASSAY_EVENT_BUS: bus.name, POWERTOOLS_DEV: 'true' },
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const documents = localDocuments();
  const audit = new AuditChain(documents, drops);
  flags = new FlagTable(documents, flagTable);
  reviews = new ReviewTable(documents, flagTable, audit);
  registry = new RegistryTable(documents, models, audit);
  retrainings = new RetrainingTable(documents, models, Date.now);
  metrics = new MetricsTable(documents, models);
  artifacts = new S3ObjectStore(localS3(), bucket);
  ({ handler } = await import('../../functions/api.ts'));
}, 60_000);
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all(tables.map(dropTable));
});

const logged: string[] = [];
beforeEach(() => {
  vi.restoreAllMocks();
  logged.length = 0;
  for (const level of ['info', 'error', 'log', 'warn'] as const)
    vi.spyOn(console, level).mockImplementation((...said) => void logged.push(said.join(' ')));
});

async function call(request: string, spec: EventSpec = {}) {
  const response: Response = await handler(apiEvent(request, spec), lambdaContext());
  return { status: response.statusCode, json: JSON.parse(response.body ?? 'null') };
}

/** The first event of the type that comes; what else comes is passed over. */
async function heardOf(type: string) {
  for (;;) {
    const found = (await bus.heard(1)).find((event) => event.type === type);
    if (found !== undefined) return found.detail;
  }
}

const verdict = { verdict: 'true_positive', reason: 'Paid to a company that was dissolved', version: 1 };

async function putFlag(number: number, domain: string) {
  const flag = flagOf(number, { domain, severity: 'high' });
  await flags.putFlags([flag]);
  return flag.flag;
}

describe('POST /v1/flags/{id}/reviews', () => {
  it('takes a verdict, shows it with the flag, and tells others without a name or a reason', async () => {
    const id = await putFlag(1, 'one');
    const spec = { body: { ...verdict, note: 'See the register.' }, sub: 'ann' };
    const made = await call(`POST /v1/flags/${id}/reviews`, spec);
    const review = {
      ...{ place: 1, verdict: 'true_positive', reason: verdict.reason, note: 'See the register.', by: 'ann' },
      at: expect.stringMatching(/^\d{4}-/),
    };
    expect(made).toEqual({
      status: 201,
      json: { flag: id, status: 'true_positive', version: 2, review },
    });
    const { json } = await call(`GET /v1/flags/${id}`, { groups: '[viewer]' });
    expect(json).toMatchObject({ status: 'true_positive', version: 2, reviews: [review] });
    expect(json).not.toHaveProperty('reviewers');
    const event = await heardOf('ReviewMade');
    expect(event).toMatchObject({
      domain: 'one',
      flag: id,
      version: 2,
      kind: 'open',
      verdict: 'true_positive',
    });
    expect(JSON.stringify(event)).not.toMatch(/ann|dissolved|T1"/);
  });

  it('answers 409 to a stale version, naming the one that stands', async () => {
    const id = await putFlag(2, 'two');
    await call(`POST /v1/flags/${id}/reviews`, { body: verdict });
    const late = await call(`POST /v1/flags/${id}/reviews`, { body: verdict, sub: 'ben' });
    expect(late.status).toBe(409);
    expect(late.json).toMatchObject({
      title: 'Conflict',
      detail: expect.stringMatching(/version 1.*version 2/),
    });
  });

  it('names each field that is not as expected, and never adds a verdict', async () => {
    const id = await putFlag(3, 'three');
    const body = { verdict: 'maybe', reason: ' x ', version: 0, colour: 'red' };
    const { status, json } = await call(`POST /v1/flags/${id}/reviews`, { body });
    expect(status).toBe(422);
    const named = json.errors.map(({ at }: { at: string }) => at);
    expect(named).toEqual(expect.arrayContaining(['/verdict', '/reason', '/version']));
    expect(JSON.stringify(json)).toContain('colour');
    expect(
      (await call(`POST /v1/flags/${id}/reviews`, { body: { version: 1, reason: 'none' } })).status,
    ).toBe(422);
    expect((await flags.get(id))?.status).toBe('open');
    expect((await call(`POST /v1/flags/${'0'.repeat(32)}/reviews`, { body: verdict })).status).toBe(404);
  });

  it('is done once for one idempotency key, and for another flag again', async () => {
    const ids = [await putFlag(5, 'five'), await putFlag(6, 'five')];
    const spec = { body: verdict, headers: { 'idempotency-key': 'one' } };
    const first = await call(`POST /v1/flags/${ids[0]}/reviews`, spec);
    expect(await call(`POST /v1/flags/${ids[0]}/reviews`, spec)).toEqual(first);
    expect((await call(`POST /v1/flags/${ids[1]}/reviews`, spec)).json.flag).toBe(ids[1]);
    expect(await Promise.all(ids.map(async (id) => (await flags.get(id))?.version))).toEqual([2, 2]);
  });

  it('stands even where the bus cannot be reached, and is told once it can', async () => {
    const id = await putFlag(4, 'four');
    const publish = vi.spyOn(EventBus.prototype, 'publish').mockRejectedValue(new Error('no bus'));
    expect((await call(`POST /v1/flags/${id}/reviews`, { body: verdict })).status).toBe(201);
    expect(logged.join()).toContain('event not told yet');
    const left = new Outbox(localDocuments(), tables[1]!, new EventBus(bus.client, bus.name), () => {});
    expect(await left.tellLeft('9999')).toMatchObject({ told: 0 });
    publish.mockRestore();
    expect(await left.tellLeft('9999')).toEqual({ told: 1, waitingSince: null });
    const told = async () => (await bus.heard(1)).map(({ detail }) => detail.flag);
    await expect.poll(told, { timeout: 20_000 }).toContain(id);
    expect(await left.tellLeft('9999')).toEqual({ told: 0, waitingSince: null });
  });
});

describe('blind reviews', () => {
  const [item, decision] = ['b'.repeat(32), 'd'.repeat(32)];

  it('show the record alone, take a verdict, and are gone', async () => {
    const record = { transaction_id: 'T77', amount: 12.5 };
    const entry = { item, domain: 'blind', decision, recordId: 'T77', chance: 0.02, record, drop: 'd-1' };
    const more = {
      why: 'below_the_line',
      model: 'a'.repeat(12),
      queuedAt: '2026-03-01T00:00:00.000Z',
    } as const;
    await reviews.putBlind([{ ...entry, ...more }]);
    const { json } = await call('GET /v1/blind-reviews?domain=blind');
    expect(json).toEqual({
      items: [{ id: item, domain: 'blind', record, queued_at: '2026-03-01T00:00:00.000Z' }],
      next: null,
    });
    const body = { verdict: 'false_positive', reason: 'A salary' };
    const made = await call(`POST /v1/blind-reviews/${item}/reviews`, { body });
    expect(made).toEqual({
      status: 201,
      json: { id: item, verdict: 'false_positive', at: expect.any(String) },
    });
    expect((await call('GET /v1/blind-reviews?domain=blind', { sub: 'ben' })).json.items).toEqual([]);
    expect((await call(`POST /v1/blind-reviews/${item}/reviews`, { body })).status).toBe(403);
    expect((await call(`GET /v1/flags/${item}`)).status).toBe(404);
    const { json: audit } = await call('GET /v1/audit/T77');
    expect(audit.entries).toMatchObject([{ domain: 'blind', event: 'reviewed', actor: 'user-1' }]);
  });
});

describe('labels files', () => {
  const body = { domain: 'finance', name: 'may.csv' };

  it('are uploaded to an address that officers ask for, and their fate is told by id and listed', async () => {
    expect((await call('POST /v1/labels', { body, groups: '[viewer]' })).status).toBe(403);
    const unknown = await call('POST /v1/labels', { body: { ...body, domain: 'none' } });
    expect([unknown.status, unknown.json.errors[0].at]).toEqual([422, '/domain']);
    const { status, json } = await call('POST /v1/labels', { body, sub: 'ann' });
    expect(status).toBe(201);
    expect(json).toMatchObject({ key: 'labels/finance/may.csv', method: 'PUT' });
    const sent = await fetch(json.url, { method: 'PUT', body: 'record_id,label\nT1,1\nT2,0\n,\n' });
    expect(sent.status).toBe(200);

    const place = { bucket, key: json.key, version: sent.headers.get('x-amz-version-id')! };
    const object = { ...place, id: dropId(place), domain: 'finance', bytes: 30 };
    const audit = new AuditChain(localDocuments(), tables[1]!);
    const labels = new LabelsTable(localDocuments(), tables[1]!, audit, Date.now);
    const store = new S3ObjectStore(localS3(), bucket);
    const domains = async () => ['finance'];
    await takeLabels({ labels, store, domains }, { ...object, receivedAt: '2026-03-01T00:00:00.000Z' });

    const id = labelsId(object.id);
    const found = await call(`GET /v1/labels/${id}`, { groups: '[viewer]' });
    expect(found).toMatchObject({
      status: 200,
      json: {
        ...{ id, domain: 'finance', state: 'failed', by: 'ann', counts: null, fault_count: 1 },
        faults: [{ line: 4, column: 'record_id', detail: expect.any(String) }],
      },
    });
    expect((await call('GET /v1/labels?domain=finance')).json).toEqual({ items: [found.json], next: null });
    expect((await call('GET /v1/labels?domain=pharma')).json.items).toEqual([]);
    expect((await call('GET /v1/drops')).json.items).toEqual([]);
    expect((await call(`GET /v1/labels/l-${'0'.repeat(20)}`)).status).toBe(404);
  });
});

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
    await retrainings.end(json.id, 'gate_failed', 'Recall is too low.');
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
  const decide = (sub: string, decision = 'approve', version = challenger) =>
    call(`POST /v1/models/pharma/${version}/approvals`, {
      ...{ groups, sub, body: { decision, reason: 'Looked at the flags lost' } },
    });

  async function carryOut(step: (registry: ModelRegistry) => Transition): Promise<void> {
    const before = await registry.read('pharma');
    const transition = step(before);
    if (!transition.done) throw new Error(transition.refusal.message);
    expect(await registry.write('pharma', before, transition)).toBe(true);
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

  it('show a version with its card, and what was kept beside it', async () => {
    const { card } = await loadModel(await championFolder('pharma'));
    const key = `models/pharma/${card.version}/comparison.json`;
    await artifacts.writeText(key, '{"gate":{"passed":true}}');
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
    await retrainings.awaiting(begun.id, await waitingToken(), challenger);

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

  it('go back in one call, told to others and on record', async () => {
    await carryOut((known) => promoteModel(known, challenger, act));
    const before = (await call('GET /v1/models/pharma')).json;
    const body = { reason: 'Twice as many flags as promised' };
    const officer = await call('POST /v1/models/pharma/rollback', { body });
    expect(officer.status).toBe(403);
    const { status, json } = await call('POST /v1/models/pharma/rollback', {
      body,
      groups: '[admin]',
      sub: 'eve',
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
    const { json: audit } = await call(`GET /v1/audit/${before.rollback_to}`);
    expect(audit.entries.at(-1)).toMatchObject({ event: 'rolled_back', actor: 'eve', data: body });
    const again = await call('POST /v1/models/pharma/rollback', { body, groups });
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

  const waitingToken = async () => {
    // The machines of the retrainings before this one wait as well: the last token is its own.
    let token = await machine.token();
    for (;;) {
      try {
        token = await machine.token(2);
      } catch {
        return token;
      }
    }
  };
  const statusOf = (id: string) => machine.statusOf(id);
});

describe('GET /v1/metrics', () => {
  it('gives the figures by day, with their bounds or that there is not enough data', async () => {
    const model = 'a'.repeat(12);
    const today = new Date().toISOString().slice(0, 10);
    await metrics.put(pointOf('finance', model, '2020-03-01'));
    await metrics.put(pointOf('finance', model, today));
    const recent = (await call('GET /v1/metrics?domain=finance', { groups: '[viewer]' })).json;
    expect(recent.items.map(({ day }: { day: string }) => day)).toEqual([today]);
    expect(recent.items[0]).toMatchObject({
      ...{ model, days: 30, waiting: 3, longest_wait_hours: 4.5 },
      figures: { precision: { value: 0.5, low: 0.4, high: 0.6, n: 100 }, recall: { not_enough_data: true } },
      inputs: [{ name: 'amount', psi: { value: 0.5 } }],
    });
    const old = await call(`GET /v1/metrics?domain=finance&model=${model}&from=2020-02-01&to=2020-04-01`);
    expect(old.json.items).toHaveLength(1);
    const none = await call(`GET /v1/metrics?domain=finance&model=${'b'.repeat(12)}`);
    expect(none.json.items).toEqual([]);
  });

  it('refuses days that are none, the wrong way round, or too many', async () => {
    for (const query of [
      'from=2026-02-30',
      'from=2026-02-02&to=2026-02-01',
      'from=2020-01-01&to=2026-01-01',
    ]) {
      const { status, json } = await call(`GET /v1/metrics?domain=finance&${query}`);
      expect([status, json.errors[0].at]).toEqual([422, 'from']);
    }
  });
});

describe('GET /v1/audit/{record}', () => {
  it('tells what was decided about a record and what was done, in all domains or in one', async () => {
    const record = { domain: 'finance' };
    const id = await putFlag(91, record.domain);
    await call(`POST /v1/flags/${id}/reviews`, { body: verdict, sub: 'ann' });
    const { json } = await call('GET /v1/audit/T91');
    expect(json).toMatchObject({
      record: 'T91',
      decisions: [{ flag: id, status: 'true_positive' }],
      entries: [{ domain: 'finance', seq: 0, event: 'reviewed', actor: 'ann', data: { decision_id: id } }],
    });
    const elsewhere = await call('GET /v1/audit/T91?domain=pharma');
    expect(elsewhere.json).toEqual({ record: 'T91', decisions: [], entries: [] });
    const odd = await call(`GET /v1/audit/${encodeURIComponent('a/b#c d')}`);
    expect(odd.json).toEqual({ record: 'a/b#c d', decisions: [], entries: [] });
  });
});
