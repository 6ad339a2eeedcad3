/** A promotion as it might have been, for tests of its record and its page: figures are made up, the gate's are computed. */

import { evaluate } from '../../lib/evaluation/evaluate.ts';
import { runGate } from '../../lib/registry/gate.ts';
import type { ChangeRecordInput } from '../../lib/retraining/change-record.ts';
import { compareFlags } from '../../lib/retraining/flag-changes.ts';
import { Random } from '../../samples/generators/random.ts';
import { fakeTrainingReport } from './report-data.ts';

export function fakeChange(): ChangeRecordInput {
  const before = fakeTrainingReport(1).card;
  const other = fakeTrainingReport(2).card;
  const [gone, ...kept] = before.fitted.inputs;
  const after = {
    ...other,
    threshold: { ...other.threshold, value: 0.391 },
    hyperParameters: { ...other.hyperParameters, trees: 200 },
    fitted: { ...other.fitted, inputs: [...kept, { ...gone!, name: 'payments_week' }] },
  };
  const random = new Random(3, 0);
  const labels = Uint8Array.from({ length: 4000 }, () => (random.chance(0.05) ? 1 : 0));
  const seen = Array.from(labels, (label) => 1.8 * label + random.normal());
  const score = (noise: number) =>
    Float32Array.from(seen, (value) => 1 / (1 + Math.exp(2.6 - value - noise * random.normal())));
  const champion = { version: before.version, scores: score(1), threshold: 0.437 };
  const challenger = { version: after.version, scores: score(0.2), threshold: 0.391 };
  const counts = {
    records: 61_204,
    history: 0,
    superseded: 12,
    rejected: 41,
    labelled: 9_412,
    positives: 702,
    unmatched: 0,
    inconclusive: 38,
    conflicts: 5,
    weighted: 311,
  };
  const figures = ({ scores, threshold }: typeof champion) => {
    const { rocAuc, prAuc, atThreshold } = evaluate(scores, labels, threshold);
    return { rocAuc, prAuc, ...atThreshold };
  };
  const gate = runGate({
    champion,
    challenger,
    labels,
    entity: Array.from(labels, (_, row) => `a${row >> 2}`),
    segments: [
      {
        column: 'transaction_type',
        values: Array.from(labels, () => random.pick(['wire', 'card', 'cash deposit'])),
      },
    ],
    dataset: counts,
    acceptance: {
      minLabels: 200,
      minPositives: 20,
      maxLoss: 0.05,
      maxRecallLoss: 0.1,
      maxFlagGrowth: 1.5,
      maxSegmentLoss: 0.05,
      recallFloor: 0.3,
      metric: 'pr_auc',
    },
  });
  return {
    nameOf: () => null,
    title: 'Payments watched for money laundering',
    before,
    after,
    dataset: {
      format: 'assay-dataset/1',
      version: '5f0c2b7d9e1a4c38',
      domain: 'finance',
      pack: { version: 3, hash: 'a'.repeat(64), source: '' },
      asOf: '2026-03-01T00:00:00.000Z',
      objects: ['d-01', 'd-02'].map((id) => ({
        key: `records/finance/${id}/records.parquet`,
        versionId: 'k3Jd9',
        sha256: id.repeat(16),
        bytes: 1_204_000,
      })),
      counts,
      labelSources: { review: 1_204, labels_file: 208, drop: 8_000 },
      content: 'c'.repeat(64),
      conflicts: [],
    },
    comparison: {
      gate,
      figures: { champion: figures(champion), challenger: figures(challenger) },
      flags: compareFlags({
        recordIds: Array.from(labels, (_, row) => `T-${100_000 + row}`),
        champion: champion.scores,
        challenger: challenger.scores,
        thresholds: { champion: champion.threshold, challenger: challenger.threshold },
      }),
      notes: [],
    },
    entry: {
      version: after.version,
      state: 'champion',
      dataset: '5f0c2b7d9e1a4c38',
      metrics: null,
      retraining: 'r-7c01',
      startedBy: 'ann',
      comparedWith: before.version,
      expiresAt: '2026-03-16T00:00:00.000Z',
      approvals: [
        {
          by: 'ben',
          at: '2026-03-04T08:00:00.000Z',
          comment: 'Looked at the twenty flags lost: all were salaries.',
        },
        { by: 'eve', at: '2026-03-05T10:22:30.000Z', comment: null },
      ],
      history: [
        { state: 'candidate', at: '2026-03-02T06:00:00.000Z', by: 'assay', reason: null },
        { state: 'approved', at: '2026-03-05T10:22:30.000Z', by: 'eve', reason: null },
        { state: 'champion', at: '2026-03-05T10:22:31.000Z', by: 'assay', reason: null },
      ],
    },
  };
}
