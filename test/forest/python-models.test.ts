import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { createExplainer, toProbabilityContributions } from '../../lib/forest/shap/tree-shap.ts';
import { toProbability } from '../../lib/forest/tree-ensemble.ts';

/** Written by test/parity/tree-shap.py. */
interface Golden {
  readonly columns: number;
  readonly rows: readonly (readonly (number | null)[])[];
  readonly probabilities: readonly number[];
  readonly base: number;
  readonly shap: readonly (readonly number[])[];
  readonly rewrittenSha256: string;
}

const read = (file: string) =>
  gunzipSync(readFileSync(new URL(`../parity/golden/${file}.gz`, import.meta.url)));

describe.each([
  ['forest', 'identity'],
  ['gradient-boosting', 'logit'],
  ['xgboost', 'logit'],
  ['lightgbm', 'logit'],
])('a model of Python: %s', (name, link) => {
  const golden = JSON.parse(read(`${name}.json`).toString()) as Golden;
  const onnx = read(`${name}.onnx`);
  const { columns } = golden;
  const rows = golden.rows.length;
  const values = Float32Array.from(golden.rows.flat(), (value) => value ?? Number.NaN);
  const { ensemble, featureCount, hasCover } = readOnnx(onnx, name);
  const explainer = createExplainer(ensemble);

  test('is read whole', () => {
    expect({ featureCount, hasCover, link: ensemble.link }).toEqual({
      featureCount: columns,
      hasCover: true,
      link,
    });
  });

  test('scores as in Python, from its own file and from ours', async () => {
    for (const bytes of [onnx, writeOnnx(ensemble)]) {
      const scorer = await OnnxScorer.open(bytes);
      const scores = await scorer.score(values, rows);
      await scorer.close();
      scores.forEach((score, row) => {
        expect(Math.abs(score - golden.probabilities[row]!)).toBeLessThan(1e-6);
      });
    }
  });

  test('is written to the very bytes that ran in Python', () => {
    expect(createHash('sha256').update(writeOnnx(ensemble)).digest('hex')).toBe(golden.rewrittenSha256);
  });

  test('is explained as by shap.TreeExplainer to 1e-6', () => {
    expect(Math.abs(explainer.base - golden.base)).toBeLessThan(1e-6);
    const out = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      explainer.explain(values, row * columns, out, 0);
      out.forEach((contribution, f) => {
        expect(Math.abs(contribution - golden.shap[row]![f]!)).toBeLessThan(1e-6);
      });
    }
  });

  test('is explained by contributions that add up to the probability of onnxruntime to 1e-5', () => {
    const out = new Float64Array(columns);
    for (let row = 0; row < rows; row++) {
      explainer.explain(values, row * columns, out, 0);
      const inScore = toProbabilityContributions(explainer.base, out, ensemble.link);
      const total = inScore.contributions.reduce((sum, one) => sum + one, inScore.base);
      expect(Math.abs(total - golden.probabilities[row]!)).toBeLessThan(1e-5);
      const margin = out.reduce((sum, one) => sum + one, explainer.base);
      expect(Math.abs(toProbability(margin, ensemble.link) - total)).toBeLessThan(1e-12);
    }
  });
});
