/**
 * A challenger beside a champion: what the shadow says must be what the two, each as champion of the same drop with the same
 * past, decide.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { missShadow } from '../../lib/drops/shadow-pass.ts';
import { isScored, type ScoredShadow, type ShadowRun } from '../../lib/drops/shadow-run.ts';
import { Session } from '../../lib/engine/session.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { DropBench, type FinishedDrop } from '../helpers/drop-bench.ts';
import { makeOrders, otherShopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const inParts = { rowsPerPartition: 200, bytesPerRange: 6_000, wholeBytes: 1 };

let folder: string;
let bench: DropBench;
let champion: Model;
let retrained: Model;
let other: Model;
let past: string;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-shadow-'));
  const orders = makeOrders(400, 1);
  const turned = orders.map((order) => ({ ...order, bad: order.bad === '1' ? '0' : '1' }));
  const path = (name: string, rows: typeof orders) => writeOrders(folder, name, rows);
  champion = await trainShop(await path('champion.csv', orders));
  retrained = await trainShop(await path('retrained.csv', makeOrders(400, 5)));
  other = await trainShop(await path('other.csv', turned), { pack: otherShopPack });
  bench = await DropBench.open(champion, retrained, other);
  past = await writeOrders(folder, 'past.csv', makeOrders(300, 3));
  file = await writeOrders(folder, 'dropped.csv', makeOrders(400, 2, '2025-01-10'));
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});
beforeEach(() => {
  bench.history.length = 0;
  bench.warnings.length = 0;
});

const waits = (model: Model) => ({ waiting: { version: model.card.version, model } });

/** A drop's decisions by record. */
async function decisionsOf({ plan }: FinishedDrop) {
  const session = await Session.open({ threads: 1 });
  try {
    const path = join(bench.folder, 'data', dropKeys(plan.drop).decided);
    const rows = await session.rows<{ record_id: string; score: number; flagged: boolean }>(
      `SELECT record_id, score, flagged FROM read_parquet('${path}')`,
    );
    return new Map(rows.map((row) => [row.record_id, row]));
  } finally {
    await session.close();
  }
}

type Decisions = Awaited<ReturnType<typeof decisionsOf>>;

function flagsOnly(one: Decisions, another: Decisions): string[] {
  return [...one].flatMap(([id, { flagged }]) => (flagged && another.get(id)?.flagged !== true ? [id] : []));
}

/** As the two decide, each for itself. */
function compared(was: Decisions, would: Decisions) {
  const [gained, lost] = [flagsOnly(would, was), flagsOnly(was, would)];
  return {
    records: [...was.keys()].filter((id) => would.has(id)).length,
    onlyChampion: [...was.keys()].filter((id) => !would.has(id)).length,
    onlyChallenger: [...would.keys()].filter((id) => !was.has(id)).length,
    both: [...was].filter(([id, { flagged }]) => flagged && would.get(id)?.flagged).length,
    gained: gained.length,
    lost: lost.length,
  };
}

function expectScores(run: ShadowRun, was: Decisions, would: Decisions): void {
  expect(isScored(run)).toBe(true);
  const { gainedExamples, lostExamples } = run as ScoredShadow;
  for (const { recordId, champion: score, challenger } of [...gainedExamples, ...lostExamples]) {
    expect([recordId, score]).toEqual([recordId, was.get(recordId)?.score ?? null]);
    expect([recordId, challenger]).toEqual([recordId, would.get(recordId)?.score ?? null]);
  }
}

describe.each([
  ['the champion’s pack', () => retrained],
  ['a pack of its own', () => other],
] as const)('a challenger with %s', (_, challengerOf) => {
  test.each([
    ['in one go', {}, {}],
    ['in parts, with a past in parts', inParts, inParts],
  ])('decides on a drop %s as it would as the champion, on the same past', async (_how, pastCut, cut) => {
    const challenger = challengerOf();
    await bench.drop(past, pastCut);
    const before = [...bench.history];
    const decided = await bench.drop(file, cut, waits(challenger));
    const run = await bench.shadow(decided.plan);
    bench.history.splice(0, Number.POSITIVE_INFINITY, ...before);
    const asChampion = await bench.drop(file, cut, { model: challenger });
    expect(asChampion.plan.flow.mode).toBe(cut === inParts ? 'parts' : 'whole');

    const [was, would] = [await decisionsOf(decided), await decisionsOf(asChampion)];
    expect(run).toMatchObject({
      ...{ drop: decided.plan.drop.id, champion: champion.card.version, challenger: challenger.card.version },
      ...compared(was, would),
    });
    expectScores(run, was, would);
    const { gained, lost, both, onlyChampion } = run as ScoredShadow;
    expect(both).toBeGreaterThan(0);
    expect(gained + lost).toBeGreaterThan(20);
    expect(onlyChampion > 0).toBe(challenger === other);
    expect(bench.warnings).toEqual([]);
  });

  test('changes nothing of what is decided, and is no one’s past', async () => {
    const alone = await bench.drop(file, inParts);
    bench.history.length = 0;
    const beside = await bench.drop(file, inParts, waits(challengerOf()));
    await bench.shadow(beside.plan);
    for (const name of ['explanations.jsonl', 'flagged_risks.csv', 'rejects.csv'])
      expect(await beside.result(name)).toBe(await alone.result(name));
    const kept = (await bench.deps.data.list('')).filter((key) => key.includes('/s-'));
    expect(kept.filter((key) => !key.startsWith('work/'))).toEqual([]);
  });
});

test('what could not be scored in passing is reported, and scored by a pass of its own with the same outcome', async () => {
  const drop = await bench.drop(file, {}, waits(retrained));
  const inPassing = await bench.shadow(drop.plan);
  const loadModel = bench.deps.loadModel;
  const hidden = async (domain: string, version: string) => {
    if (version === retrained.card.version) throw new Error('the store is busy');
    return loadModel(domain, version);
  };
  bench.history.length = 0;
  Object.assign(bench.deps, { loadModel: hidden });
  const again = await bench.drop(file, {}, waits(retrained));
  Object.assign(bench.deps, { loadModel });
  expect(bench.warnings).toEqual(['the challenger was not scored in passing']);
  expect(await again.result('explanations.jsonl')).toBe(await drop.result('explanations.jsonl'));
  expect(await bench.shadow(again.plan)).toEqual({ ...inPassing, drop: again.plan.drop.id });
});

test('a drop that a challenger cannot read is reported with its reason', async () => {
  const { plan } = await bench.drop(
    file,
    {},
    {
      waiting: { version: 'gone', model: null },
    },
  );
  await expect(bench.shadow(plan)).rejects.toThrow('there is no model gone');
  const missed = (error: { Error: string; Cause: string }) => missShadow(bench.deps, plan.drop, error);
  expect(await missed({ Error: 'InputError', Cause: 'dropped.csv has no column shelf' })).toEqual({
    ...{ format: 'assay-shadow/1', drop: plan.drop.id, champion: champion.card.version },
    ...{ challenger: 'gone', notScored: 'dropped.csv has no column shelf' },
  });
  const Cause = JSON.stringify({ errorType: 'StoreError', errorMessage: 'reading s3://b/k' });
  expect(await missed({ Error: 'Runtime.HandlerError', Cause })).toMatchObject({
    notScored: 'it could not be scored here (StoreError)',
  });
});
