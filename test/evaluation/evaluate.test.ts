import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { evaluateAtK } from '../../lib/evaluation/at-k.ts';
import { chooseThreshold } from '../../lib/evaluation/choose-threshold.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { wilsonEstimate } from '../../lib/evaluation/intervals.ts';
import { scored } from './arbitraries.ts';
import { naiveConfusion, seededUniform } from './naive.ts';

interface Golden {
  name: string;
  type: 'float32' | 'float64';
  scores: number[];
  labels: number[];
  weights: number[] | null;
  rocAuc: number;
  averagePrecision: number;
  logLoss: number;
  brier: number;
  maxF1: number;
  roc: [number[], number[]];
  threshold: number;
  confusion: Record<'tp' | 'fp' | 'tn' | 'fn', number>;
  precision: number;
  recall: number;
  f1: number;
  calibration?: { predicted: number[]; observed: number[] };
}

const goldens = JSON.parse(
  readFileSync(new URL('../parity/golden/metrics.json', import.meta.url), 'utf8'),
) as {
  metrics: Golden[];
};

describe.each(goldens.metrics)('evaluate equals scikit-learn on $name', (golden) => {
  const scores =
    golden.type === 'float32' ? Float32Array.from(golden.scores) : Float64Array.from(golden.scores);
  const labels = Uint8Array.from(golden.labels);
  const options = golden.weights === null ? {} : { weights: Float64Array.from(golden.weights) };
  // Made in each test: what is computed as the file is loaded counts for none.
  const evaluation = () => evaluate(scores, labels, golden.threshold, options);

  test('ROC-AUC, average precision, log loss, Brier', () => {
    const { rocAuc, prAuc, logLoss, brier } = evaluation();
    expect(rocAuc.value).toBeCloseTo(golden.rocAuc, 12);
    expect(prAuc.value).toBeCloseTo(golden.averagePrecision, 12);
    // float32 scores: scikit-learn computes these two in float32.
    const digits = golden.type === 'float32' ? 6 : 12;
    expect(logLoss).toBeCloseTo(golden.logLoss, digits);
    expect(brier).toBeCloseTo(golden.brier, digits);
  });

  test('confusion, precision, recall, F1 at a threshold', () => {
    const { atThreshold } = evaluation();
    for (const cell of ['tp', 'fp', 'tn', 'fn'] as const) {
      expect(atThreshold.confusion[cell]).toBeCloseTo(golden.confusion[cell], 9);
    }
    expect(atThreshold.precision.value).toBeCloseTo(golden.precision, 12);
    expect(atThreshold.recall.value).toBeCloseTo(golden.recall, 12);
    expect(atThreshold.f1).toBeCloseTo(golden.f1, 12);
  });

  test('every corner of the ROC curve', () => {
    const [fpr, tpr] = golden.roc;
    const ours = evaluation().roc.map(({ x, y }) => `${x.toFixed(9)} ${y.toFixed(9)}`);
    const corners = fpr
      .map((x, at) => [x, tpr[at]!] as const)
      .filter(([x, y], at, all) => {
        const [px, py] = all[at - 1] ?? [Number.NaN, Number.NaN];
        const [nx, ny] = all[at + 1] ?? [Number.NaN, Number.NaN];
        return !(Math.abs((x - px) * (ny - y) - (y - py) * (nx - x)) < 1e-12);
      });
    for (const [x, y] of corners) expect(ours).toContain(`${x.toFixed(9)} ${y.toFixed(9)}`);
  });
});

const unweighted = goldens.metrics.filter(({ weights }) => weights === null);

describe.each(unweighted)('unweighted, on $name', (golden) => {
  const scores =
    golden.type === 'float32' ? Float32Array.from(golden.scores) : Float64Array.from(golden.scores);
  const labels = Uint8Array.from(golden.labels);

  test('chooseThreshold reaches the highest F1 of the precision-recall curve of scikit-learn', () => {
    expect(chooseThreshold(scores, labels, { policy: 'max_f1' }).reached.f1).toBeCloseTo(golden.maxF1, 9);
  });

  test('calibration is that of calibration_curve in ten quantile bins', () => {
    const { predicted, observed } = golden.calibration!;
    const { calibration } = evaluate(scores, labels, golden.threshold);
    expect(calibration).toHaveLength(predicted.length);
    calibration.forEach((bin, at) => {
      expect(bin.predicted).toBeCloseTo(predicted[at]!, golden.type === 'float32' ? 6 : 12);
      expect(bin.observed.value).toBeCloseTo(observed[at]!, 12);
    });
  });
});

