import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { roundToBillionths } from '../../lib/decisions/nine-decimals.ts';
import { Session } from '../../lib/engine/session.ts';
import { createTable } from '../../lib/engine/table.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import { Features } from '../../lib/features/feature-tables.ts';
import { streamMatrix } from '../../lib/features/stream-matrix.ts';
import { treesOf } from '../../lib/forest/onnx/onnx-read.ts';
import { loadOnnxRuntime } from '../../lib/forest/onnx/onnx-runtime.ts';
import { ExplainerPool } from '../../lib/forest/shap/explain-rows.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import type { Records } from '../../lib/intake/records.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { explainFlags } from '../../lib/scoring/explain-flags.ts';
import { recordExplainer } from '../../lib/scoring/explain-record.ts';
import { type Decisions, scoreRecords } from '../../lib/scoring/score-records.ts';
import { makeOrders, shopPack, trainShop, writeOrders } from '../helpers/shop.ts';

const { InferenceSession, Tensor } = loadOnnxRuntime();

let folder: string;
let labelled: string;
let session: Session;
let features: Features;
const fresh = makeOrders(150, 2, '2025-01-20');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-scores-'));
  labelled = await writeOrders(folder, 'labelled.csv', makeOrders(600, 1));
  session = await Session.open({ threads: 1 });
  const { records } = await readRecords(session, shopPack, [
    { path: await writeOrders(folder, 'fresh.csv', fresh) },
    { path: labelled, history: true },
  ]);
  features = await buildFeatures(records, shopPack, { encodings: false });
});
afterAll(async () => {
  await session.close();
  await rm(folder, { recursive: true, force: true });
});

interface DecidedRow extends Record<string, unknown> {
  readonly record_id: string;
  readonly score: number;
  readonly flagged: boolean;
}

const rowsOf = (decisions: Decisions): Promise<DecidedRow[]> =>
  session.rows(`SELECT record_id, score, flagged FROM ${decisions} ORDER BY seq`);

/** The model as anyone would run it: the whole matrix at once, by ONNX Runtime. */
async function probabilities({ onnx, card, pack }: Model): Promise<number[]> {
  const width = card.fitted.inputs.length;
  const runtime = await InferenceSession.create(onnx);
  const scores: number[] = [];
  for await (const { values, rows } of streamMatrix(features, pack, card.fitted, { mode: 'score' })) {
    const { probabilities } = await runtime.run({
      [runtime.inputNames[0]!]: new Tensor('float32', values, [rows, width]),
    });
    const data = probabilities!.data as Float32Array;
    for (let row = 0; row < rows; row++) scores.push(data[2 * row + 1]!);
  }
  await runtime.release();
  return scores;
}

