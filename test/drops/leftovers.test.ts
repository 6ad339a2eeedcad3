import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { assemble } from '../../lib/drops/assemble.ts';
import type { BlindEntry } from '../../lib/drops/blind-items.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import { scoreWhole } from '../../lib/drops/score-whole.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { MeasuredDrop } from '../../lib/monitoring/measured-drop.ts';
import type { SamplingPlan } from '../../lib/reviews/below-the-line.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { DropBench, type FinishedDrop, publishedOf } from '../helpers/drop-bench.ts';
import { makeOrders, shopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

const inParts = { rowsPerPartition: 200, bytesPerRange: 6_000, wholeBytes: 1 };
const sampling: SamplingPlan = { key: Buffer.alloc(32, 7), belowTheLine: 0.2, secondOpinion: 0.5 };

let folder: string;
let bench: DropBench;
let champion: Model;
let file: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-leftovers-'));
  const orders = makeOrders(400, 1);
  const { onnx, card } = await trainModel(trainOptions(await writeOrders(folder, 'champion.csv', orders)));
  champion = { onnx, card, pack: shopPack };
  bench = await DropBench.open(champion);
  file = await writeOrders(folder, 'dropped.csv', makeOrders(400, 2));
});
afterAll(async () => {
  await bench.close();
  await rm(folder, { recursive: true, force: true });
});

/** The drop's last stage again, now with sampling; of a small drop that is the only one. */
async function drawn({ plan }: FinishedDrop): Promise<readonly BlindEntry[]> {
  const last = plan.flow.mode === 'whole' ? scoreWhole : assemble;
  const { chunks } = await last({ ...bench.deps, sampling: async () => sampling }, { drop: plan.drop });
  return (await publishedOf(bench.deps.data, plan.drop, chunks)).blind;
}

test('what is put up for blind review is the same of a drop in one go and in parts, and shows no label', async () => {
  bench.history.length = 0;
  const whole = await bench.drop(file);
  bench.history.length = 0;
  const parts = await bench.drop(file, inParts);
  expect(parts.plan.flow.mode).toBe('parts');
  const [one, other] = [await drawn(whole), await drawn(parts)];
  const facts = (entries: readonly BlindEntry[]) =>
    entries.map(({ item, recordId, why, chance, record }) => ({ item, recordId, why, chance, record }));
  expect(facts(other)).toEqual(facts(one));

  const below = one.filter(({ why }) => why === 'below_the_line');
  const { flagged } = whole.outcome.summary;
  expect(below.length).toBeGreaterThan((400 - flagged) * 0.1);
  expect(below.length).toBeLessThan((400 - flagged) * 0.3);
  expect(one.length - below.length).toBeGreaterThan(0);
  for (const { record, chance, why } of one) {
    expect(Object.keys(record)).not.toContain('bad');
    expect(chance).toBe(why === 'below_the_line' ? 0.2 : 1);
  }
});

test('the flags for officers are those of a drop in one go and in parts, each in one piece, all of them named', async () => {
  bench.history.length = 0;
  const whole = await bench.drop(file);
  bench.history.length = 0;
  const parts = await bench.drop(file, inParts);
  const flagsOf = async ({ plan }: FinishedDrop) => {
    const last = plan.flow.mode === 'whole' ? scoreWhole : assemble;
    const { chunks } = await last(bench.deps, { drop: plan.drop });
    const { flags } = await publishedOf(bench.deps.data, plan.drop, chunks);
    const stored = await bench.deps.data.list(`work/${plan.drop.id}/publish/`);
    expect(stored).toEqual(chunks.map((chunk) => dropKeys(plan.drop).publish(chunk)).sort());
    return flags
      .map((flag) => ({ ...flag, drop: '', flagged_at: '' }))
      .sort((a, b) => (a.flag < b.flag ? -1 : 1));
  };
  const [one, other] = [await flagsOf(whole), await flagsOf(parts)];
  expect(other).toEqual(one);
  expect(one).toHaveLength(whole.outcome.summary.flagged);
  expect(parts.plan.partitions).toBeGreaterThan(1);
});

test('a drop leaves what monitoring counts', async () => {
  const { plan, outcome } = await bench.drop(file);
  const text = await bench.deps.data.readText(dropKeys(plan.drop).measured);
  const measured = JSON.parse(text!) as MeasuredDrop;
  const { received, scored, flagged } = outcome.summary;
  expect(measured).toMatchObject({
    model: champion.card.version,
    received,
    scored,
    flagged,
    belowTheLine: 0,
  });
  expect(measured.inputs.rows).toBe(scored);
  expect(measured.reasons).toHaveLength(Math.min(200, flagged));
});
