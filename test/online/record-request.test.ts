/** What a request that is recorded leaves beside its decisions: the same as the same records in a drop. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ScoredRecord, ScoringRequest } from '../../lib/api/online-scoring.ts';
import { leafOf } from '../../lib/audit/log-tree.ts';
import type { BlindEntry } from '../../lib/drops/blind-items.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { fetchRun } from '../../lib/drops/fetch-run.ts';
import type { Candidate } from '../../lib/drops/plan-drop.ts';
import { scoreWhole } from '../../lib/drops/score-whole.ts';
import type { SealedDrop } from '../../lib/drops/sealed-drop.ts';
import type { ShadowRun } from '../../lib/drops/shadow-run.ts';
import { defineTable } from '../../lib/engine/table.ts';
import { readPast } from '../../lib/history/past-list.ts';
import { PastReader } from '../../lib/history/past-reader.ts';
import { hashCard } from '../../lib/models/card-schema.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { OnlineEngine } from '../../lib/online/online-engine.ts';
import { OnlineDrops } from '../../lib/online/record-request.ts';
import { noProgress } from '../../lib/progress.ts';
import { replayDecision } from '../../lib/scoring/replay-decision.ts';
import { MemoryTree } from '../../lib/tlog/memory-tree.ts';
import { verifyRun } from '../../lib/verification/verify-run.ts';
import { DropBench, publishedOf, statusOf } from '../helpers/drop-bench.ts';
import { makeOrders, type Order, otherShopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const sampling = { key: Buffer.alloc(32, 7), belowTheLine: 0.2, secondOpinion: 0.5 };
const orders = makeOrders(150, 2, '2025-01-10');
const request = requestOf(orders);

let folder: string;
let bench: DropBench;
let champion: Model;
let retrained: Model;
let other: Model;
let engines: Map<Model, OnlineEngine>;

let states: Map<string, string>;
let blind: BlindEntry[];
let runs: ShadowRun[];
let waiting: Candidate | null;
let refusal: Error | null;
let minutes: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-record-online-'));
  const past = await writeOrders(folder, 'past.csv', makeOrders(300, 3));
  champion = await trainShop(await writeOrders(folder, 'champion.csv', makeOrders(400, 1)));
  retrained = await trainShop(await writeOrders(folder, 'retrained.csv', makeOrders(400, 5)));
  const turned = makeOrders(400, 1).map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
  other = await trainShop(await writeOrders(folder, 'other.csv', turned), { pack: otherShopPack });
  bench = await DropBench.open(champion);
  await bench.drop(past);
  engines = new Map([champion, retrained, other].map((model, at) => [model, engineOf(model, `cache-${at}`)]));
});
afterAll(async () => {
  for (const engine of engines.values()) await engine.close();
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  states = new Map();
  blind = [];
  runs = [];
  waiting = null;
  refusal = null;
  minutes = 0;
  bench.history.splice(1);
  bench.warnings.length = 0;
});

function requestOf(rows: readonly Order[]): ScoringRequest {
  const records = rows.map((row) =>
    Object.fromEntries(Object.entries(row).filter(([, value]) => value !== '')),
  );
  return { domain: 'shop', records, explain: 'flagged' };
}

function engineOf(model: Model, cache: string): OnlineEngine {
  return new OnlineEngine({
    champion: async () => model,
    past: async () => ({ segments: [], recent: bench.history }),
    history: new PastReader({ store: bench.deps.data, folder: join(folder, cache), maxBytes: 2e7 }),
    rates: bench.deps.rates,
    ...{ threads: 1, memoryLimitMb: 512, clock: () => performance.now() },
  });
}

const noted: SealedDrop[] = [];

async function keep(asked: ScoringRequest = request): Promise<string> {
  const engine = engines.get(champion)!;
  return recorderOf(engine).record(asked, await engine.score(asked), 'user-1');
}

function recorderOf(engine: OnlineEngine): OnlineDrops {
  return new OnlineDrops({
    engine,
    ...bench.deps,
    now: () => new Date(Date.UTC(2026, 1, 1, 0, minutes++)),
    status: statusOf(states),
    noteSealed: async (sealed) => void noted.push(sealed),
    addHistory: async (_domain, entry) => bench.history.push(entry),
    sampling: async () => sampling,
    putBlind: async (entries) => void blind.push(...entries),
    candidate: async () => waiting,
    saveShadow: async (_domain, run) => {
      if (refusal !== null) throw refusal;
      runs.push(run);
    },
  });
}

test('its log is due for the log of the domain, as it is stored', async () => {
  const id = await keep();
  const sealed = noted.find(({ drop }) => drop === id)!;
  const lines = (await bench.audit.readText(`shop/${id}/audit.jsonl`))!.trimEnd().split('\n');
  const tree = new MemoryTree();
  for (const line of lines) tree.append(leafOf(line));
  expect(sealed).toEqual({
    ...{ drop: id, domain: 'shop', entries: lines.length, sealedAt: sealed.sealedAt },
    head: JSON.parse(lines.at(-1)!).hash,
    root: Buffer.from(tree.head().root).toString('base64'),
  });
});

const measured = async (id: string) =>
  JSON.parse((await bench.deps.data.readText(dropKeys({ id, domain: 'shop' }).measured))!);

test('it is counted, and drawn for blind review, as the same records in a drop', async () => {
  const id = await keep();
  bench.history.splice(1);
  const { plan } = await bench.drop(await writeOrders(folder, 'same.csv', orders));
  const deps = { ...bench.deps, sampling: async () => sampling };
  const { chunks } = await scoreWhole(deps, { drop: plan.drop });

  const own = { drop: '', at: '' };
  expect(await measured(id)).toEqual({
    ...(await measured(plan.drop.id)),
    drop: id,
    at: '2026-02-01T00:00:00.000Z',
  });
  expect((await measured(id)).scored).toBe(150);
  const drawn = (await publishedOf(bench.deps.data, plan.drop, chunks)).blind;
  const facts = (entries: readonly BlindEntry[]) =>
    entries.map((entry) => ({ ...entry, ...own, queuedAt: '' }));
  expect(facts(blind)).toEqual(facts(drawn));
  expect(new Set(blind.map(({ why }) => why))).toEqual(new Set(['below_the_line', 'second_opinion']));
  expect(blind.every(({ drop }) => drop === id)).toBe(true);
});

test('recorded twice, it is there once', async () => {
  waiting = { version: retrained.card.version, model: retrained };
  const id = await keep();
  const before = [await measured(id), blind.length, runs.length, bench.history.length];
  expect(await keep()).toBe(id);
  expect([await measured(id), blind.length, runs.length, bench.history.length]).toEqual(before);
});

test('a record that it delivers again is seen by windows once, as delivered last', async () => {
  const [kept, probe] = [orders.slice(0, 60), orders.slice(60, 100)];
  const changed = kept.map((order) => ({ ...order, amount: '999.00', note: 'again' }));
  const alone = async () => (await engines.get(champion)!.score(requestOf(probe))).results;
  await keep(requestOf(kept.slice(0, 50)));
  await bench.drop(await writeOrders(folder, 'first.csv', kept.slice(50)));
  const before = await alone();
  await keep(requestOf(changed));
  const [entry] = bench.history.slice(-1);
  expect(entry).toMatchObject({ rows: 60, stale: 60 });
  const after = await alone();
  expect(after).not.toEqual(before);
  // As if what came first had never come.
  bench.history.splice(1);
  states.clear();
  await keep(requestOf(changed));
  expect(await alone()).toEqual(after);
});

describe('what is stored of a request', () => {
  const objectsOf = async (id: string) => [
    ...(await bench.deps.data.list('')).filter((key) => key.includes(id)),
    ...(await bench.audit.list('')).filter((key) => key.includes(id)),
  ];
  const models = async () => (await bench.deps.data.list('run-models/')).length;

  test('is small: neither its model nor a report is stored again', async () => {
    await keep(requestOf(orders.slice(0, 1)));
    const before = await models();
    const id = await keep(requestOf(orders.slice(1, 2)));
    expect([before, await models()]).toEqual([2, 2]);
    const objects = await objectsOf(id);
    expect(objects.filter((key) => /report|model|results.*(audit|seal)/.test(key))).toEqual([]);
    // Two of them are its records, once for each key of the windows.
    expect(objects.length).toBeLessThanOrEqual(15);
  });

  test('does not grow in the audit bucket with the drops before it', async () => {
    const few = await keep(requestOf(orders.slice(0, 1)));
    const many = Array.from({ length: 3_000 }, (_, n) => ({
      ...bench.history[0]!,
      drop: `d-earlier-${n}`,
      rows: 0,
    }));
    const sizeOf = async (id: string) => (await bench.audit.readText(`shop/${id}/audit.jsonl`))!.length;
    const [engine, request] = [engines.get(champion)!, requestOf(orders.slice(1, 2))];
    const answer = await engine.score(request);
    const last = engine.lastOf(request)!;
    const lastOf = vi
      .spyOn(engine, 'lastOf')
      .mockReturnValue({ ...last, past: { segments: [], recent: [...last.past.recent, ...many] } });
    const again = vi
      .spyOn(engine, 'listAgain')
      .mockImplementation((_, { session }) =>
        defineTable(session, 'again', ['place VARCHAR', 'record_id VARCHAR']),
      );
    const id = await recorderOf(engine).record(request, answer, 'user-1');
    lastOf.mockRestore();
    again.mockRestore();
    expect(await sizeOf(id)).toBeLessThan((await sizeOf(few)) + 1_000);
    const { drops } = await readPast(bench.deps.data, { id, domain: 'shop' });
    expect(drops).toHaveLength(3_002);
  });

  test('is fetched as a run that verifies and replays, its model and its past included', async () => {
    const id = await keep(requestOf(orders.slice(0, 8)));
    const out = join(folder, 'fetched');
    const deps = { data: bench.deps.data, audit: bench.audit, history: bench.history };
    const rest = { threads: 1, progress: noProgress };
    expect((await fetchRun({ ...deps, ...rest }, { id, domain: 'shop' }, out)).past).toBe(1);
    const verified = await verifyRun(join(out, 'audit.jsonl'));
    expect([verified.findings, verified.checked.length]).toEqual([[], 10]);
    for (const order of orders.slice(0, 8))
      expect(await replayDecision(out, order.id, 1)).toMatchObject({ identical: true });
    await writeFile(join(out, 'past.txt'), 'd-9\n');
    const { findings } = await verifyRun(out);
    expect(findings).toMatchObject([{ file: 'past.txt', kind: 'changed' }]);
  });
});

describe('a threshold that was changed', () => {
  const fetched = async (id: string) => {
    const out = join(folder, `of-${id}`);
    const deps = { data: bench.deps.data, audit: bench.audit, history: bench.history };
    await fetchRun({ ...deps, threads: 1, progress: noProgress }, { id, domain: 'shop' }, out);
    return out;
  };
  const startOf = async (out: string) =>
    JSON.parse((await readFile(join(out, 'audit.jsonl'), 'utf8')).split('\n')[0]!).data;

  test('decides the next drop and the next request, each the same records anew, and what was decided replays', async () => {
    const asked = requestOf(orders.slice(0, 40));
    const path = await writeOrders(folder, 'threshold.csv', orders.slice(0, 40));
    const first = await keep(asked);
    const before = await bench.drop(path);
    const threshold = 0.02;
    const changed: Model = { ...champion, threshold };
    const engine = engineOf(changed, 'cache-threshold');
    try {
      const answer = await engine.score(asked);
      expect(answer.threshold).toBe(threshold);
      const again = await recorderOf(engine).record(asked, answer, 'user-1');
      expect(again).not.toBe(first);
      const flags = answer.results.filter((one) => one.status === 'scored' && one.flagged).length;
      const after = await bench.drop(path, {}, { model: changed });
      expect(after.plan.threshold).toBe(threshold);
      expect(after.outcome.summary.flagged).toBe(flags);
      expect(flags).toBeGreaterThan(before.outcome.summary.flagged);
      for (const [id, by] of [
        [first, champion.card.threshold.value],
        [before.plan.drop.id, champion.card.threshold.value],
        [again, threshold],
        [after.plan.drop.id, threshold],
      ] as const) {
        const out = await fetched(id);
        const said = await startOf(out);
        // The card is the one that was promoted, whichever threshold is in force.
        expect([said.threshold, said.card]).toEqual([expect.closeTo(by, 8), hashCard(champion.card)]);
        expect((await verifyRun(out)).findings).toEqual([]);
        for (const { id: record } of orders.slice(0, 3))
          expect(await replayDecision(out, record, 1)).toMatchObject({ identical: true });
      }
    } finally {
      await engine.close();
    }
  });
});

describe('the model that waits for approval', () => {
  test.each([
    ['the champion’s pack', () => retrained],
    ['a pack of its own', () => other],
  ] as const)('with %s decides as it would as the champion', async (_, challengerOf) => {
    const challenger = challengerOf();
    const [was, would] = await Promise.all(
      [champion, challenger].map(async (model) => {
        const { results } = await engines.get(model)!.score(request);
        return results.map((result) => (result.status === 'scored' ? result : null));
      }),
    );
    waiting = { version: challenger.card.version, model: challenger };
    const drop = await keep();
    const count = (holds: (one: ScoredRecord | null, another: ScoredRecord | null) => boolean) =>
      was!.filter((one, at) => holds(one, would![at]!)).length;
    expect(runs).toEqual([
      expect.objectContaining({
        ...{ drop, champion: champion.card.version, challenger: challenger.card.version },
        records: count((one, another) => one !== null && another !== null),
        onlyChampion: count((_one, another) => another === null),
        both: count((one, another) => one!.flagged && another?.flagged === true),
        gained: count((one, another) => !one!.flagged && another?.flagged === true),
        lost: count((one, another) => one!.flagged && another?.flagged !== true),
      }),
    ]);
    const { gainedExamples } = runs[0] as Extract<ShadowRun, { gained: number }>;
    expect(gainedExamples.length).toBeGreaterThan(3);
    for (const { recordId, challenger: score } of gainedExamples)
      expect(score).toBe(would!.find((one) => one?.record_id === recordId)!.score);
    expect(bench.warnings).toEqual([]);
  });

  test('stops no request, whatever is wrong with it, and it is reported', async () => {
    waiting = { version: 'gone', model: null };
    await keep();
    const card = { ...retrained.card, version: 'broken' };
    waiting = { version: 'broken', model: { ...retrained, card, onnx: Buffer.from('no model') } };
    await keep(requestOf(orders.slice(1)));
    expect(runs).toMatchObject([
      { challenger: 'gone', notScored: 'it could not be read' },
      { challenger: 'broken', notScored: expect.stringContaining('does not load the model') },
    ]);
    refusal = new Error('the store is away');
    await keep(requestOf(orders.slice(2)));
    expect(bench.warnings).toEqual([
      'the challenger was not scored',
      'the challenger was not scored',
      'what the challenger would have decided was not stored',
    ]);
    expect([...states.values()]).toEqual(['done', 'done', 'done']);
    expect(bench.history).toHaveLength(4);
  });
});
