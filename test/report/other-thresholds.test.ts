import { expect, test } from 'vitest';
import type { Evaluation } from '../../lib/evaluation/evaluation.ts';
import { describeThresholds } from '../../lib/report/other-thresholds.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

const point = (x: number, y: number, threshold: number) => ({ x, y, threshold });
const exact = (value: number) => ({ value, low: null, high: null });
const evaluation: Evaluation = {
  ...fakeTrainingReport(1).card.evaluation!,
  rows: 1_000,
  positives: 50,
  pr: [point(0, 1, 1), point(0.2, 1, 0.9), point(0.5, 0.5, 0.6), point(0.9, 0.25, 0.2), point(1, 0.05, 0)],
  atThreshold: {
    ...fakeTrainingReport(1).card.evaluation!.atThreshold,
    threshold: 0.6,
    precision: exact(0.5),
    recall: exact(0.5),
  },
};

const cells = (): string[][] =>
  [...describeThresholds(evaluation)!.body.text.matchAll(/<tr>(.*?)<\/tr>/gs)]
    .map(([, row]) =>
      [...row!.matchAll(/<t[hd][^>]*>(.*?)<\/t[hd]>/gs)].map(([, cell]) => cell!.replace(/<[^>]*>/g, '')),
    )
    .slice(1);

test('each threshold says what it flags, finds and looks at in vain, counted of the held-out records', () => {
  expect(cells()).toEqual([
    ['0.900', '10', '10', '20.0%', '0', '100%'],
    ["0.600 (this model's)", '50', '25', '50.0%', '25', '50.0%'],
    ['0.200', '180', '45', '90.0%', '135', '25.0%'],
    ['0.000', '1,000', '50', '100%', '950', '5.0%'],
  ]);
});

test('without positives, or without a curve, there is nothing to choose from', () => {
  expect(describeThresholds({ ...evaluation, positives: 0 })).toBeNull();
  expect(describeThresholds({ ...evaluation, pr: [] })).toBeNull();
});
