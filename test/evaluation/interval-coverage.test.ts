/** Simulations: how often intervals hold the truth. They take the longest, so mutants are not tried against them. */
import { expect, test } from 'vitest';
import { averagePrecision, estimateAveragePrecision } from '../../lib/evaluation/average-precision.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { estimateRocAuc } from '../../lib/evaluation/roc-auc.ts';
import { groupScores } from '../../lib/evaluation/score-groups.ts';
import { Random } from '../../samples/generators/random.ts';
import { drawClustered } from '../bench/clustered-records.ts';
import { dependenceOf, kind } from './clustered.ts';
import { drawNormals, seededUniform } from './naive.ts';

test('intervals of an area cover the true one about as often as they say', () => {
  const uniform = seededUniform(11);
  // The area of two normals one apart is Φ(1/√2).
  const truth = 0.7602499;
  let covered = 0;
  for (let trial = 0; trial < 600; trial++) {
    const { scores, labels } = drawNormals(300, 40, 1, uniform);
    const { low, high } = estimateRocAuc(groupScores(scores, labels), 0.95);
    if (low! <= truth && truth <= high!) covered++;
  }
  expect(covered / 600).toBeGreaterThan(0.925);
  expect(covered / 600).toBeLessThan(0.975);
});

test('intervals of average precision cover the true one at least about as often as they say', () => {
  const uniform = seededUniform(29);
  const large = drawNormals(400_000, 20_000, 1.5, uniform);
  const truth = averagePrecision(large.scores, large.labels);
  let covered = 0;
  for (let trial = 0; trial < 400; trial++) {
    const { scores, labels } = drawNormals(1000, 50, 1.5, uniform);
    const { low, high } = estimateAveragePrecision(groupScores(scores, labels), 0.95);
    if (low! <= truth && truth <= high!) covered++;
  }
  expect(covered / 400).toBeGreaterThan(0.925);
});

test('intervals over entities cover the truth in nine of ten draws at least, where those of independent records do in fewer than eight', () => {
  const large = drawClustered(new Random(9_999, 0), { ...kind, entities: 40_000 });
  const truth = evaluate(large.champion, large.labels, 0.4);
  const covered = [0, 0];
  for (let seed = 1; seed <= 100; seed++) {
    const drawn = drawClustered(new Random(seed, 1), kind);
    const options = [{ dependence: dependenceOf(drawn) }, {}];
    for (const [place, option] of options.entries()) {
      const { low, high } = evaluate(drawn.champion, drawn.labels, 0.4, option).prAuc;
      if (low! <= truth.prAuc.value && truth.prAuc.value <= high!) covered[place]!++;
    }
  }
  expect(covered[0]).toBeGreaterThanOrEqual(90);
  expect(covered[1]).toBeLessThan(80);
});