/** Noisy probabilities: many distinct scores, a twentieth positive. */
function drawScores(rows: number, seed: number) {
  const uniform = seededUniform(seed);
  const labels = Uint8Array.from({ length: rows }, () => (uniform() < 0.05 ? 1 : 0));
  return {
    labels,
    scores: Float32Array.from(labels, (label) => uniform() ** 2 * 0.6 + 0.4 * label * uniform()),
  };
}

describe('evaluate(scores, labels, threshold)', () => {
  test('counts as flagged what scores at or above the threshold', () => {
    fc.assert(
      fc.property(scored, fc.constantFrom(0, 0.1, 0.3, 0.5, 1), ({ scores, labels }, threshold) => {
        const { atThreshold } = evaluate(scores, labels, Math.fround(threshold));
        expect(atThreshold.confusion).toEqual(naiveConfusion(scores, labels, Math.fround(threshold)));
      }),
    );
  });

  test('is plain data: it survives JSON as it is', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const evaluation = evaluate(scores, labels, 0.5, {
          segments: [{ column: 'kind', values: Array.from(scores, (score) => `${score > 0.3}`) }],
        });
        expect(JSON.parse(JSON.stringify(evaluation))).toEqual(evaluation);
      }),
    );
  });

  test('keeps the threshold point on both curves and at most 200 points, however long the curves', () => {
    const { scores, labels } = drawScores(20_000, 1);
    const evaluation = evaluate(scores, labels, 0.4321);
    const { precision, recall, falsePositiveRate } = evaluation.atThreshold;
    expect(evaluation.roc.length).toBe(200);
    expect(evaluation.pr.length).toBe(200);
    const onRoc = evaluation.roc.filter((point) => point.threshold === 0.4321);
    const onPr = evaluation.pr.filter((point) => point.threshold === 0.4321);
    expect(onRoc).toEqual([{ x: falsePositiveRate.value, y: recall.value, threshold: 0.4321 }]);
    expect(onPr).toEqual([{ x: recall.value, y: precision.value, threshold: 0.4321 }]);
    expect(evaluation.roc[0]).toEqual({ x: 0, y: 0, threshold: 2 });
    expect(evaluation.roc.at(-1)).toMatchObject({ x: 1, y: 1 });
  });

  test('gives each point of a curve the threshold that reaches it', () => {
    const { scores, labels } = drawScores(2000, 6);
    const { roc, pr } = evaluate(scores, labels, 0.5);
    for (const { x, y, threshold } of roc) {
      const { tp, fp, tn, fn } = naiveConfusion(scores, labels, threshold);
      expect([fp / (fp + tn), tp / (tp + fn)]).toEqual([x, y]);
    }
    for (const { x, y, threshold } of pr.slice(1)) {
      const { tp, fp, fn } = naiveConfusion(scores, labels, threshold);
      expect([tp / (tp + fn), tp / (tp + fp)]).toEqual([x, y]);
    }
    expect(pr[0]).toEqual({ x: 0, y: labels[scores.indexOf(Math.max(...scores))], threshold: 2 });
  });

  test('thins the ROC curve by less than half a percent of its area', () => {
    const { scores, labels } = drawScores(20_000, 2);
    const { roc, rocAuc } = evaluate(scores, labels, 0.5);
    const area = roc.reduce((sum, { x, y }, at) => {
      const before = roc[at - 1] ?? { x: 0, y: 0 };
      return sum + ((x - before.x) * (y + before.y)) / 2;
    }, 0);
    expect(Math.abs(area - rocAuc.value)).toBeLessThan(0.005);
  });

  test('draws precision-recall steps whose area is the average precision', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const { pr, prAuc } = evaluate(scores, labels, 0.5);
        const area = pr.reduce((sum, { x, y }, at) => sum + (x - (pr[at - 1]?.x ?? 0)) * y, 0);
        // Points in a straight line of falling precision are thinned away: never more than a step's worth.
        expect(area).toBeLessThanOrEqual(1 + 1e-9);
        expect(pr.at(-1)!.x).toBe(1);
        if (pr.length > new Set(scores).size) expect(area).toBeCloseTo(prAuc.value, 9);
      }),
    );
  });

  test('gives precision at k for each k that there are rows for, averaged over the orders of a tie', () => {
    const scores = Float32Array.from({ length: 60 }, (_, row) => (row < 5 ? 0.9 : row < 25 ? 0.5 : 0.1));
    const labels = Uint8Array.from({ length: 60 }, (_, row) => (row < 4 || (row >= 5 && row < 10) ? 1 : 0));
    const { atK } = evaluate(scores, labels, 0.5);
    expect(atK.map(({ k }) => k)).toEqual([10, 50]);
    // 4 among the first five, then five of the twenty in the tie, of which five fit: 4 + 5 × 5/20.
    expect(atK[0]!.precision.value).toBeCloseTo(5.25 / 10, 12);
    expect(atK[0]!.recall).toBeCloseTo(5.25 / 9, 12);
    const turned = evaluate(scores.toReversed(), labels.toReversed(), 0.5).atK;
    turned.forEach((place, at) => {
      expect(place.precision.value).toBeCloseTo(atK[at]!.precision.value, 12);
    });
  });

  test('has the places that there are as many records as, and of entities the same precision', () => {
    const scores = Float32Array.from({ length: 50 }, (_, row) => (row < 5 ? 0.9 : row < 25 ? 0.5 : 0.1));
    const labels = Uint8Array.from({ length: 50 }, (_, row) => (row < 4 || (row >= 5 && row < 10) ? 1 : 0));
    const entity = { code: Int32Array.from(scores, (_, row) => row % 20), count: 20 };
    const plain = evaluate(scores, labels, 0.5).atK;
    const own = evaluate(scores, labels, 0.5, { dependence: { entity, period: null } }).atK;
    expect(plain.map(({ k }) => k)).toEqual([10, 50]);
    for (const [at, { precision, recall }] of own.entries()) {
      expect(precision.value).toBeCloseTo(plain[at]!.precision.value, 12);
      expect(precision.low).not.toBeCloseTo(plain[at]!.precision.low!, 6);
      expect(recall).toBe(plain[at]!.recall);
    }
    expect(evaluate(scores.subarray(0, 49), labels.subarray(0, 49), 0.5).atK.map(({ k }) => k)).toEqual([10]);
  });

  test('of scores without a positive finds none of them', () => {
    const groups = { scores: Float64Array.of(0.5), rows: Float64Array.of(10), positives: Float64Array.of(0) };
    const [place] = evaluateAtK({ ...groups, totalPositives: 0 }, 0.95);
    expect(place).toMatchObject({ k: 10, recall: 0, precision: { value: 0 } });
  });

  test('weighs what is flagged, and by how many records its precision stands', () => {
    const scores = Float64Array.of(0.9, 0.8, 0.7, 0.2, 0.1);
    const labels = Uint8Array.of(1, 0, 1, 1, 0);
    const weights = Float64Array.of(1, 3, 2, 1, 3);
    const { atThreshold } = evaluate(scores, labels, 0.5, { weights });
    expect(atThreshold.confusion).toEqual({ tp: 3, fp: 3, tn: 3, fn: 1 });
    expect(atThreshold.flaggedShare).toBeCloseTo(0.6, 12);
    expect(atThreshold.f1).toBeCloseTo(6 / 10, 12);
    // Kish: six records' weights in three records are worth 36 / 14 of them.
    expect(atThreshold.precision).toEqual(wilsonEstimate(0.5, 36 / 14, 0.95));
  });

  test('puts every record into one calibration bin and one histogram bin', () => {
    fc.assert(
      fc.property(scored, ({ scores, labels }) => {
        const { calibration, scores: histogram, positives, rows } = evaluate(scores, labels, 0.5);
        expect(calibration.length).toBeLessThanOrEqual(10);
        expect(calibration.reduce((sum, { count }) => sum + count, 0)).toBe(rows);
        expect(histogram.negatives.reduce((a, b) => a + b, 0)).toBe(rows - positives);
        expect(histogram.positives.reduce((a, b) => a + b, 0)).toBe(positives);
      }),
    );
  });

  test('has no calibration error where scores are the shares of positives', () => {
    const scores = Float64Array.from({ length: 100 }, (_, row) => (row < 50 ? 0.2 : 0.8));
    const labels = Uint8Array.from({ length: 100 }, (_, row) => (row % 5 < (row < 50 ? 1 : 4) ? 1 : 0));
    expect(evaluate(scores, labels, 0.5).calibrationError).toBeCloseTo(0, 12);
    expect(
      evaluate(
        scores.map((score) => score - 0.1),
        labels,
        0.5,
      ).calibrationError,
    ).toBeCloseTo(0.1, 12);
  });

  test('with equal weights of any size says what it says without', () => {
    const { scores, labels } = drawScores(500, 3);
    const plain = evaluate(scores, labels, 0.3);
    const weighted = evaluate(scores, labels, 0.3, { weights: new Float64Array(500).fill(4) });
    expect(weighted.atThreshold.precision.low).toBeCloseTo(plain.atThreshold.precision.low!, 12);
    expect(weighted.atThreshold.recall.high).toBeCloseTo(plain.atThreshold.recall.high!, 12);
    expect(weighted.prAuc.low).toBeCloseTo(plain.prAuc.low!, 12);
    expect(weighted.calibration[9]!.observed.low).toBeCloseTo(plain.calibration[9]!.observed.low!, 12);
    expect(weighted.atK).toEqual(plain.atK);
  });

  test('widens every interval with the confidence', () => {
    const { scores, labels } = drawScores(500, 4);
    const at = (confidence: number) => evaluate(scores, labels, 0.3, { confidence });
    for (const pick of [
      (e: ReturnType<typeof at>) => e.rocAuc,
      (e: ReturnType<typeof at>) => e.prAuc,
      (e: ReturnType<typeof at>) => e.atThreshold.falsePositiveRate,
      (e: ReturnType<typeof at>) => e.atK[0]!.precision,
    ]) {
      expect(pick(at(0.99)).low!).toBeLessThan(pick(at(0.9)).low!);
      expect(pick(at(0.99)).high!).toBeGreaterThan(pick(at(0.9)).high!);
    }
  });

  test('where nothing is flagged, has a precision of 0 without bounds', () => {
    const { atThreshold, roc } = evaluate(Float32Array.of(0.1, 0.2), Uint8Array.of(0, 1), 0.5);
    expect(atThreshold.precision).toEqual({ value: 0, low: null, high: null });
    expect(atThreshold.f1).toBe(0);
    expect(roc[0]).toEqual({ x: 0, y: 0, threshold: 0.5 });
  });

  test('refuses labels of one class, naming the counts', () => {
    const attempt = () => evaluate(Float32Array.of(0.1, 0.2, 0.3), Uint8Array.of(0, 0, 0), 0.5);
    expect(attempt).toThrow(InputError);
    expect(attempt).toThrow('found 0 positives among 3 records');
  });

  test.each([Number.NaN, -0.01, 1.01])('refuses the score %f, naming the record', (score) => {
    const attempt = () => evaluate(Float64Array.of(0.1, score), Uint8Array.of(0, 1), 0.5);
    expect(attempt).toThrow(`The score of record 2 is ${score}; expected a probability from 0 to 1.`);
  });

  test('refuses columns of different lengths and weights that are not positive', () => {
    const scores = Float64Array.of(0.1, 0.2);
    expect(() => evaluate(scores, Uint8Array.of(1), 0.5)).toThrow('2 scores, 1 labels');
    const weights = Float64Array.of(1, 0);
    expect(() => evaluate(scores, Uint8Array.of(0, 1), 0.5, { weights })).toThrow('weight of record 2 is 0');
  });
});

