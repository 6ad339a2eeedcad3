import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { OnlineScorer, ScoringAnswer, ScoringRequest } from '../../lib/api/online-scoring.ts';
import { type ScoredCounts, scoreHandlers } from '../../lib/api/score.ts';
import { type Service, serve } from '../../lib/api/serve.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { IdempotencyTable } from '../../lib/aws/idempotency-table.ts';
import { StoreError } from '../../lib/aws/store-error.ts';
import type { LogFields } from '../../lib/observe/log-fields.ts';
import type { Stop } from '../../lib/oversight/stop.ts';
import { apiEvent, type EventSpec } from '../helpers/api-event.ts';
import { explanationOf } from '../helpers/flags.ts';
import { dropTable, localDocuments, makeTable } from '../helpers/local-aws.ts';

/** Scores as a record says it wants to be: the engine has tests of its own. */
class ScriptedScorer implements OnlineScorer {
  requests: ScoringRequest[] = [];
  failure: Error | undefined;

  async score(request: ScoringRequest): Promise<ScoringAnswer> {
    this.requests.push(request);
    if (this.failure !== undefined) throw this.failure;
    return {
      model: 'b042d3599090',
      threshold: 0.5,
      timings: { features: 3, model: 1, reasons: 2, history: 4 },
      results: request.records.map((record, index) => {
        const score = record.score;
        if (typeof score !== 'number')
          return { status: 'rejected', column: 'score', reason: 'is not a number' };
        const explanation = explanationOf(Number(record.number ?? index), score, null);
        return {
          status: 'scored',
          record_id: explanation.record_id,
          decision_id: explanation.decision_id,
          score,
          flagged: score >= 0.5,
          explanation,
          entity: 'A1',
          time: '2026-01-01T00:00:00.000Z',
          record: { ...record },
          rules: explanation.rules,
          links: [],
        };
      }),
    };
  }
}

const tables: string[] = [];
const logged: { level: string; message: string; fields: LogFields }[] = [];
const counted: [string, ScoredCounts, number][] = [];
const recorded: ScoringRequest[] = [];
let flags: FlagTable;
let scorer: ScriptedScorer;
let stop: Stop | null = null;
let service: Service;

beforeAll(async () => {
  tables.push(await makeTable('Flags'), await makeTable('Drops'));
  flags = new FlagTable(localDocuments(), tables[0]!);
});
afterAll(() => Promise.all(tables.map(dropTable)));

beforeEach(() => {
  for (const list of [logged, counted, recorded]) list.length = 0;
  scorer = new ScriptedScorer();
  const logAs =
    (level: string) =>
    (message: string, fields: LogFields = {}) =>
      void logged.push({ level, message, fields });
  service = {
    handlers: scoreHandlers({
      scorer,
      recorder: {
        record: async (request) => {
          recorded.push(request);
          return 'i-00000000000000000001';
        },
      },
      flags,
      personal: {
        personalData: async () => ({ columns: new Set<string>(), id: false, entity: false, time: false }),
        recordRead: async () => {},
        now: Date.now,
      },
      domains: async () => ['finance', 'erasable'],
      isErasable: (domain) => domain === 'erasable',
      stopOf: async () => stop,
      now: Date.now,
      onScored: (...reported) => void counted.push(reported),
    }),
    keys: new IdempotencyTable(localDocuments(), tables[1]!, Date.now),
    groups: null,
    domainOf: async () => null,
    denials: { record: async () => {} },
    people: { meet: async () => {}, loseRoles: async () => {}, namesOf: async () => () => null },
    log: { info: logAs('info'), warn: logAs('warn'), error: logAs('error') },
  };
});

async function post(body: unknown, spec: EventSpec = {}) {
  const response = await serve(service, apiEvent('POST /v1/score', { body, ...spec }));
  return { ...response, json: JSON.parse(response.body ?? 'null') };
}

const three = [
  { score: 0.9, number: 1 },
  { score: 0.2, number: 2 },
  { score: 'x', number: 3 },
];

