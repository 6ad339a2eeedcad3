import { expect, test } from 'vitest';
import type { ModelCard } from '../../lib/models/card.ts';
import { trainingSummary } from '../../lib/training/training-summary.ts';
import { fakeTrainingReport } from '../helpers/report-data.ts';

const { card } = fakeTrainingReport(1);
const figures: ModelCard = {
  ...card,
  version: '0123456789ab',
  threshold: { ...card.threshold, value: 0.43712 },
  dataset: { ...card.dataset, received: 55_000, rejected: 12, labelled: 54_000, positives: 1_234 },
  split: {
    method: 'by entity and time',
    train: 30_000,
    trainPositives: 700,
    heldOut: 10_000,
    heldOutPositives: 240,
    unused: 14_000,
    cutTime: null,
  },
  evaluation: {
    ...card.evaluation!,
    rocAuc: { value: 0.91234, low: 0.9, high: 0.92 },
    prAuc: { value: 0.5, low: null, high: null },
    atThreshold: { ...card.evaluation!.atThreshold, flaggedShare: 0.012345 },
  },
  training: { ...card.training!, prAuc: { value: 0.98765, low: null, high: null } },
};

test('says what was read, how it was split, what the model is worth, and where it is', () => {
  const text = trainingSummary(figures, 'model', false);
  expect(text).toContain(`${card.domain} model 0123456789ab (${card.algorithm}), in model/\n`);
  expect(text).toContain('55,000 received, 12 rejected, 54,000 labelled, 1,234 positive\n');
  expect(text).toContain('30,000 to train on, 10,000 held out (240 positive), 14,000 in neither\n');
  expect(text).toContain(
    'ROC-AUC 0.912 [0.900, 0.920]   PR-AUC 0.500   (on its training rows: PR-AUC 0.988)\n',
  );
  expect(text).toMatch(/threshold +0\.4371: precision \d\.\d+.*, recall .*, 1\.23 % flagged\n/);
  expect(text).toMatch(/report +model\/report\.html\n$/);
});

test('says what was compared, the best of each algorithm, the chosen one first', () => {
  const fold = { rocAuc: 0.9, prAuc: 0.5, trainPrAuc: 0.9 };
  const candidate = (algorithm: string, meanPrAuc: number, chosen = false) => ({
    algorithm,
    hyperParameters: {},
    folds: [fold, fold, fold, fold],
    meanPrAuc,
    chosen,
  });
  const of = (crossValidation: ModelCard['crossValidation']) =>
    trainingSummary({ ...figures, crossValidation }, 'model', false);
  expect(of([candidate('forest', 0.61), candidate('boosting', 0.66, true)])).toContain(
    'compared     boosting PR-AUC 0.660 (chosen), forest PR-AUC 0.610; mean of 4 folds of the training part\n',
  );
  expect(
    of([candidate('forest', 0.6), candidate('forest', 0.7, true), candidate('boosting', 0.5)]),
  ).toContain('forest PR-AUC 0.700, best of 2 settings (chosen), boosting PR-AUC 0.500;');
  expect(of([candidate('forest', 0.61, true)])).not.toContain('compared');
});

test('leaves out what a card does not have', () => {
  const text = trainingSummary({ ...figures, split: null, evaluation: null, training: null }, 'model', false);
  expect(text).not.toMatch(/split|held out|undefined|null|NaN/);
  expect(text).toContain('threshold    0.4371, chosen on out-of-fold scores');
});

test('as JSON holds the same figures on one line', () => {
  const text = trainingSummary(figures, 'model', true);
  expect(text.trimEnd()).not.toContain('\n');
  expect(JSON.parse(text)).toEqual({
    domain: card.domain,
    version: '0123456789ab',
    algorithm: card.algorithm,
    threshold: 0.43712,
    rocAuc: figures.evaluation!.rocAuc,
    prAuc: figures.evaluation!.prAuc,
    precision: figures.evaluation!.atThreshold.precision,
    recall: figures.evaluation!.atThreshold.recall,
    trainPrAuc: 0.98765,
    compared: figures.crossValidation.map(({ algorithm, hyperParameters, meanPrAuc, chosen }) => ({
      algorithm,
      hyperParameters,
      meanPrAuc,
      chosen,
    })),
    received: 55_000,
    rejected: 12,
    split: figures.split,
    out: 'model',
  });
  const bare = { ...figures, evaluation: null, training: null };
  expect(JSON.parse(trainingSummary(bare, 'model', true))).toMatchObject({ rocAuc: null, trainPrAuc: null });
});
