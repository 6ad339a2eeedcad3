import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, monotoneShopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-algorithms-'));
  path = await writeOrders(folder, 'orders.csv', makeOrders(600, 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the algorithm', () => {
  test('is the better of both in cross-validation where none is named, and the card says what was compared', async () => {
    const both = await trainModel(trainOptions(path, { algorithm: null }));
    const figures = both.card.crossValidation.map(
      ({ algorithm, meanPrAuc }) => [algorithm, meanPrAuc] as const,
    );
    expect(figures.map(([algorithm]) => algorithm)).toEqual(['forest', 'boosting']);
    const [better] = figures.toSorted(([, a], [, b]) => b - a);
    expect(both.card.algorithm).toBe(better![0]);
    for (const algorithm of ['forest', 'boosting'] as const) {
      const alone = await trainModel(trainOptions(path, { algorithm }));
      expect(alone.card.algorithm).toBe(algorithm);
      expect(alone.card.crossValidation.map(({ meanPrAuc }) => [algorithm, meanPrAuc])).toEqual(
        figures.filter(([name]) => name === algorithm),
      );
      expect(Buffer.from(alone.onnx).equals(Buffer.from(both.onnx))).toBe(algorithm === better![0]);
    }
  });
});

test('a rule on .2 % of the records is found, whichever algorithm is trained', async () => {
  const file = (name: string) => `test/fixtures/cases/files/${name}`;
  const pack = await loadPack(file('rare-tail.yaml'));
  for (const algorithm of ['forest', 'boosting'] as const) {
    const inputs = [{ path: file('rare-tail.csv') }];
    const { card } = await trainModel({ ...trainOptions('', { algorithm, pack }), inputs });
    expect(card.evaluation!.prAuc.value, algorithm).toBeGreaterThanOrEqual(0.99);
  }
});

describe('a monotone feature', () => {
  test.each(['forest', 'boosting'] as const)(
    'never lowers the score of a %s as it grows, and the card says so',
    async (algorithm) => {
      const { card, onnx } = await trainModel(trainOptions(path, { algorithm, pack: monotoneShopPack }));
      const { inputs } = card.fitted;
      const at = inputs.findIndex(({ name }) => name === 'amount');
      expect(inputs.map(({ monotone }) => monotone ?? null)).toEqual(
        inputs.map((_, input) => (input === at ? 'increasing' : null)),
      );
      const columns = inputs.length;
      const amounts = [...readOnnx(onnx).ensemble.threshold].sort((a, b) => a - b).concat(2000);
      const rows = Float32Array.from({ length: amounts.length * columns }, (_, cell) =>
        cell % columns === at ? amounts[Math.floor(cell / columns)]! : Number.NaN,
      );
      const scores = await scoreRows(onnx, rows, amounts.length);
      const falls = scores.filter((score, row) => row > 0 && score < scores[row - 1]!);
      expect(falls).toHaveLength(0);
      expect(scores.at(-1)).toBeGreaterThan(scores[0]!);
    },
  );
});
