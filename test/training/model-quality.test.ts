import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parseRates } from '../../lib/intake/rates.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { trainModel } from '../../lib/training/train-model.ts';
import golden from '../parity/golden/model-quality.json' with { type: 'json' };

const root = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const datasets = [
  {
    name: 'finance',
    pack: 'finance',
    data: 'samples/finance/labelled.csv.gz',
    rates: 'samples/finance/rates.csv',
  },
  { name: 'pharma', pack: 'pharma', data: 'samples/pharma/labelled.csv.gz', rates: null },
  {
    name: 'amlsim',
    pack: root('test/fixtures/amlsim/pack.yaml'),
    data: 'test/fixtures/amlsim/transactions.csv.gz',
    rates: null,
  },
] as const;

describe.each(datasets)('the default model on $name', ({ name, pack, data, rates }) => {
  test("is not below scikit-learn's balanced forest by more than 0.01 in PR-AUC, and the shipped one is made again", async () => {
    const { card } = await trainModel({
      pack: await loadPack(pack),
      inputs: [{ path: root(data) }],
      reading: {
        rates: rates === null ? null : parseRates(await readFile(root(rates), 'utf8'), 'rates.csv'),
      },
      algorithm: null,
      tune: false,
      resample: 'none',
      seed: 1,
      threads: 2,
      memoryLimitMb: 1024,
      progress: noProgress,
    });
    const theirs = golden[name];
    expect([card.split?.train, card.split?.heldOut]).toEqual([theirs.train, theirs.held_out]);
    for (const forest of [theirs.default, theirs.depth_12]) {
      expect(card.evaluation!.prAuc.value).toBeGreaterThan(mean(forest.pr_auc) - 0.01);
    }
    if (name !== 'amlsim') {
      const champion = JSON.parse(await readFile(root(`model-artifacts/${name}/champion.json`), 'utf8'));
      expect(card.version).toBe(champion.version);
    }
  }, 300_000);
});