describe('POST /v1/score', () => {
  it('scores and records nothing while its domain is stopped, and says since when and why', async () => {
    stop = { domain: 'finance', model: null, by: 'ann', at: '2026-03-01T10:00:00Z', reason: 'odd scores' };
    const refused = await post({ domain: 'finance', records: three, record: true });
    stop = null;
    expect(refused).toMatchObject({
      statusCode: 503,
      headers: { 'content-type': 'application/problem+json', 'retry-after': '300' },
      json: {
        ...{ type: 'urn:assay:problem:stopped', title: 'Stopped', status: 503 },
        detail: 'No record is scored: finance is stopped since 2026-03-01T10:00:00Z: odd scores',
      },
    });
    expect([recorded, counted]).toEqual([[], []]);
    expect((await post({ domain: 'finance', records: three })).statusCode).toBe(200);
  });

  it('refuses a domain whose records are erasable: windows would not see the past of a true id', async () => {
    const refused = await post({ domain: 'erasable', records: three });
    expect(refused.statusCode).toBe(422);
    expect(refused.json.errors ?? refused.json.faults).toMatchObject([{ at: '/domain' }]);
    expect([recorded, counted]).toEqual([[], []]);
  });

  it('answers for each record in its place, with the reasons of those flagged', async () => {
    const { statusCode, headers, json } = await post({ domain: 'finance', records: three });
    expect(statusCode).toBe(200);
    expect(json).toMatchObject({ domain: 'finance', model: 'b042d3599090', threshold: 0.5, recorded: null });
    expect(json.results).toEqual([
      {
        status: 'scored',
        record_id: 'T1',
        decision_id: explanationOf(1, 0.9, null).decision_id,
        score: 0.9,
        flagged: true,
        rules: [],
        explanation: explanationOf(1, 0.9, null),
      },
      {
        status: 'scored',
        record_id: 'T2',
        decision_id: explanationOf(2, 0.2, null).decision_id,
        score: 0.2,
        flagged: false,
        rules: [],
        explanation: null,
      },
      { status: 'rejected', column: 'score', reason: 'is not a number' },
    ]);
    expect(json.timings).toEqual({
      features: 3,
      model: 1,
      reasons: 2,
      history: 4,
      store: expect.any(Number),
    });
    expect(headers?.['server-timing']).toMatch(/^features;dur=3\.0, model;dur=1\.0, .*store;dur=/);
    expect(recorded).toEqual([]);
    const counts = { received: 3, scored: 2, rejected: 1, flagged: 1, unexplained: 0 };
    expect(counted).toEqual([['finance', counts, expect.any(Number)]]);
  });

  it('explains all where that is asked for, up to 200 records', async () => {
    const { json } = await post({ domain: 'finance', records: three, explain: 'all' });
    expect(json.results[1].explanation).toEqual(explanationOf(2, 0.2, null));
    const many = Array.from({ length: 201 }, () => ({ score: 0.1 }));
    const refused = await post({ domain: 'finance', records: many, explain: 'all' });
    expect(refused.json.errors).toEqual([
      { at: '/explain', detail: '"all" explains up to 200 records in one request' },
    ]);
  });

  it('keeps flags and decisions where that is asked for, and changes nothing the second time', async () => {
    const body = { domain: 'finance', records: three, record: true };
    const { json } = await post(body);
    expect(json.recorded).toEqual({ drop: 'i-00000000000000000001', flags: { new: 1, seen: 0 } });
    expect(recorded[0]?.records).toHaveLength(3);
    const [first] = json.results;
    expect(await flags.get(first.decision_id)).toMatchObject({
      drop: 'i-00000000000000000001',
      domain: 'finance',
      entity: 'A1',
      score: 0.9,
      status: 'open',
      record: JSON.stringify(three[0]),
    });
    const again = await post(body);
    expect(again.json.recorded.flags).toEqual({ new: 0, seen: 1 });
  });

  it('scores once for one idempotency key, however large the answer', async () => {
    const records = Array.from({ length: 1_000 }, (_, number) => ({
      score: 0.9,
      number,
      note: randomUUID(),
    }));
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post({ domain: 'finance', records }, { headers });
    const second = await post({ domain: 'finance', records }, { headers });
    expect(second.json).toEqual(first.json);
    expect(second.headers?.['idempotency-replayed']).toBe('true');
    expect(scorer.requests).toHaveLength(1);
  });

  it('says what is wrong with a request, by its place', async () => {
    const fault = async (body: unknown) => {
      const { statusCode, json } = await post(body);
      expect(statusCode).toBe(422);
      return json.errors[0].at;
    };
    expect(await fault({ domain: 'finance', records: [] })).toBe('/records');
    expect(await fault({ domain: 'finance', records: Array.from({ length: 1_001 }, () => ({})) })).toBe(
      '/records',
    );
    expect(await fault({ domain: 'finance', records: [{}, { 'a/b~c': { deep: 1 } }] })).toBe(
      '/records/1/a~1b~0c',
    );
    expect(await fault({ domain: 'finance', records: [{ a: [1] }] })).toBe('/records/0/a');
    expect(await fault({ domain: 'trade', records: [{}] })).toBe('/domain');
    expect(await fault({ records: [{}] })).toBe('/domain');
    expect(scorer.requests).toEqual([]);
  });

  it('is for officers and admins', async () => {
    const body = { domain: 'finance', records: [{ score: 0.1 }] };
    for (const [group, status] of Object.entries({ viewer: 403, approver: 403, officer: 200, admin: 200 })) {
      expect((await post(body, { groups: `[${group}]` })).statusCode).toBe(status);
    }
  });

  it('says 429 when the store throttles, and 500 without a word of the inside for a defect', async () => {
    const body = { domain: 'finance', records: [{ score: 0.1 }] };
    const throttle = new Error('too fast');
    throttle.name = 'ProvisionedThroughputExceededException';
    scorer.failure = new StoreError('reading history', throttle);
    const throttled = await post(body);
    expect([throttled.statusCode, throttled.headers?.['retry-after']]).toEqual([429, '2']);
    scorer.failure = new TypeError('cannot read "Jane" of undefined');
    const defect = await post(body);
    expect(defect.statusCode).toBe(500);
    expect(defect.body).not.toMatch(/Jane|undefined/);
    expect(logged.at(-1)).toMatchObject({
      level: 'error',
      fields: {
        status: 500,
        route: '/v1/score',
        error_name: 'TypeError',
        error_message: 'cannot read … of undefined',
      },
    });
  });
});
