import { describe, expect, test } from 'vitest';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import type { Acceptance } from '../../lib/packs/pack.ts';
import { findShortage, judgeLabels, outcomeOf } from '../../lib/registry/acceptance.ts';
import { flagVolume } from '../../lib/registry/flag-volume.ts';
import { runGate } from '../../lib/registry/gate.ts';
import type { GateInput } from '../../lib/registry/gate-input.ts';
import { judgeNonInferiority } from '../../lib/registry/non-inferiority.ts';
import { Random } from '../../samples/generators/random.ts';
import { eachAlone } from '../helpers/each-alone.ts';

const acceptance: Acceptance = {
  minLabels: 200,
  minPositives: 20,
  maxLoss: 0.05,
  maxRecallLoss: 0.1,
  maxFlagGrowth: 1.5,
  maxSegmentLoss: 0.05,
  recallFloor: null,
  metric: 'pr_auc',
};
const rows = 3000;
/** What noise of 0.7 costs in PR-AUC, on 300,000 records of the same kind. */
const LOSS_OF_NOISE = 0.112;

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
    ...changes,
  };
  return input;
}
/** Only the first of them. */
function firstRows(input: GateInput, wanted: number): GateInput {
  const cut = <T extends { scores: Float32Array }>(side: T): T => ({
    ...side,
    scores: side.scores.slice(0, wanted),
  });
  return {
    ...input,
    champion: input.champion && cut(input.champion),
    challenger: cut(input.challenger),
    labels: input.labels.slice(0, wanted),
    entity: input.entity.slice(0, wanted),
    segments: [],
  };
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

  test('lets one through that is shown to be no worse by the margin, though no one can say that it is better', () => {
    const input = planted(3, { champion: 0.3, challenger: 0.3 });
    const overall = runGate(input).criteria.find(({ id }) => id === 'overall')!;
    expect(overall).toMatchObject({ outcome: 'passed', limit: 0.05, positivesNeeded: null });
    expect(overall.difference!.low! < 0 && overall.difference!.high! > 0).toBe(true);
    expect(overall.difference!.low).toBeGreaterThan(-0.05);
    expect(overall.sentence).toContain('it is shown to be no worse by 0.05');
  });

  test('a wide interval is no pass: too few positives are an outcome of their own, with the number needed', () => {
    const few = firstRows(planted(4, { champion: 0.3, challenger: 0.3 }), 500);
    const result = runGate(few);
    expect(result).toMatchObject({ passed: false, outcome: 'not_enough_data' });
    const overall = result.criteria.find(({ id }) => id === 'overall')!;
    expect(overall.outcome).toBe('not_enough_data');
    expect(overall.difference!.low).toBeLessThan(-0.05);
    expect(overall.difference!.value).toBeGreaterThan(-0.05);
    const positives = few.labels.reduce((sum, label) => sum + label, 0);
    expect(overall.positivesNeeded).toBeGreaterThan(positives);
    expect(overall.sentence).toMatch(
      new RegExp(
        `cannot be distinguished from ${positives} positives; about [\\d,]+ held-out positives would show it`,
      ),
    );
    expect(result.positivesNeeded).toBe(
      Math.max(...result.criteria.map(({ positivesNeeded }) => positivesNeeded ?? 0)),
    );
  });

  test('a failed criterion outweighs one that has not enough data', () => {
    const few = firstRows(planted(4, { champion: 0.3, challenger: 0.3 }), 500);
    const result = runGate({ ...few, challenger: { ...few.challenger, threshold: 0 } });
    expect(result).toMatchObject({ outcome: 'failed', positivesNeeded: null });
  });

  test('lets none through that is far below, where there is too little data to show either', () => {
    const [overall] = failed(firstRows(planted(20, { champion: 0, challenger: 1 }), 300));
    expect(overall).toMatchObject({ id: 'overall', outcome: 'not_enough_data' });
    expect(overall!.difference!.value).toBeLessThan(-0.05);
    expect(overall!.difference!.high).toBeGreaterThan(0);
  });

  test.each([
    [-0.02, 0.0175, 'failed', null],
    [-0.02, 0.025, 'not_enough_data', 1],
    [-0.04, 0.025, 'not_enough_data', 1],
    [-0.06, 0.025, 'failed', null],
    [-0.02, 0.01, 'passed', null],
  ] as const)('a difference of %d ± %d, by a margin of 0.05: %s', (value, error, outcome, moreNeeded) => {
    // A thousand entities that each move the figure alike.
    const entities = 1000;
    const influence = Float64Array.from(
      { length: entities },
      (_, row) => ((row % 2) * 2 - 1) * (error / Math.sqrt(entities)),
    );
    const judged = judgeNonInferiority(
      {
        champion: { value: 0.5, influence: new Float64Array(entities) },
        challenger: { value: 0.5 + value, influence },
        clusters: eachAlone(entities),
        positiveEntities: 1e6,
        isSame: false,
      },
      0.05,
    );
    expect(judged.outcome).toBe(outcome);
    expect(judged.difference.low).toBeCloseTo(value - 1.96 * error, 3);
    if (moreNeeded === null) expect(judged.moreNeeded).toBeNull();
    else expect(judged.moreNeeded).toBeCloseTo(((1.96 + 0.8416) * (error / 0.05)) ** 2, 1);
  });

  test('a margin of 1 asks for nothing, however wide the interval', () => {
    const pair = {
      champion: { value: 0.9, influence: new Float64Array(4) },
      challenger: { value: 0.1, influence: Float64Array.of(-1, 1, -1, 1) },
      clusters: eachAlone(4),
      positiveEntities: 4,
      isSame: false,
    };
    expect(judgeNonInferiority(pair, 1)).toMatchObject({
      outcome: 'passed',
      difference: { low: -1, high: 1 },
    });
    expect(judgeNonInferiority(pair, 0.99).outcome).toBe('not_enough_data');
  });

  test('nine positives on which two models agree leave open what one more could move', () => {
    const none = { value: 0.5, influence: new Float64Array(9) };
    const pair = {
      champion: none,
      challenger: none,
      clusters: eachAlone(9),
      positiveEntities: 9,
      isSame: false,
    };
    // A tenth moves a tenth; of two entities at three degrees of freedom, √2 and Student's 3.18.
    expect(judgeNonInferiority(pair, 0.05).difference.low).toBeCloseTo(-0.1 * Math.SQRT2 * 3.18, 2);
  });

  test('positives that both models rank first prove little where they are few', () => {
    const input = planted(21, { champion: 0, challenger: 0 });
    const few = firstRows(input, 300);
    const perfect = (own: number) =>
      Float32Array.from(few.labels, (label, row) => label * 0.5 + (own * ((row * 7) % 300)) / 1000);
    const result = runGate({
      ...few,
      champion: { ...few.champion!, scores: perfect(1) },
      challenger: { ...few.challenger, scores: perfect(0.9) },
    });
    const overall = result.criteria.find(({ id }) => id === 'overall')!;
    expect(overall.difference!.value).toBe(0);
    expect(overall.outcome).toBe('not_enough_data');
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

  test('asks for labels, for positives, and for a held-out part that can show anything', () => {
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

  test('compares recall at as many flags as the champion raises at its own threshold: a low threshold wins nothing', () => {
    const input = planted(
      9,
      { champion: 0, challenger: 1.5 },
      { acceptance: { ...acceptance, metric: 'recall' } },
    );
    const all = { ...input, challenger: { ...input.challenger, threshold: 0 } };
    const overall = (given: GateInput) => runGate(given).criteria.find(({ id }) => id === 'overall')!;
    expect(overall(all).outcome).toBe('failed');
    expect(overall(all)).toEqual(overall(input));
    const { scores, threshold } = input.champion!;
    const positives = [...input.labels.keys()].filter((row) => input.labels[row] === 1);
    const found = positives.filter((row) => scores[row]! >= threshold).length;
    expect(overall(input).champion!.value).toBeCloseTo(found / positives.length, 12);
  });

  describe('at the thresholds', () => {
    const input = planted(8, { champion: 0.3, challenger: 0.3 });
    const at = (threshold: number, changes: Partial<GateInput> = {}) =>
      runGate({ ...input, challenger: { ...input.challenger, threshold }, ...changes });
    const outcomes = (result: ReturnType<typeof runGate>) =>
      Object.fromEntries(result.criteria.map(({ id, outcome }) => [id, outcome]));

    test('a like one passes', () => {
      expect(at(0.5).passed).toBe(true);
    });

    test.each([
      [0, 'flag_volume'],
      [0.001, 'flag_volume'],
      [0.15, 'flag_volume'],
      [0.95, 'recall'],
      [1, 'recall'],
      [1, 'flag_volume'],
    ] as const)('a challenger with threshold %d is stopped by %s', (threshold, id) => {
      const result = at(threshold);
      expect(result.outcome).toBe('failed');
      expect(outcomes(result)[id]).toBe('failed');
      expect(outcomes(result).overall).toBe('passed');
    });

    test.each([0, 0.001, 0.05, 0.99, 1])('so is a first model with threshold %d', (threshold) => {
      const result = at(threshold, { champion: null });
      expect(result.outcome).not.toBe('passed');
    });

    test('a first model that finds some and flags few is let through', () => {
      expect(at(0.4, { champion: null }).passed).toBe(true);
    });

    test('two that flag nothing are not alike good', () => {
      const result = at(1, { champion: { ...input.champion!, threshold: 1 } });
      expect(outcomes(result).flag_volume).toBe('failed');
    });

    test('the champion is measured at its own, not at the challenger’s', () => {
      const { scores, threshold } = input.champion!;
      const share = scores.filter((score) => score >= threshold).length / scores.length;
      const positives = [...input.labels.keys()].filter((row) => input.labels[row] === 1);
      const found = positives.filter((row) => scores[row]! >= threshold).length / positives.length;
      const { criteria } = at(0.3);
      expect(criteria.find(({ id }) => id === 'flag_volume')!.champion!.value).toBeCloseTo(share, 12);
      const recall = criteria.find(({ id }) => id === 'recall')!;
      expect(recall.champion!.value).toBeCloseTo(found, 12);
      expect(recall.sentence).toContain(`the present model at its own ${(found * 100).toFixed(1)}%`);
    });

    test('the pack says how much recall may be lost, and how many more flags there may be', () => {
      const lenient = { ...acceptance, maxRecallLoss: 1, maxFlagGrowth: 1000 };
      expect(outcomes(at(0.95, { acceptance: lenient })).recall).toBe('passed');
      expect(outcomes(at(0, { acceptance: lenient })).flag_volume).toBe('passed');
    });
  });

  test('has nothing to compare a first model with', () => {
    const result = runGate(planted(10, { champion: 1, challenger: 0 }, { champion: null }));
    expect(result.criteria.map(({ id }) => id)).toEqual([
      'labels',
      'positives',
      'held_out',
      'recall',
      'flag_volume',
    ]);
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

  test('weights count: what blind review found stands for all that it was drawn from', () => {
    const input = planted(13, { champion: 0.3, challenger: 0.3 });
    const missed = (row: number) => input.labels[row] === 1 && input.challenger.scores[row]! < 0.3;
    const weights = Float64Array.from(input.labels, (_, row) => (missed(row) ? 50 : 1));
    const [plain, weighed] = [runGate(input), runGate({ ...input, weights })];
    const recall = (result: typeof plain) =>
      result.criteria.find(({ id }) => id === 'recall')!.challenger!.value;
    expect(recall(weighed)).toBeLessThan(recall(plain) / 2);
    expect([plain.heldOut.weighted, weighed.heldOut.weighted]).toEqual([
      0,
      [...weights].filter((weight) => weight === 50).length,
    ]);
    const width = (result: typeof plain) => {
      const { low, high } = result.criteria.find(({ id }) => id === 'overall')!.difference!;
      return high! - low!;
    };
    expect(width(weighed)).toBeGreaterThan(width(plain));
  });

  test('ten records of one entity say no more than one: the interval widens', () => {
    const input = planted(14, { champion: 0.5, challenger: 0.5 });
    const ten = <T>(values: ArrayLike<T>) =>
      Array.from({ length: rows * 10 }, (_, row) => values[row % rows]!);
    const repeated = {
      ...input,
      champion: { ...input.champion!, scores: Float32Array.from(ten(input.champion!.scores)) },
      challenger: { ...input.challenger, scores: Float32Array.from(ten(input.challenger.scores)) },
      labels: Uint8Array.from(ten(input.labels)),
      entity: ten(input.entity),
      segments: [],
    };
    const difference = (given: GateInput) =>
      runGate({ ...given, segments: [] }).criteria.find(({ id }) => id === 'overall')!.difference!;
    const [once, again] = [difference(input), difference(repeated)];
    expect(again.low).toBeCloseTo(once.low!, 2);
    const alone = difference({
      ...repeated,
      entity: repeated.entity.map(() => null),
    });
    expect(alone.high! - alone.low!).toBeLessThan((once.high! - once.low!) / 2);
  });

  test('a challenger that is worse by the margin passes at most once in twenty, seeds 1 to 200', () => {
    let passed = 0;
    for (let seed = 1; seed <= 200; seed++) {
      const input = planted(seed, { champion: 0, challenger: 0.7 }, { segments: [] });
      const result = runGate({ ...input, acceptance: { ...acceptance, maxLoss: LOSS_OF_NOISE } });
      if (result.criteria.find(({ id }) => id === 'overall')!.passed) passed++;
    }
    expect(passed).toBeLessThanOrEqual(10);
  });
});

describe('what the gate says', () => {
  const overallOf = (input: GateInput) => runGate(input).criteria.find(({ id }) => id === 'overall')!;
  const end = (input: GateInput) => overallOf(input).sentence.split('; ').slice(1).join('; ');

  /** Twenty positives, then as many negatives, ranked perfectly by both models, a record each entity. */
  const labels = Uint8Array.from({ length: 40 }, (_, row) => (row < 20 ? 1 : 0));
  const ranked = Float32Array.from(labels, (label) => (label === 1 ? 0.75 : 0.25));
  const small: GateInput = {
    champion: { version: 'm0', scores: ranked, threshold: 0.75 },
    challenger: { version: 'm1', scores: ranked, threshold: 0.75 },
    labels,
    entity: Array.from(labels, () => null),
    segments: [
      // Ten of each kind, twice.
      { column: 'half', values: Array.from(labels, (_, row) => (row % 20 < 10 ? 'a' : 'b')) },
      // Ten positives and nine negatives, and the others.
      { column: 'most', values: Array.from(labels, (_, row) => (row % 20 < 10 && row < 29 ? 'c' : 'd')) },
    ],
    dataset: { labelled: 400, positives: 200 },
    acceptance,
  };
  const none = { champion: null, challenger: null, difference: null, positivesNeeded: null };
  const passed = { ...none, passed: true, outcome: 'passed' };
  const undecided = { ...none, passed: false, outcome: 'not_enough_data' };
  const labelled = [
    { ...passed, id: 'labels', limit: 200, sentence: '400 labelled records; at least 200 are asked for.' },
    { ...passed, id: 'positives', limit: 20, sentence: '200 of them positive; at least 20 are asked for.' },
  ];
  const alike = { value: 0, low: 0, high: 0 };

  test('of two models that are the same is all of this', () => {
    const segment = { positives: 10, champion: 1, challenger: 1, difference: alike, passed: true };
    const perfect = { value: 1, low: null, high: null };
    const all = { value: 1, low: expect.closeTo(20 / (20 + 1.959964 ** 2), 6), high: 1 };
    const half = { value: 0.5, low: null, high: null };
    expect(runGate(small)).toEqual({
      ...{ passed: true, outcome: 'passed', positivesNeeded: null, metric: 'pr_auc' },
      ...{ champion: 'm0', challenger: 'm1', heldOut: { rows: 40, positives: 20, weighted: 0 } },
      criteria: [
        ...labelled,
        {
          ...{ ...passed, id: 'held_out', limit: 10 },
          sentence:
            '40 records are held out, 20 of them positive; at least 10 of each kind are needed to say anything.',
        },
        {
          ...{ ...passed, id: 'overall', limit: 0.05, difference: alike },
          ...{ champion: perfect, challenger: perfect },
          sentence:
            'PR-AUC is 1.000, that of the present model 1.000: a difference of +0.000 [+0.000, +0.000]; it is shown to be no worse by 0.05.',
        },
        {
          ...{ ...passed, id: 'segments', limit: 0.05 },
          sentence:
            'None of 3 segments is worse by more than 0.05 and more than chance. Not judged for too few records of a kind: 1.',
        },
        {
          ...{ ...passed, id: 'recall', limit: 0.1, champion: all, challenger: all, difference: alike },
          sentence:
            'At its threshold it finds 100.0% of the held-out positives, the present model at its own 100.0%: a difference of +0.000 [+0.000, +0.000]; it is shown to be no worse by 0.1.',
        },
        {
          ...{ ...passed, id: 'flag_volume', limit: 0.75, champion: half, challenger: half },
          sentence:
            'At its threshold it flags 50.0% of the held-out records, the present model at its own 50.0%; some, and at most 75.0%, are asked for.',
        },
      ],
      segments: [
        { ...segment, column: 'half', value: 'a', rows: 20 },
        { ...segment, column: 'half', value: 'b', rows: 20 },
        { ...segment, column: 'most', value: 'd', rows: 21 },
      ],
      segmentsNotJudged: 1,
    });
  });

  test.each([
    [10, 10, undefined],
    [9, 30, 10],
    // More positives would not help.
    [30, 9, null],
  ] as const)(
    'of %d positives and %d negatives held out is anything only from ten of each on',
    (of1, of0, needed) => {
      const few = Uint8Array.from({ length: of1 + of0 }, (_, row) => (row < of1 ? 1 : 0));
      const scores = Float32Array.from(few, (label) => label);
      const input: GateInput = {
        ...{ ...small, labels: few, entity: Array.from(few, () => null), segments: [] },
        champion: { ...small.champion!, scores },
        challenger: { ...small.challenger, scores },
      };
      const { criteria, ...result } = runGate(input);
      if (needed === undefined) {
        expect(criteria.map(({ id }) => id)).toEqual([
          ...['labels', 'positives', 'held_out', 'overall', 'segments', 'recall', 'flag_volume'],
        ]);
        return;
      }
      expect(result).toEqual({
        ...{ passed: false, outcome: 'not_enough_data', positivesNeeded: needed, metric: 'pr_auc' },
        ...{ champion: 'm0', challenger: 'm1', heldOut: { rows: 39, positives: of1, weighted: 0 } },
        ...{ segments: [], segmentsNotJudged: 0 },
      });
      expect(criteria).toEqual([
        ...labelled,
        {
          ...{ ...undecided, id: 'held_out', limit: 10, positivesNeeded: needed },
          sentence: `39 records are held out, ${of1} of them positive; at least 10 of each kind are needed to say anything.`,
        },
      ]);
    },
  );

  test('of a floor is nothing where no positive is held out', () => {
    const floor = { ...acceptance, recallFloor: 0.5 };
    const ids = (given: Uint8Array) =>
      runGate({ ...small, labels: given, acceptance: floor }).criteria.map(({ id }) => id);
    expect(ids(labels.map(() => 0))).toEqual(['labels', 'positives', 'held_out']);
    expect(ids(labels.map((_, row) => (row === 0 ? 1 : 0)))).toEqual([
      ...['labels', 'positives', 'held_out', 'recall_floor'],
    ]);
  });

  test('of recall is at the champion’s volume, weighed as the records are', () => {
    // The champion's ten flags are positives, at its threshold exactly; the first stands for nine.
    const weights = Float64Array.from(labels, (_, row) => (row === 0 ? 9 : 1));
    const scores = Float32Array.from(labels, (_, row) => (row < 10 ? 0.75 : 0.25));
    // The same weight of eighteen is the first one and nine negatives.
    const other = Float32Array.from(labels, (_, row) => (row === 0 || (row >= 20 && row < 29) ? 0.75 : 0.25));
    const result = runGate({
      ...{ ...small, weights, acceptance: { ...acceptance, metric: 'recall' } },
      champion: { ...small.champion!, scores },
      challenger: { ...small.challenger, scores: other },
      segments: [{ column: 'all', values: Array.from(labels, () => 'x') }],
    });
    expect(result.heldOut).toEqual({ rows: 40, positives: 20, weighted: 1 });
    const overall = result.criteria.find(({ id }) => id === 'overall')!;
    expect([overall.champion!.value, overall.challenger!.value]).toEqual([18 / 28, 9 / 28]);
    expect(overall.sentence).toMatch(
      /^Recall at as many flags as the present model raises is 0\.321, that of the present model 0\.643: a difference of −0\.321 /,
    );
    expect(result.segments).toMatchObject([
      { rows: 40, positives: 20, champion: 18 / 28, challenger: 9 / 28 },
    ]);
    expect(result.segments[0]!.difference).toEqual(overall.difference);
    // Wilson's interval of 28² / (9² + 19) effective positives.
    const z2 = 1.959964 ** 2;
    const [share, n] = [9 / 28, 28 ** 2 / 100];
    const reach = Math.sqrt((z2 * (share * (1 - share) + z2 / (4 * n))) / n);
    expect(overall.challenger!.low).toBeCloseTo((share + z2 / (2 * n) - reach) / (1 + z2 / n), 6);
  });

  test('of a segment of all records is what it says of the whole, weighed or not', () => {
    const input = planted(3, { champion: 0.3, challenger: 0.6 });
    const segments = [{ column: 'all', values: Array.from(input.labels, () => 'x') }];
    const weights = Float64Array.from(input.labels, (_, row) => (row % 7 === 0 ? 12 : 1));
    for (const given of [input, { ...input, weights }]) {
      const result = runGate({ ...given, segments });
      const overall = result.criteria.find(({ id }) => id === 'overall')!;
      expect(result.segments[0]!.difference).toEqual(overall.difference);
      // The figure is the card's own.
      const { scores, threshold } = given.challenger;
      const card = evaluate(scores, given.labels, threshold, given === input ? {} : { weights });
      expect(overall.challenger).toEqual(card.prAuc);
    }
  });

  test('of two segments allows for two: 97.5 % of each are 95 % of both', () => {
    const input = planted(3, { champion: 0.3, challenger: 0.6 });
    const all = (column: string) => ({ column, values: Array.from(input.labels, () => 'x') });
    const width = (...columns: string[]) => {
      const { low, high } = runGate({ ...input, segments: columns.map(all) }).segments[0]!.difference;
      return high! - low!;
    };
    expect(width('a', 'b') / width('a')).toBeCloseTo(2.2414 / 1.96, 1);
    expect(width('a', 'b')).toBeGreaterThan(1.1 * width('a'));
  });

  test('of a segment that is worse for certain is that it fails beyond its limit, and not at it', () => {
    const input = planted(2, { champion: 0, challenger: 1.5 });
    const at = (maxSegmentLoss: number) => {
      const { criteria, segments } = runGate({ ...input, acceptance: { ...acceptance, maxSegmentLoss } });
      return { segments, said: criteria.find(({ id }) => id === 'segments')! };
    };
    const { segments, said } = at(0.05);
    expect(segments.every(({ difference }) => difference.high! < 0)).toBe(true);
    expect(said.sentence).toMatch(
      /^3 of 3 segments are worse by more than 0\.05 and more than chance: kind \w+ \(−0.*\), kind \w+ \(−0.*\), kind \w+ \(−0[^(]*\)\.$/,
    );
    const least = Math.min(...segments.map(({ difference }) => -difference.value));
    expect(at(least).segments.filter((one) => one.passed)).toHaveLength(1);
    expect(at(0.99).said).toMatchObject({
      sentence: 'None of 3 segments is worse by more than 0.99 and more than chance.',
    });
  });

  test('of a segment that may be worse by chance is nothing', () => {
    const few = planted(20, { champion: 0, challenger: 0.7 });
    const values = Array.from(few.labels, (_, row) => (row < 300 ? 'few' : 'many'));
    const { segments } = runGate({ ...few, segments: [{ column: 'part', values }] });
    const part = segments.find(({ value }) => value === 'few')!;
    expect(part.difference.value < -0.05 && part.difference.high! > 0).toBe(true);
    expect(part.passed).toBe(true);
  });

  test('of a difference is how sure it is', () => {
    const worse = planted(2, { champion: 0, challenger: 1.5 });
    const loose = { ...worse, acceptance: { ...acceptance, maxLoss: 0.5 } };
    expect(overallOf(worse).difference!.high).toBeLessThan(0);
    expect(end(worse)).toBe('it is worse, and that is not chance; at most 0.05 lower is allowed.');
    expect(end(loose)).toBe('it is shown to be no worse by 0.5.');
    // Data enough for eight of ten as good ones to pass, and this one did not.
    const close = planted(6, { champion: 0, challenger: 0.5 });
    expect(end({ ...close, acceptance: { ...acceptance, maxLoss: 0.06 } })).toBe(
      'at most 0.06 lower is allowed.',
    );
    expect(overallOf(close).difference!.high).toBeGreaterThan(0);
  });

  test('of what is needed is the most that any criterion needs', () => {
    const few = firstRows(planted(4, { champion: 0.3, challenger: 0.3 }), 500);
    const { criteria, positivesNeeded } = runGate({
      ...few,
      acceptance: { ...acceptance, maxRecallLoss: 0.04 },
    });
    const needed = criteria.flatMap((one) => one.positivesNeeded ?? []);
    expect(needed).toHaveLength(2);
    expect(needed[0]).toBeLessThan(needed[1]!);
    expect(positivesNeeded).toBe(needed[1]);
  });
});

test('a comparison stored without an outcome has that of its verdict', () => {
  expect([
    outcomeOf({ passed: true }),
    outcomeOf({ passed: false }),
    outcomeOf({ passed: false, outcome: 'not_enough_data' }),
  ]).toEqual(['passed', 'failed', 'not_enough_data']);
});

test('too few labels are not a failure', () => {
  const none = { champion: null, challenger: null, difference: null, positivesNeeded: null };
  expect(judgeLabels(acceptance, { labelled: 1199, positives: 20 })).toEqual([
    {
      ...{ ...none, id: 'labels', passed: true, outcome: 'passed', limit: 200 },
      sentence: '1,199 labelled records; at least 200 are asked for.',
    },
    {
      ...{ ...none, id: 'positives', passed: true, outcome: 'passed', limit: 20 },
      sentence: '20 of them positive; at least 20 are asked for.',
    },
  ]);
  expect(judgeLabels(acceptance, { labelled: 199, positives: 19 }).map(({ outcome }) => outcome)).toEqual([
    ...['not_enough_data', 'not_enough_data'],
  ]);
});

test('the highest scores are flagged up to a volume, equal scores alike', () => {
  const scores = Float32Array.of(0.5, 0.9, 0.5, 0.1);
  expect([...flagVolume(scores, 2)]).toEqual([0.5, 1, 0.5, 0]);
  expect([...flagVolume(scores, 0)]).toEqual([0, 0, 0, 0]);
  expect([...flagVolume(scores, 9)]).toEqual([1, 1, 1, 1]);
  expect([...flagVolume(scores, 3, Float64Array.of(1, 2, 3, 1))]).toEqual([0.25, 1, 0.25, 0]);
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
