/** That the samples are worth learning from: no single feature gives the label away, and all of them together say much. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { Session } from '../../lib/engine/session.ts';
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { rocAuc } from '../../lib/evaluation/roc-auc.ts';
import { buildFeatures } from '../../lib/features/build-features.ts';
import type { Features } from '../../lib/features/feature-tables.ts';
import { predictProbabilities } from '../../lib/forest/predict.ts';
import { trainRandomForest } from '../../lib/forest/train/random-forest.ts';
import { readRecords } from '../../lib/intake/read-records.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { generatePharma, pharmaHeader } from '../../samples/generators/pharma.ts';
import { writeSample } from '../../samples/generators/write-sample.ts';

const samples = {
  finance: {
    header: financeHeader,
    lines: () => generateFinance({ records: 20_000, seed: 21, start: '2025-01-06', days: 90 }),
  },
  pharma: {
    header: pharmaHeader,
    lines: () => generatePharma({ records: 12_000, seed: 21, start: '2025-01-06', days: 90 }),
  },
};

interface Matrix {
  readonly columns: number;
  readonly values: Float32Array;
  readonly labels: Uint8Array;
}

/** Features and encodings, and categories as numbered by name, in order of time. */
async function matrixOf(features: Features, pack: Pack): Promise<Matrix> {
  const sources = [
    ...pack.features.map((_, index) => `f_${index}`),
    ...pack.encodings.map((_, index) => `e_${index}`),
    ...pack.categories.map((_, index) => `dense_rank() OVER (ORDER BY c_${index})::DOUBLE AS c_${index}`),
  ];
  const rows = await features.session.rows<Record<string, number | null>>(
    `SELECT label, ${sources.join(', ')} FROM ${features} ORDER BY time, seq`,
  );
  const labels = Uint8Array.from(rows, ({ label }) => label ?? 0);
  const table = rows.map(({ label: _, ...row }) => Object.values(row).map((value) => value ?? Number.NaN));
  return { columns: sources.length, values: Float32Array.from(table.flat()), labels };
}

interface Single {
  readonly rocAuc: number;
  readonly prAuc: number;
}

/** How well a column alone ranks, in whichever direction is better; what is missing ranks lowest. */
function judgeColumn({ columns, values, labels }: Matrix, index: number): Single {
  const scores = Float32Array.from(labels, (_, row) => values[row * columns + index]!);
  const up = scores.map((value) => (Number.isNaN(value) ? -1e30 : value));
  const down = scores.map((value) => (Number.isNaN(value) ? -1e30 : -value));
  return {
    rocAuc: Math.max(rocAuc(up, labels), rocAuc(down, labels)),
    prAuc: Math.max(averagePrecision(up, labels), averagePrecision(down, labels)),
  };
}

async function learn(matrix: Matrix): Promise<number> {
  const { columns, values, labels } = matrix;
  const cut = Math.floor(labels.length * 0.75);
  const early = { rows: cut, columns, values: values.slice(0, cut * columns), labels: labels.slice(0, cut) };
  const { ensemble } = await trainRandomForest(early, { seed: 1, trees: 30, minSamplesLeaf: 2 });
  const late = labels.length - cut;
  return averagePrecision(
    predictProbabilities(ensemble, values.slice(cut * columns), late),
    labels.slice(cut),
  );
}

describe.each(['finance', 'pharma'] as const)('a %s sample', (domain) => {
  let matrix: Matrix;
  let singles: Single[];
  beforeAll(async () => {
    const folder = await mkdtemp(join(tmpdir(), 'assay-learn-'));
    const session = await Session.open();
    try {
      const pack = await loadPack(domain);
      const path = join(folder, 'labelled.csv');
      const { header, lines } = samples[domain];
      await writeSample({ path, header, labelled: true }, lines());
      const { records } = await readRecords(session, pack, [{ path }]);
      matrix = await matrixOf(await buildFeatures(records, pack, { usual: false }), pack);
      singles = Array.from({ length: matrix.columns }, (_, index) => judgeColumn(matrix, index));
    } finally {
      await session.close();
      await rm(folder, { recursive: true });
    }
  });

  it('has no single feature with a ROC-AUC of 0.9 or a PR-AUC of 0.5', () => {
    for (const single of singles) {
      expect(single.rocAuc).toBeLessThan(0.9);
      expect(single.prAuc).toBeLessThan(0.5);
    }
  });

  it('teaches a forest on its first three quarters to find much of the last, far better than any single feature', async () => {
    const precision = await learn(matrix);
    expect(precision).toBeGreaterThan(0.35);
    expect(precision).toBeGreaterThan(1.3 * Math.max(...singles.map(({ prAuc }) => prAuc)));
  });
});