describe('segments of evaluate', () => {
  const { scores, labels } = drawScores(1000, 5);

  test('are the evaluations of their records alone', () => {
    const values = Array.from(labels, (_, row) => (row % 3 === 0 ? 'wire' : 'card'));
    const { segments } = evaluate(scores, labels, 0.3, { segments: [{ column: 'type', values }] });
    const rows = [...labels.keys()].filter((row) => row % 3 === 0);
    const alone = evaluate(
      Float32Array.from(rows, (row) => scores[row]!),
      Uint8Array.from(rows, (row) => labels[row]!),
      0.3,
    );
    expect(segments.map(({ value }) => value)).toEqual(['card', 'wire']);
    expect(segments[1]).toEqual({
      column: 'type',
      value: 'wire',
      rows: rows.length,
      positives: alone.positives,
      rocAuc: alone.rocAuc,
      prAuc: alone.prAuc,
      precision: alone.atThreshold.precision,
      recall: alone.atThreshold.recall,
      flaggedShare: alone.atThreshold.flaggedShare,
    });
  });

  test('with under 20 records or without positives have counts but no estimates', () => {
    const few = new Set([...labels.keys()].filter((row) => labels[row] === 1).slice(0, 19));
    const values = Array.from(labels, (label, row) => (few.has(row) ? 'few' : label === 1 ? 'rest' : 'none'));
    const { segments } = evaluate(scores, labels, 0.3, { segments: [{ column: 'c', values }] });
    const none = { rocAuc: null, prAuc: null, precision: null, recall: null };
    expect(segments.find(({ value }) => value === 'few')).toMatchObject({ rows: 19, positives: 19, ...none });
    expect(segments.find(({ value }) => value === 'none')).toMatchObject({ positives: 0, ...none });
  });

  test('all positive have no ROC-AUC; with nothing flagged they have no precision', () => {
    const values = Array.from(labels, (label) => (label === 1 ? 'all' : 'none'));
    const { segments } = evaluate(scores, labels, 0.999, { segments: [{ column: 'c', values }] });
    const all = segments.find(({ value }) => value === 'all')!;
    expect(all.rocAuc).toBeNull();
    expect(all.precision).toBeNull();
    expect(all.recall?.value).toBe(0);
  });

  test('have the intervals of entities where records have them, and the weights of their own', () => {
    const values = Array.from(labels, (_, row) => (row % 3 === 0 ? 'wire' : 'card'));
    const rows = [...labels.keys()].filter((row) => row % 3 === 0);
    const entityOf = (row: number) => row % 60;
    const weightOf = (row: number) => 1 + (row % 4);
    const evaluated = evaluate(scores, labels, 0.3, {
      segments: [{ column: 'type', values }],
      dependence: {
        entity: { code: Int32Array.from(labels, (_, row) => entityOf(row)), count: 60 },
        period: null,
      },
      weights: Float64Array.from(labels, (_, row) => weightOf(row)),
    });
    const alone = evaluate(
      Float32Array.from(rows, (row) => scores[row]!),
      Uint8Array.from(rows, (row) => labels[row]!),
      0.3,
      {
        dependence: { entity: { code: Int32Array.from(rows, entityOf), count: 60 }, period: null },
        weights: Float64Array.from(rows, weightOf),
      },
    );
    expect(evaluated.segments[1]).toMatchObject({
      ...{ value: 'wire', rocAuc: alone.rocAuc, prAuc: alone.prAuc },
      ...{ precision: alone.atThreshold.precision, recall: alone.atThreshold.recall },
    });
    const plain = evaluate(scores, labels, 0.3).atThreshold.recall;
    expect(evaluated.atThreshold.recall.low).not.toBeCloseTo(plain.low!, 6);
  });

  test('with twenty records have estimates; values of one size come in order of their text', () => {
    const positive = labels.indexOf(1);
    const first = [positive, ...[...labels.keys()].filter((row) => labels[row] === 0).slice(0, 19)];
    const values = Array.from(labels, (_, row) =>
      first.includes(row) ? 'twenty' : row % 2 === 0 ? 'b' : 'a',
    );
    const { segments } = evaluate(scores, labels, 0.3, { segments: [{ column: 'c', values }] });
    expect(segments.find(({ value }) => value === 'twenty')!.recall).not.toBeNull();
    const three = Array.from(labels, (_, row) => (row < 999 ? ['c', 'a', 'b'][row % 3]! : 'd'));
    const own = evaluate(scores, labels, 0.3, { segments: [{ column: 'c', values: three }] }).segments;
    expect(own.map(({ value, rows }) => [value, rows])).toEqual([
      ['a', 333],
      ['b', 333],
      ['c', 333],
      ['d', 1],
    ]);
  });

  test('are at most the 25 largest values of a column', () => {
    const values = Array.from(labels, (_, row) => (row % 2 === 0 ? 'zeta' : `v${row % 101}`));
    const { segments } = evaluate(scores, labels, 0.3, { segments: [{ column: 'c', values }] });
    expect(segments).toHaveLength(25);
    expect(segments[0]!.value).toBe('zeta');
  });
});
