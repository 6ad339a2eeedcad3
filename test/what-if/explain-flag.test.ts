import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Explanation } from '../../lib/decisions/explanation.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import { explainFlag } from '../../lib/what-if/explain-flag.ts';
import { rowOfExplanation } from '../../lib/what-if/record-row.ts';
import { makeOrders, scoreOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;
let flagged: Explanation[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-what-if-'));
  const path = await writeOrders(folder, 'orders.csv', makeOrders(400, 3));
  model = await trainShop(path);
  const out = join(folder, 'run');
  await scoreOrders(model, path, out);
  const text = await readFile(join(out, 'explanations.jsonl'), 'utf8');
  flagged = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Explanation);
});
afterAll(() => rm(folder, { recursive: true }));

describe('explainFlag', () => {
  test('rebuilds the very row that was scored: categories, rates and missing values', () => {
    const { ensemble } = readOnnx(model.onnx);
    expect(flagged.length).toBeGreaterThan(10);
    for (const { contributions, score } of flagged) {
      const row = rowOfExplanation(model.card.fitted, contributions)!;
      expect(Math.abs(predictProbabilities(ensemble, row, 1)[0]! - score)).toBeLessThan(1e-6);
    }
  });

  test('speaks of features that have a sentence, and of nothing else', () => {
    const insights = flagged.map((explanation) => explainFlag(model, explanation, null));
    const changes = insights.flatMap(({ change }) => (change.found === 'change' ? [change] : []));
    expect(changes.length).toBeGreaterThan(0);
    for (const { changes: facts } of changes) expect(facts.map(({ column }) => column)).toEqual(['amount']);
    expect(changes[0]!.changes[0]!.words).toMatch(/^The amount is [\d.,]+; usual is /);
    expect(changes[0]!.changes[0]!.words).not.toBe(changes[0]!.changes[0]!.insteadOf);
  });

  test('says that a rule flags it whatever its score, and asks for no change below the threshold', () => {
    const [one] = flagged;
    const hit = { id: 'large', severity: 'high', words: 'It is large' } as const;
    const byRule = { ...one!, score: 0.01, threshold: 0.5, rules: [hit] };
    expect(explainFlag(model, byRule, null)).toMatchObject({
      change: { found: 'below_threshold' },
      isFlaggedByRule: true,
    });
    expect(explainFlag(model, { ...one!, rules: [] }, null).isFlaggedByRule).toBe(false);
  });

  test('says that it does not know where the stored values do not give the score again', () => {
    const [one] = flagged;
    const other = { ...one!, score: one!.score - 0.05, threshold: 0 };
    expect(explainFlag(model, other, null).change).toEqual({ found: 'not_known' });
    const infinite = one!.contributions.map((part) => ({ ...part, value: 'infinite' }));
    expect(explainFlag(model, { ...one!, contributions: infinite }, null).change).toEqual({
      found: 'not_known',
    });
  });

  test('holds values that raised the score against the entity’s own and against all records', () => {
    const compared = flagged.flatMap((explanation) => explainFlag(model, explanation, null).compared);
    const amount = compared.find(({ column }) => column === 'amount')!;
    expect(amount.median).not.toBeNull();
    expect(amount.higherThan).toBeGreaterThan(0.3);
    expect(compared.find(({ column }) => column === 'amount_vs_usual')?.usual ?? null).toBeNull();
  });
});
