import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Acceptance } from '../../lib/domain/pack.ts';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { findShortage } from '../../lib/models/acceptance.ts';
import { type GateInput, runGate } from '../../lib/models/gate.ts';
import { flagVolume, rankedPrecision, rankRows, recallOf } from '../../lib/models/gate-ranking.ts';
import { Random } from '../../lib/samples/random.ts';

const acceptance: Acceptance = {
  minLabels: 200,
  minPositives: 20,
  maxSegmentLoss: 0.05,
  recallFloor: null,
  metric: 'pr_auc',
};
const rows = 3000;

/** Scores of two models that see the same thing with noise of their own. */
function planted(
  seed: number,
  noise: { champion: number; challenger: number },
  changes: Partial<GateInput> = {},
) {
  const random = new Random(seed, 0);
  const labels = Uint8Array.from({ length: rows }, () => (random.chance(0.06) ? 1 : 0));
  const kind = Array.from(labels, () => random.pick(['card', 'cash', 'wire']));
  const seen = Float64Array.from(labels, (label) => 1.6 * label + random.normal());
  const score = (own: number) =>
    Float32Array.from(seen, (value) => 1 / (1 + Math.exp(2.5 - value - own * random.normal())));
  const champion = { version: 'm0', scores: score(noise.champion), threshold: 0.5 };
  const challenger = { version: 'm1', scores: score(noise.challenger), threshold: 0.4 };
  const input: GateInput = {
    champion,
    challenger,
    labels,
    entity: Array.from(labels, (_, row) => `a${Math.floor(row / 3)}`),
    segments: [{ column: 'kind', values: kind }],
    dataset: { labelled: 9000, positives: 500 },
    acceptance,
    seed: 1,
    ...changes,
  };
  return input;
}
const failed = (input: GateInput) => runGate(input).criteria.filter(({ passed }) => !passed);

