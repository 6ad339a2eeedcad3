import { describe, expect, test } from 'vitest';
import {
  type Dependence,
  estimateClustered,
  estimateShare,
  pickDependence,
  type Share,
} from '../../lib/evaluation/clustered-estimates.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import type { Estimate, Evaluation } from '../../lib/evaluation/evaluation.ts';
import { logitEstimate, wilsonEstimate } from '../../lib/evaluation/intervals.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { Random } from '../../samples/generators/random.ts';
import { drawClustered } from '../bench/clustered-records.ts';
import { eachAlone } from '../helpers/each-alone.ts';
import { dependenceOf, kind } from './clustered.ts';
import { seededUniform } from './naive.ts';

const figures = (of: Evaluation): Estimate[] => [
  of.rocAuc,
  of.prAuc,
  of.atThreshold.precision,
  of.atThreshold.recall,
  of.atThreshold.falsePositiveRate,
  of.atK.find(({ k }) => k === 100)!.precision,
  ...of.calibration.map(({ observed }) => observed),
];
const width = ({ low, high }: Estimate) => high! - low!;

describe('intervals over entities', () => {
  test('are as they were where each record is an entity', () => {
    const { champion, labels } = drawClustered(new Random(1, 0), kind);
    const alone = { entity: eachAlone(labels.length), period: null };
    expect(evaluate(champion, labels, 0.4, { dependence: alone })).toEqual(evaluate(champion, labels, 0.4));
  });

  test('do not shrink where every record is there ten times', () => {
    const once = drawClustered(new Random(2, 0), kind);
    const rows = once.labels.length;
    const at = Array.from({ length: 10 * rows }, (_, row) => row % rows);
    const often = {
      labels: Uint8Array.from(at, (row) => once.labels[row]!),
      scores: Float32Array.from(at, (row) => once.champion[row]!),
      entity: at.map((row) => once.entity[row]!),
    };
    const one = evaluate(once.champion, once.labels, 0.4, { dependence: dependenceOf(once) });
    const ten = evaluate(often.scores, often.labels, 0.4, {
      dependence: dependenceOf({ entity: often.entity, day: null }),
    });
    for (const [place, pick] of [one.rocAuc, one.prAuc, one.atThreshold.recall].entries()) {
      const same = [ten.rocAuc, ten.prAuc, ten.atThreshold.recall][place]!;
      expect(same.low).toBeCloseTo(pick.low!, 6);
      expect(same.high).toBeCloseTo(pick.high!, 6);
    }
    const plain = evaluate(often.scores, often.labels, 0.4);
    expect(width(plain.prAuc)).toBeLessThan(width(ten.prAuc) / 2);
  });

  test('of an area are as wide as leaving out one entity at a time says, where entities differ in size', () => {
    const drawn = drawClustered(new Random(5, 0), { ...kind, entities: 160, within: 1 });
    const { rocAuc: own } = evaluate(drawn.champion, drawn.labels, 0.4, {
      dependence: dependenceOf(drawn),
    });
    const entities = [...new Set(drawn.entity)];
    const moved = entities.map((entity) => {
      const left = drawn.entity.flatMap((one, row) => (one === entity ? [] : [row]));
      const scores = Float32Array.from(left, (row) => drawn.champion[row]!);
      return (
        own.value -
        rocAuc(
          scores,
          Uint8Array.from(left, (row) => drawn.labels[row]!),
        )
      );
    });
    const sum = (power: number) => moved.reduce((total, one) => total + Math.abs(one) ** power, 0);
    const effective = sum(2) ** 2 / sum(4);
    const error = Math.sqrt((sum(2) * effective) / (effective - 1));
    const { low, high } = logitEstimate(own.value, error, 0.95, 2 * effective - 1);
    expect(own.low).toBeCloseTo(low!, 3);
    expect(own.high).toBeCloseTo(high!, 3);
  });

  test('hold the figure, within 0 and 1, of every figure, bin and segment; the figures themselves stay', () => {
    const drawn = drawClustered(new Random(3, 0), kind);
    const values = drawn.entity.map((entity) => (Number(entity.slice(1)) % 3 === 0 ? 'a' : 'b'));
    const segments = [{ column: 'kind', values }];
    const [own, plain] = [
      evaluate(drawn.champion, drawn.labels, 0.4, { segments, dependence: dependenceOf(drawn) }),
      evaluate(drawn.champion, drawn.labels, 0.4, { segments }),
    ];
    for (const [place, { value, low, high }] of figures(own).entries()) {
      expect(value).toBeCloseTo(figures(plain)[place]!.value, 12);
      if (low === null || high === null) continue;
      expect(low).toBeGreaterThanOrEqual(0);
      expect(low).toBeLessThanOrEqual(value);
      expect(high).toBeGreaterThanOrEqual(value);
      expect(high).toBeLessThanOrEqual(1);
    }
    const mean = (all: readonly Estimate[]) =>
      all.filter(({ low }) => low !== null).reduce((sum, one) => sum + width(one), 0) / all.length;
    expect(mean(figures(own))).toBeGreaterThan(1.15 * mean(figures(plain)));
    for (const [place, segment] of own.segments.entries()) {
      expect(segment.recall!.value).toBeCloseTo(plain.segments[place]!.recall!.value, 12);
      expect(width(segment.recall!)).toBeGreaterThan(width(plain.segments[place]!.recall!));
    }
  });

  test('there is none that rests on three entities', () => {
    const code = Int32Array.from({ length: 300 }, (_, row) => row % 3);
    const share = { rows: 300, part: (row: number) => row % 2, isOf: () => true, weights: undefined };
    expect(estimateShare(share, { entity: { code, count: 3 }, period: null }, 0.95)).toEqual({
      value: 0.5,
      low: null,
      high: null,
    });
  });

  test('those of a day count once too, where records have a time', () => {
    const drawn = drawClustered(new Random(4, 0), { ...kind, dayShift: 1, days: 30 });
    const dependence = dependenceOf(drawn);
    const both = evaluate(drawn.champion, drawn.labels, 0.4, { dependence });
    const entity = evaluate(drawn.champion, drawn.labels, 0.4, {
      dependence: { ...dependence, period: null },
    });
    expect(width(both.atThreshold.falsePositiveRate)).toBeGreaterThan(
      1.2 * width(entity.atThreshold.falsePositiveRate),
    );
  });
});

