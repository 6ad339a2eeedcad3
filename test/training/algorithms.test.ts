import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOnnx } from '../../lib/forest/onnx-read.ts';
import { scoreRows } from '../../lib/forest/score-rows.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import { makeOrders, monotoneShopPack, trainOptions, writeOrders } from '../helpers/shop.ts';

let folder: string;
let path: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-algorithms-'));
  path = await writeOrders(folder, 'orders.csv', makeOrders(600, 1));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

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