describe('the gate', () => {
  test('lets a better model through, and says by how much, with an interval', () => {
    const result = runGate(planted(1, { champion: 1.5, challenger: 0 }));
    expect(result.passed).toBe(true);
    const overall = result.criteria.find(({ id }) => id === 'overall')!;
    expect(overall.difference!.low).toBeGreaterThan(0);
    expect(overall.sentence).toMatch(
      /^PR-AUC is 0\.\d{3}, that of the present model 0\.\d{3}: a difference of \+0\.\d{3} \[\+0\.\d{3}, \+0\.\d{3}\]; it is better, and that is not chance\.$/,
    );
    expect(result.segments.map(({ value }) => value).sort()).toEqual(['card', 'cash', 'wire']);
  });

  test('lets none through that is shown to be worse', () => {
    const [overall] = failed(planted(2, { champion: 0, challenger: 1.5 }));
    expect(overall).toMatchObject({ id: 'overall', passed: false });
    expect(overall!.difference!.high).toBeLessThan(0);
  });

  test('lets one through that cannot be told apart from the champion', () => {
    const input = planted(3, { champion: 0.3, challenger: 0.3 });
    const overall = runGate(input).criteria.find(({ id }) => id === 'overall')!;
    expect(overall.passed).toBe(true);
    expect(overall.difference!.low! < 0 && overall.difference!.high! > 0).toBe(true);
    expect(overall.sentence).toContain('the two cannot be told apart');
  });

  test('lets none through that is far below, even where there is too little data to show it', () => {
    const input = planted(20, { champion: 0, challenger: 1 });
    const few = Array.from({ length: 300 }, (_, row) => row);
    const cut = (scores: Float32Array) => Float32Array.from(few, (row) => scores[row]!);
    const short = {
      ...input,
      champion: { ...input.champion!, scores: cut(input.champion!.scores) },
      challenger: { ...input.challenger, scores: cut(input.challenger.scores) },
      labels: input.labels.slice(0, 300),
      entity: input.entity.slice(0, 300),
      segments: [],
    };
    const [overall] = failed(short);
    expect(overall!.difference!.high).toBeGreaterThan(0);
    expect(overall!.sentence).toContain('it is lower by more than 0.05');
  });

  test('stops a model that is better on the whole and worse in a segment', () => {
    const input = planted(5, { champion: 0.8, challenger: 0 });
    const kind = input.segments[0]!.values;
    const random = new Random(9, 0);
    const scores = input.challenger.scores.map((score, row) =>
      kind[row] === 'wire' ? random.uniform() * 0.01 : score,
    );
    const result = runGate({ ...input, challenger: { ...input.challenger, scores } });
    const segments = result.criteria.find(({ id }) => id === 'segments')!;
    expect(segments.passed).toBe(false);
    expect(segments.sentence).toMatch(
      /^1 of 3 segments are worse .*: kind wire \(−0\.\d{3} \[−0\.\d{3}, −0\.\d{3}\]\)\./,
    );
    expect(result.passed).toBe(false);
  });

  test('judges no segment with fewer than ten records of a kind, and says how many there are', () => {
    const input = planted(6, { champion: 0, challenger: 0 });
    const values = input.segments[0]!.values.map((_, row) => (row < 5 ? 'rare' : 'usual'));
    const result = runGate({ ...input, segments: [{ column: 'kind', values }] });
    expect(result.segments.map(({ value }) => value)).toEqual(['usual']);
    expect(result.segmentsNotJudged).toBe(1);
  });

  test('asks for labels, for positives, and for a held-out part that can tell anything', () => {
    expect(
      failed(planted(7, { champion: 1, challenger: 0 }, { dataset: { labelled: 199, positives: 19 } })),
    ).toMatchObject([
      { id: 'labels', sentence: '199 labelled records; at least 200 are asked for.' },
      { id: 'positives', sentence: '19 of them positive; at least 20 are asked for.' },
    ]);
    const input = planted(7, { champion: 1, challenger: 0 });
    let left = 9;
    const labels = input.labels.map((label) => (label === 1 && left-- > 0 ? 1 : 0));
    expect(failed({ ...input, labels }).map(({ id }) => id)).toEqual(['held_out']);
  });

  test('asks for a recall at the threshold where the pack does', () => {
    const input = planted(8, { champion: 1, challenger: 0 });
    const [low] = failed({ ...input, acceptance: { ...acceptance, recallFloor: 0.9 } });
    expect(low).toMatchObject({ id: 'recall_floor', limit: 0.9 });
    expect(low!.challenger!.high).toBeLessThan(0.9);
    expect(failed({ ...input, acceptance: { ...acceptance, recallFloor: 0.1 } })).toEqual([]);
  });

  test('compares recall at as many flags as the champion raises: a low threshold wins nothing', () => {
    const input = planted(
      9,
      { champion: 0, challenger: 1.5 },
      { acceptance: { ...acceptance, metric: 'recall' } },
    );
    const all = { ...input, challenger: { ...input.challenger, threshold: 0 } };
    expect(failed(all).map(({ id }) => id)).toContain('overall');
    expect(runGate(all).criteria).toEqual(runGate(input).criteria);
  });

  test('has nothing to compare a first model with', () => {
    const result = runGate(planted(10, { champion: 1, challenger: 0 }, { champion: null }));
    expect(result.criteria.map(({ id }) => id)).toEqual(['labels', 'positives', 'held_out']);
    expect(result).toMatchObject({ passed: true, champion: null });
  });

  test('says the same again, and the same where every record weighs 2', () => {
    const input = planted(11, { champion: 0.5, challenger: 0.4 });
    const once = runGate(input);
    expect(runGate(input)).toEqual(once);
    const twice = runGate({ ...input, weights: new Float64Array(rows).fill(2) });
    expect(twice.criteria.map(({ difference }) => difference)).toEqual(
      once.criteria.map(({ difference }) => difference),
    );
  });

  test('a model compared with itself differs by exactly nothing', () => {
    const input = planted(12, { champion: 1, challenger: 0 });
    const overall = runGate({ ...input, challenger: { ...input.champion!, version: 'm1' } }).criteria.find(
      ({ id }) => id === 'overall',
    )!;
    expect(overall.difference).toEqual({ value: 0, low: 0, high: 0 });
    expect(overall.passed).toBe(true);
  });

  test('does not take chance for a loss: of 40 equal pairs at most 4 are turned down as worse', () => {
    let worse = 0;
    for (let seed = 100; seed < 140; seed++) {
      const result = runGate(planted(seed, { champion: 0.4, challenger: 0.4 }, { segments: [] }));
      if (result.criteria.some(({ difference }) => difference !== null && difference.high! < 0)) worse++;
    }
    expect(worse).toBeLessThanOrEqual(4);
  });
});