describe('of forty records of ten entities', () => {
  const rows = 40;
  const uniform = seededUniform(7);
  const scores = Float64Array.from({ length: rows }, () => Math.round(uniform() * 20) / 20);
  const labels = Uint8Array.from(scores, (score) => (uniform() < 0.2 + score / 2 ? 1 : 0));
  const weights = Float64Array.from({ length: rows }, () => 1 + Math.floor(uniform() * 3));
  const entity = { code: Int32Array.from({ length: rows }, (_, row) => row % 10), count: 10 };
  const alone = eachAlone(rows);
  const share = (changes: Partial<Share> = {}): Share => ({
    ...{ rows, part: (row) => labels[row]!, isOf: (row) => scores[row]! >= 0.2, weights: undefined },
    ...changes,
  });
  const of = (changes: Partial<Share>, dependence: Dependence) =>
    estimateShare(share(changes), dependence, 0.95);
  const expectSame = (one: Estimate, other: Estimate) => {
    expect(one.value).toBeCloseTo(other.value, 12);
    expect(one.low).toBeCloseTo(other.low!, 10);
    expect(one.high).toBeCloseTo(other.high!, 10);
  };

  test('a weight is so many records of the same entity', () => {
    const often = [...weights].flatMap((weight, row) => new Array<number>(weight).fill(row));
    const repeated: Share = {
      ...{ rows: often.length, weights: undefined },
      part: (row) => labels[often[row]!]!,
      isOf: (row) => scores[often[row]!]! >= 0.2,
    };
    const code = Int32Array.from(often, (row) => entity.code[row]!);
    expectSame(
      of({ weights }, { entity, period: null }),
      estimateShare(repeated, { entity: { code, count: 10 }, period: null }, 0.95),
    );
    const all = { part: () => 1, weights };
    expectSame(
      of(all, { entity, period: null }),
      estimateShare({ ...repeated, part: () => 1 }, { entity: { code, count: 10 }, period: null }, 0.95),
    );
  });

  test('a share of all or of none has as many trials as entities, and of nothing no bounds', () => {
    const like = { code: Int32Array.from({ length: rows }, (_, row) => row % 4), count: 4 };
    for (const value of [0, 1])
      expect(of({ part: () => value, isOf: () => true }, { entity: like, period: null })).toEqual(
        wilsonEstimate(value, 4, 0.95),
      );
    expect(of({ isOf: () => false }, { entity, period: null })).toEqual({ value: 0, low: null, high: null });
    const three = { code: like.code.map((code) => code % 3), count: 3 };
    const { low, high } = of({ part: () => 1 }, { entity: three, period: null });
    expect([low, high]).toEqual([null, null]);
    // Only entities that the share is of are counted.
    const few = { isOf: (row: number) => row % 10 < 3 };
    expect(of(few, { entity, period: null }).low).toBeNull();
  });

  test('of records by themselves is worth as many trials as there are, but for what small samples cost', () => {
    const many = 400;
    const own = estimateShare(
      { rows: many, part: (row) => Number(row % 4 === 0), isOf: () => true, weights: undefined },
      { entity: eachAlone(many), period: null },
      0.95,
    );
    const wilson = wilsonEstimate(0.25, many, 0.95);
    expect(own.low).toBeCloseTo(wilson.low!, 3);
    expect(own.high).toBeCloseTo(wilson.high!, 3);
    expect(own.low).toBeLessThan(wilson.low!);
  });

  test('times that are the entities, or that no two records share, add nothing', () => {
    const plain = of({}, { entity, period: null });
    expectSame(of({}, { entity, period: entity }), plain);
    expectSame(of({}, { entity, period: alone }), plain);
  });

  test('records by themselves in times that are alike have the error of the times', () => {
    // In each of ten times all records are of one label.
    const period = { code: Int32Array.from({ length: rows }, (_, row) => row % 10), count: 10 };
    const alike = { part: (row: number) => Number(row % 10 < 4), isOf: () => true };
    const own = of(alike, { entity: alone, period });
    expectSame(own, of(alike, { entity: period, period: null }));
    expect(own.low).toBeLessThan(of(alike, { entity: alone, period: null }).low!);
  });

  test('the figures at a threshold are shares of the flagged, the positives and the negatives', () => {
    const dependence = { entity, period: null };
    const threshold = scores[3]!;
    const { precision, recall, falsePositiveRate } = estimateClustered(
      { scores, labels, weights },
      threshold,
      dependence,
      0.95,
    );
    const flagged = (row: number) => scores[row]! >= threshold;
    const by = (part: (row: number) => boolean, isOf: (row: number) => boolean) =>
      of({ part: (row) => Number(part(row)), isOf, weights }, dependence);
    expect(precision).toEqual(by((row) => labels[row] === 1, flagged));
    expect(recall).toEqual(by(flagged, (row) => labels[row] === 1));
    expect(falsePositiveRate).toEqual(by(flagged, (row) => labels[row] === 0));
  });

  test('an area has bounds only where it rests on four entities, and those of picked rows are their own', () => {
    const figures = (dependence: Dependence, picked: readonly number[]) => {
      const pick = <Column extends Float64Array | Uint8Array>(all: Column) =>
        all.filter((_, row) => picked.includes(row)) as Column;
      return estimateClustered(
        { scores: pick(scores), labels: pick(labels), weights: pick(weights) },
        0.5,
        pickDependence(dependence, picked),
        0.95,
      );
    };
    const all = [...scores.keys()];
    const two = { code: entity.code.map((code) => code % 2), count: 2 };
    expect(figures({ entity: two, period: null }, all).rocAuc).toMatchObject({ low: null, high: null });
    expect(figures({ entity, period: null }, all).rocAuc.low).not.toBeNull();
    const half = all.filter((row) => row < 30);
    const own = {
      entity: { code: entity.code.slice(0, 30), count: 10 },
      period: { code: Int32Array.from(half, (row) => Math.floor(row / 6)), count: 7 },
    };
    const period = { code: Int32Array.from(all, (row) => Math.floor(row / 6)), count: 7 };
    const expected = estimateClustered(
      { scores: scores.slice(0, 30), labels: labels.slice(0, 30), weights: weights.slice(0, 30) },
      0.5,
      own,
      0.95,
    );
    expect(figures({ entity, period }, half)).toEqual(expected);
    expect(figures({ entity, period: null }, half)).toEqual(
      estimateClustered(
        { scores: scores.slice(0, 30), labels: labels.slice(0, 30), weights: weights.slice(0, 30) },
        0.5,
        { ...own, period: null },
        0.95,
      ),
    );
  });
});
