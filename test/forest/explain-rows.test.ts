import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { ExplainerPool } from '../../lib/forest/shap/explain-rows.ts';
import { createExplainer } from '../../lib/forest/shap/tree-shap.ts';
import { randomEnsemble, randomRows } from './random-ensemble.ts';

const FEATURES = 9;
const ROWS = 500;
const ensemble = randomEnsemble({
  seed: 11,
  features: FEATURES,
  trees: 20,
  depth: 8,
  link: 'logit',
  zeroCovers: true,
});
const values = randomRows(11, ROWS, FEATURES);
/** Threads start with the first block. */
const atOnce = { workOfStart: 0 };

function explainAlone(): Float64Array {
  const explainer = createExplainer(ensemble);
  const out = new Float64Array(ROWS * FEATURES);
  for (let row = 0; row < ROWS; row++) explainer.explain(values, row * FEATURES, out, row * FEATURES);
  return out;
}

describe('ExplainerPool', () => {
  test.each([1, 2, 3])('gives the same bits with %i threads, block after block', async (threads) => {
    const pool = await ExplainerPool.open(ensemble, threads, atOnce);
    try {
      const expected = explainAlone();
      const shares: number[] = [];
      expect(await pool.explain(values, ROWS, (share) => shares.push(share))).toEqual(expected);
      expect(shares).toEqual(shares.toSorted((a, b) => a - b));
      expect(shares.at(-1)).toBe(1);
      const [first, few] = await Promise.all([pool.explain(values, ROWS), pool.explain(values, 3)]);
      expect(first).toEqual(expected);
      expect(few).toEqual(expected.slice(0, 3 * FEATURES));
      expect(await pool.explain(new Float32Array(0), 0)).toEqual(new Float64Array(0));
      expect(values).toHaveLength(ROWS * FEATURES);
    } finally {
      await pool.close();
    }
  });

  test('starts no thread before as much was asked as a start costs, over all blocks', async () => {
    const answers = vi.spyOn(Worker.prototype, 'postMessage');
    onTestFinished(() => answers.mockRestore());
    const workOfStart = (ensemble.feature.length * ROWS) / 1.5;
    const pool = await ExplainerPool.open(ensemble, 2, { workOfStart });
    const expected = explainAlone();
    expect(await pool.explain(values, ROWS)).toEqual(expected);
    expect(answers).not.toHaveBeenCalled();
    expect(await pool.explain(values, ROWS)).toEqual(expected);
    expect(answers).toHaveBeenCalled();
    await pool.close();
  });

  test('says where its explanations start and in which unit', async () => {
    const pool = await ExplainerPool.open(ensemble, 2);
    expect(pool.base).toBe(createExplainer(ensemble).base);
    expect(pool.link).toBe('logit');
    await pool.close();
  });

  test('rejects what was asked of it when it is closed meanwhile', async () => {
    const pool = await ExplainerPool.open(ensemble, 2, atOnce);
    const explained = pool.explain(values, ROWS);
    const outcome = expect(explained).rejects.toThrow('A thread that explains rows ended');
    await pool.close();
    await outcome;
  });
});