describe('a ranking', () => {
  const records = fc.array(
    fc.record({
      score: fc.constantFrom(0.1, 0.2, 0.3, 0.4, 0.5),
      label: fc.constantFrom(0, 1),
      weight: fc.constantFrom(0, 1, 2, 3.5),
    }),
    { minLength: 1, maxLength: 30 },
  );

  test('gives the average precision of its records, those of no weight left out', () => {
    fc.assert(
      fc.property(records, (all) => {
        const scores = Float32Array.from(all, ({ score }) => score);
        const labels = Uint8Array.from(all, ({ label }) => label);
        const weights = Float64Array.from(all, ({ weight }) => weight);
        fc.pre(all.some(({ label, weight }) => label === 1 && weight > 0));
        const kept = all.filter(({ weight }) => weight > 0);
        const naive = averagePrecision(
          Float32Array.from(kept, ({ score }) => score),
          Uint8Array.from(kept, ({ label }) => label),
          Float64Array.from(kept, ({ weight }) => weight),
        );
        expect(rankedPrecision(rankRows(scores), labels, weights)).toBeCloseTo(naive, 10);
        const some = [...all.keys()].filter((row) => all[row]!.weight > 0);
        expect(rankedPrecision(rankRows(scores, some), labels, weights)).toBeCloseTo(naive, 10);
      }),
    );
  });

  test('flags the highest scores up to a volume, equal scores alike', () => {
    const ranking = rankRows(Float32Array.of(0.5, 0.9, 0.5, 0.1));
    const weights = Float64Array.of(1, 1, 1, 1);
    expect([...flagVolume(ranking, weights, 2)]).toEqual([0.5, 1, 0.5, 0]);
    expect([...flagVolume(ranking, weights, 0)]).toEqual([0, 0, 0, 0]);
    expect([...flagVolume(ranking, weights, 9)]).toEqual([1, 1, 1, 1]);
    const recall = recallOf(
      Float64Array.of(0.5, 1, 0.5, 0),
      Uint32Array.of(0, 1, 3),
      Uint8Array.of(1, 1, 0, 1),
      weights,
    );
    expect(recall).toBeCloseTo(0.5, 12);
  });
});

describe('a dataset is turned down before anything is trained', () => {
  test.each([
    [
      { labelled: 0, positives: 0 },
      'too_few_labels',
      '0 labelled records; at least 200 are asked for. 0 of them positive; at least 20 are asked for.',
    ],
    [
      { labelled: 5000, positives: 0 },
      'one_class_only',
      'all 5,000 labels are negative; a model needs records of both kinds',
    ],
    [
      { labelled: 50, positives: 50 },
      'one_class_only',
      'all 50 labels are positive; a model needs records of both kinds',
    ],
    [{ labelled: 5000, positives: 19 }, 'too_few_labels', '19 of them positive; at least 20 are asked for.'],
  ] as const)('%j: %s', (counts, outcome, reason) => {
    expect(findShortage(acceptance, counts)).toEqual({ outcome, reason });
  });

  test('one with enough of both is not', () => {
    expect(findShortage(acceptance, { labelled: 200, positives: 20 })).toBeNull();
  });
});
