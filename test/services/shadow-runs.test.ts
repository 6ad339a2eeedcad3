import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { StoreError } from '../../lib/aws/store-error.ts';
import type { ScoredShadow, ShadowRun } from '../../lib/drops/shadow-run.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { ModelEntry, ModelRegistry, ModelState } from '../../lib/registry/registry-state.ts';
import { candidateOf, readShadowReport, saveRun, saveShadow } from '../../lib/services/shadow-runs.ts';
import { FolderStore } from '../helpers/folder-store.ts';

const busy = new StoreError('reading', Object.assign(new Error('slower'), { name: 'SlowDown' }));
const broken = new StoreError('reading', new Error('denied'));

describe('the model that waits for approval', () => {
  const entry = (version: string, state: ModelState, expiresAt: string): ModelEntry => ({
    ...{ version, state, expiresAt, dataset: 'd', metrics: null, retraining: 'r', startedBy: 'ann' },
    ...{ comparedWith: null, approvals: [], history: [] },
  });
  const registry: ModelRegistry = {
    ...{ domain: 'shop', revision: 1, lineage: ['one'] },
    models: {
      one: entry('one', 'champion', '2026-05-01'),
      two: entry('two', 'candidate', '2026-02-01'),
      three: entry('three', 'approved', '2026-03-01'),
      four: entry('four', 'rejected', '2026-04-01'),
    },
  };
  const warnings: string[] = [];
  beforeEach(() => void warnings.splice(0));

  const ask = (read: () => Promise<ModelRegistry>, loadModel: () => Promise<Model>) =>
    candidateOf(
      { registry: { read }, loadModel, warn: (what, domain) => void warnings.push(`${domain}: ${what}`) },
      'shop',
    );
  const failing = (error: Error) => () => Promise.reject(error);
  const model = {} as Model;

  test('is the newest that is a candidate or approved; there may be none', async () => {
    expect(
      await ask(
        async () => registry,
        async () => model,
      ),
    ).toEqual({ version: 'three', model });
    const decided = { ...registry, models: { one: registry.models.one! } };
    expect(
      await ask(
        async () => decided,
        async () => model,
      ),
    ).toBeNull();
  });

  test('stops no drop where it cannot be read, and that is reported; a store that is busy is asked again', async () => {
    expect(await ask(failing(broken), async () => model)).toBeNull();
    expect(await ask(async () => registry, failing(broken))).toEqual({ version: 'three', model: null });
    expect(warnings).toEqual([
      'shop: which model waits for approval could not be read',
      'shop: the model that waits for approval could not be read',
    ]);
    await expect(ask(failing(busy), async () => model)).rejects.toBe(busy);
    await expect(ask(async () => registry, failing(busy))).rejects.toBe(busy);
  });
});

describe('the report on a challenger', () => {
  let folder: string;
  let store: FolderStore;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'assay-shadow-runs-'));
    store = new FolderStore(folder);
  });
  afterEach(() => rm(folder, { recursive: true }));

  const facts = { format: 'assay-shadow/1', champion: 'one', challenger: 'two' } as const;
  const scored = (drop: string, gained: number): ScoredShadow => ({
    ...{ ...facts, drop, records: 10, onlyChampion: 1, onlyChallenger: 0, both: 2, gained, lost: 0 },
    gainedExamples: Array.from({ length: gained }, (_, n) => ({
      ...{ recordId: `${drop}-${n}`, champion: 0, challenger: n / 100 },
    })),
    lostExamples: [],
  });
  const missed = (drop: string, notScored: string): ShadowRun => ({ ...facts, drop, notScored });
  const read = () => readShadowReport(store, 'shop', 'two');

  test('is of all drops: those of the last report, those that came since, and those not scored with the reason', async () => {
    expect(await read()).toBeNull();
    await saveShadow(store, 'shop', scored('d-1', 3));
    await saveShadow(store, 'shop', missed('d-2', 'it has no column shelf'));
    await saveRun(store, 'shop', { ...scored('i-3', 18), champion: 'zero' });
    const report = await read();
    expect(report).toMatchObject({
      ...{ challenger: 'two', champions: ['one', 'zero'], drops: ['d-1', 'i-3'] },
      ...{ records: 20, onlyChampion: 2, onlyChallenger: 0, both: 4, gained: 21, lost: 0 },
      notScored: [{ drop: 'd-2', reason: 'it has no column shelf' }],
    });
    expect(report!.gainedExamples).toHaveLength(20);
    expect(report!.gainedExamples[0]!.recordId).toBe('i-3-17');
  });

  test('a drop counts once, however often it is kept, and as scored once it is', async () => {
    await saveShadow(store, 'shop', missed('d-1', 'it could not be scored here (SlowDown)'));
    expect(await read()).toMatchObject({ drops: [], records: 0, notScored: [{ drop: 'd-1' }] });
    for (let times = 0; times < 3; times++) await saveShadow(store, 'shop', scored('d-1', 3));
    expect(await read()).toMatchObject({ drops: ['d-1'], records: 10, gained: 3, notScored: [] });
  });

  test('reads no file again that the stored one has', async () => {
    await saveShadow(store, 'shop', scored('d-1', 3));
    await saveRun(store, 'shop', scored('d-2', 1));
    const asked: string[] = [];
    const counting = {
      list: (prefix: string) => store.list(prefix),
      readText: async (key: string) => {
        asked.push(key);
        return store.readText(key);
      },
    };
    await readShadowReport(counting, 'shop', 'two');
    expect(asked).toEqual(['models/shop/two/shadow.json', 'models/shop/two/shadow/d-2.json']);
  });
});