describe.each(['forest', 'boosting'] as const)('%s', (algorithm) => {
  let model: Model;
  beforeAll(async () => {
    model = await trainShop(labelled, { algorithm });
  });

  test('every record that is not history has a decision, in input order, with the probability of the runtime', async () => {
    const scored = await scoreRecords(features, model, 0.3, fresh.length, () => {});
    const decisions = await rowsOf(scored.decisions);
    expect(decisions.map(({ record_id }) => record_id)).toEqual(fresh.map(({ id }) => id));
    expect(scored.scored).toBe(fresh.length);
    const expected = await probabilities(model);
    decisions.forEach(({ score }, row) => {
      expect(Math.abs(score - expected[row]!)).toBeLessThan(1e-6);
      expect(score).toBe(roundToBillionths(score));
    });
    expect(new Set(expected).size).toBeGreaterThan(50);
  });

  test('of more records than are scored at once each has the decision that it has by itself', async () => {
    const copies = 230;
    const copied = `SELECT own.* REPLACE (copy * ${fresh.length} + seq AS seq)`;
    const among = `range(${copies}) AS copies(copy) WHERE NOT history ORDER BY seq`;
    const records: Records = await createTable(
      session,
      'copied',
      `${copied} FROM ${features.records} AS own, ${among}`,
    );
    const many = await Features.create(
      records,
      `${copied} FROM ${features} AS own, ${among}`,
      features.usual,
    );
    const one = await rowsOf((await scoreRecords(features, model, 0.3, fresh.length, () => {})).decisions);
    const { scored, decisions } = await scoreRecords(many, model, 0.3, copies * fresh.length, () => {});
    expect(scored).toBe(copies * fresh.length);
    const rows = await rowsOf(decisions);
    expect(rows).toHaveLength(scored);
    expect(rows.filter(({ score }, at) => score !== one[at % one.length]!.score)).toEqual([]);
  });

  test('base + Σ contributions is the score: exactly as printed, and as computed to 1e-5 of the runtime', async () => {
    const { decisions } = await scoreRecords(features, model, 0, fresh.length, () => {});
    const expected = await probabilities(model);
    const billionths = (x: number): bigint => BigInt(Math.round(x * 1e9));
    let row = 0;
    for await (const flag of explainFlags({ features, decisions }, { model, threshold: 0, threads: 1 })) {
      const { score, base, contributions, unexplained } = flag.explanation;
      expect(flag.additive).toBe(true);
      expect(unexplained).toBeUndefined();
      const sum = contributions.reduce((so, one) => so + billionths(one.contribution), billionths(base));
      expect(sum).toBe(billionths(score));
      const computed = flag.contributions.reduce((so, one) => so + one, model.card.base);
      expect(Math.abs(computed - expected[row]!)).toBeLessThan(1e-5);
      expect(contributions).toHaveLength(6);
      row++;
    }
    expect(row).toBe(fresh.length);
  });

  test('a flag is a score at or above the threshold: every score taken as threshold flags itself', async () => {
    const first = await scoreRecords(features, model, 0.5, fresh.length, () => {});
    const scores = (await rowsOf(first.decisions)).map(({ score }) => score);
    for (const threshold of new Set(scores.slice(0, 12))) {
      const scored = await scoreRecords(features, model, threshold, fresh.length, () => {});
      const { flagged, scores: histogram } = scored;
      const decisions = await rowsOf(scored.decisions);
      const byRule = new Set(fresh.filter(({ amount }) => Number(amount) > 900).map(({ id }) => id));
      const expected = decisions.filter(
        ({ score, record_id }) => score >= threshold || byRule.has(record_id),
      );
      expect(decisions.filter((decision) => decision.flagged)).toEqual(expected);
      expect(flagged).toBe(expected.length);
      const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
      // A rule may flag a record below the threshold: it is drawn among the flagged all the same.
      expect(sum(histogram.positives)).toBe(flagged);
      expect(sum(histogram.positives) + sum(histogram.negatives)).toBe(fresh.length);
    }
  });

  test('a rule that flags does so whatever the score, one that does not only when the score does', async () => {
    const { decisions } = await scoreRecords(features, model, 1, fresh.length, () => {});
    const large = fresh.filter(({ amount }) => Number(amount) > 900).map(({ id }) => id);
    expect(large.length).toBeGreaterThan(3);
    const flagged = (await rowsOf(decisions)).filter((decision) => decision.flagged);
    expect(flagged.map(({ record_id }) => record_id)).toEqual(large);
  });

  test('explanations are the same, whether the inputs of the model are at hand or read again', async () => {
    const { decisions, matrix } = await scoreRecords(features, model, 0.5, fresh.length, () => {});
    const explain = (given: typeof matrix) =>
      Array.fromAsync(
        explainFlags({ features, decisions, matrix: given }, { model, threshold: 0.5, threads: 1 }),
        ({ explanation, values }) => [explanation, values],
      );
    expect(matrix?.rows).toBe(fresh.length);
    const atHand = await explain(matrix);
    expect(atHand.length).toBeGreaterThan(3);
    expect(atHand.length).toBeLessThan(fresh.length);
    expect(atHand).toEqual(await explain(null));
  });

  test('explanations are the same for any number of threads', async () => {
    const scored = await scoreRecords(features, model, 0, fresh.length, () => {});
    const explain = async (threads: number) => {
      const opened = {
        pool: await ExplainerPool.open(treesOf(model.onnx), threads, { workOfStart: 0 }),
        explain: recordExplainer(model, 0),
      };
      const flags = explainFlags({ features, ...scored }, { model, threshold: 0, threads, opened });
      const explained = await Array.fromAsync(flags, ({ explanation }) => explanation);
      await opened.pool.close();
      return explained;
    };
    expect(await explain(3)).toEqual(await explain(1));
  });
});

test('progress goes up to 1', async () => {
  const shares: number[] = [];
  const model = await trainShop(labelled);
  await scoreRecords(features, model, 0.5, fresh.length, (share) => shares.push(share));
  expect(shares.at(-1)).toBe(1);
});
