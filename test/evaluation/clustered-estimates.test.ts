import { describe, expect, test } from 'vitest';
import { estimateShare } from '../../lib/evaluation/clustered-estimates.ts';
import { evaluate } from '../../lib/evaluation/evaluate.ts';
import type { Estimate, Evaluation } from '../../lib/evaluation/evaluation.ts';
import { logitEstimate } from '../../lib/evaluation/intervals.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { Random } from '../../samples/generators/random.ts';
import { drawClustered } from '../bench/clustered-records.ts';
import { eachAlone } from '../helpers/each-alone.ts';
import { dependenceOf, kind } from './clustered.ts';

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
