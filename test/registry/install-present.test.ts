import { expect, test } from 'vitest';
import { hashCard } from '../../lib/models/card-schema.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { RegistryStore } from '../../lib/registry/change-registry.ts';
import { installPresent } from '../../lib/registry/install-present.ts';
import { emptyRegistry, type ModelRegistry } from '../../lib/registry/registry-state.ts';

const at = '2026-03-01T00:00:00.000Z';
const share = (value: number) => ({ value, low: null, high: null });
const evaluation = {
  ...{ rocAuc: share(0.9), prAuc: share(0.7), rows: 100 },
  atThreshold: { precision: share(0.8), recall: share(0.6), threshold: 0.4 },
};
const modelOf = (version: string, figures: object | null) =>
  ({
    card: { version, dataset: { hash: '0123456789abcdef-and-more' }, evaluation: figures },
  }) as unknown as Model;

/** The registry after each of these was present. */
async function install(...models: readonly (Model | null)[]): Promise<ModelRegistry[]> {
  let now = emptyRegistry('shop');
  const states: ModelRegistry[] = [];
  const registry: RegistryStore = {
    read: async () => now,
    write: async (_domain, _before, after) => {
      now = after.registry;
      return true;
    },
  };
  for (const model of models) {
    await installPresent({ registry, champion: async () => model }, 'shop', at);
    states.push(now);
  }
  return states;
}

test('a registry begins with the model that is present, by its card, and only begins once', async () => {
  const [one, two] = [modelOf('m0', evaluation), modelOf('m1', evaluation)];
  const [none, first, second] = await install(null, one, two);
  expect(none).toEqual(emptyRegistry('shop'));
  expect(first).toStrictEqual({
    ...{ domain: 'shop', revision: 1, lineage: ['m0'] },
    models: {
      m0: {
        ...{ version: 'm0', card: hashCard(one.card), state: 'champion', dataset: '0123456789abcdef' },
        metrics: { rocAuc: 0.9, prAuc: 0.7, precision: 0.8, recall: 0.6, threshold: 0.4 },
        ...{ retraining: null, startedBy: 'assay', comparedWith: null, expiresAt: null, approvals: [] },
        history: [{ state: 'champion', at, by: 'assay', reason: null }],
      },
    },
  });
  expect(second).toBe(first);
});

test('a model whose card has no figures is installed without them', async () => {
  const [first] = await install(modelOf('m0', null));
  expect(first!.models.m0!.metrics).toBeNull();
});
