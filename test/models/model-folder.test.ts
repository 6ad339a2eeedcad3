import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { driftProfiles } from '../../lib/models/card.ts';
import { formatCard, hashCard, sealCard } from '../../lib/models/card-schema.ts';
import {
  loadModel,
  type Model,
  modelVersion,
  saveModel,
  sha256,
  thresholdOf,
} from '../../lib/models/model-folder.ts';
import { championFolder, loadShippedChampion, shippedDomains } from '../../lib/models/shipped-models.ts';
import { makeOrders, trainShop, writeOrders } from '../helpers/shop.ts';

let folder: string;
let model: Model;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-model-'));
  model = await trainShop(await writeOrders(folder, 'orders.csv', makeOrders(300, 1)));
  await saveModel(join(folder, 'model'), model);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A copy of the model whose files are then changed. */
async function tampered(changes: { card?: unknown; onnx?: Uint8Array; without?: string }): Promise<string> {
  const copy = await mkdtemp(join(folder, 'copy-'));
  for (const name of ['card.json', 'model.onnx']) {
    if (name !== changes.without) await copyFile(join(folder, 'model', name), join(copy, name));
  }
  if (changes.card !== undefined)
    await writeFile(join(copy, 'card.json'), formatCard(sealCard(changes.card as Model['card'])));
  if (changes.onnx !== undefined) await writeFile(join(copy, 'model.onnx'), changes.onnx);
  return copy;
}

async function failure(folder: string): Promise<string> {
  const error = await loadModel(folder).then(
    () => null,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(InputError);
  if ((error as Error).message.includes('cannot be read'))
    expect((error as Error).cause).toMatchObject({ code: 'ENOENT' });
  return (error as InputError).message;
}

test('a model is read back as it was saved, and saved again as the same bytes', async () => {
  const loaded = await loadModel(join(folder, 'model'));
  expect(loaded.card).toEqual(model.card);
  expect(loaded.onnx).toEqual(model.onnx);
  expect(loaded.pack).toEqual(model.pack);
  const again = join(await mkdtemp(join(folder, 'again-')), 'deep');
  await saveModel(again, loaded);
  for (const name of ['card.json', 'model.onnx']) {
    expect(await readFile(join(again, name))).toEqual(await readFile(join(folder, 'model', name)));
  }
});

describe('a folder whose files do not belong together is refused', () => {
  test.each(['card.json', 'model.onnx'])('without %s', async (without) => {
    const message = await failure(await tampered({ without }));
    expect(message).toContain(
      `${without}: cannot be read (ENOENT); a model folder holds model.onnx and card.json`,
    );
  });

  test('with other trees than the card describes', async () => {
    const onnx = model.onnx.with(model.onnx.length - 1, model.onnx.at(-1)! ^ 1);
    const message = await failure(await tampered({ onnx }));
    expect(message).toContain('model.onnx: not the model that card.json describes');
    expect(message).toContain(sha256(onnx));
    expect(message).toContain(model.card.onnx.sha256);
  });

  test('with another pack than the card hashes', async () => {
    const { pack } = model.card;
    const source = pack.source.replace('large: 900', 'large: 9000');
    const message = await failure(await tampered({ card: { ...model.card, pack: { ...pack, source } } }));
    expect(message).toMatch(
      /card\.json: the pack inside has sha256 [0-9a-f]{64}, the card says [0-9a-f]{64}/,
    );
  });

  test('with other fitted inputs than the version names', async () => {
    const [first, ...rest] = model.card.fitted.inputs;
    const fitted = { ...model.card.fitted, inputs: [{ ...first, impute: 1 }, ...rest] };
    const message = await failure(await tampered({ card: { ...model.card, fitted } }));
    expect(message).toMatch(/card\.json: its content has version [0-9a-f]{12}, the card says /);
  });

  test('with another domain than the pack inside', async () => {
    const message = await failure(await tampered({ card: { ...model.card, domain: 'finance' } }));
    expect(message).toContain('card.json: its domain is "finance", that of the pack inside "shop"');
  });

  test('with a pack that cannot be read, reported with its line', async () => {
    const pack = { ...model.card.pack, source: 'domain: [' };
    expect(await failure(await tampered({ card: { ...model.card, pack } }))).toMatch(
      /card\.json \(pack\):\d+/,
    );
  });
});

describe('a card is protected as a whole', () => {
  /** Another value of the same kind, somewhere in it. */
  const edited = (value: unknown): unknown => {
    if (typeof value === 'number') return value + 0.125;
    if (typeof value === 'boolean') return !value;
    if (typeof value === 'string') return `${value}0`;
    if (value === null) return 'ann';
    if (Array.isArray(value)) return value.length === 0 ? [] : [edited(value[0]), ...value.slice(1)];
    const [[key, first], ...rest] = Object.entries(value as object) as [
      [string, unknown],
      ...[string, unknown][],
    ];
    return Object.fromEntries([[key, edited(first)], ...rest]);
  };
  const write = async (card: unknown) => {
    const copy = await tampered({});
    await writeFile(join(copy, 'card.json'), `${JSON.stringify(card, null, 1)}\n`);
    return copy;
  };
  const fields = () => Object.keys(model.card).filter((key) => key !== 'warnings');

  test('every field that is edited by hand is refused, with the name of the file', async () => {
    expect(fields()).toContain('threshold');
    for (const field of fields()) {
      const own = model.card[field as keyof typeof model.card];
      const message = await failure(await write({ ...model.card, [field]: edited(own) }));
      expect(message, field).toMatch(/card\.json: /);
    }
  });

  test('the threshold, the figures, the approval and the time of the split: refused as changed', async () => {
    const { threshold, evaluation, split } = model.card;
    for (const change of [
      { threshold: { ...threshold, value: 0.9 } },
      { evaluation: { ...evaluation, prAuc: { ...evaluation!.prAuc, value: 0.99 } } },
      { evaluation: { ...evaluation, atThreshold: { ...evaluation!.atThreshold, f1: 1 } } },
      { split: { ...split, cutTime: '2020-01-01T00:00:00.000Z' } },
      { approvedBy: 'an officer' },
      { note: 'a key that no version knows' },
    ])
      expect(await failure(await write({ ...model.card, ...change }))).toMatch(
        /card\.json: changed since it was written: its content has sha256 [0-9a-f]{64}, the card says [0-9a-f]{64}/,
      );
  });

  test('one that was sealed again, or has lost its seal, is not the card that is known elsewhere', async () => {
    const known = hashCard(model.card);
    expect((await loadModel(join(folder, 'model'), known)).card).toEqual(model.card);
    const changed = { ...model.card, threshold: { ...model.card.threshold, value: 0.9 } };
    const { sha256: _, ...bare } = changed;
    for (const card of [sealCard(changed), bare]) {
      await expect(loadModel(await write(card), known)).rejects.toThrow(
        /card\.json: not the card that was put in force: its sha256 is [0-9a-f]{64}, expected [0-9a-f]{64}/,
      );
    }
  });

  test('one of an earlier version, which has no hash, is read as before', async () => {
    const { sha256: _, ...bare } = model.card;
    expect((await loadModel(await write(bare))).card).toEqual(bare);
  });
});

describe('a version', () => {
  const fitted = { inputs: [{ name: 'a', kind: 'feature', source: 'a' }], encodings: [] } as const;
  const onnx = Uint8Array.of(1, 2, 3);

  test('is 12 hex digits that trees, fitted inputs and pack decide', () => {
    const version = modelVersion(onnx, fitted, 'p');
    expect(version).toMatch(/^[0-9a-f]{12}$/);
    expect(modelVersion(Uint8Array.of(1, 2, 4), fitted, 'p')).not.toBe(version);
    expect(modelVersion(onnx, { ...fitted, inputs: [{ ...fitted.inputs[0], impute: 0 }] }, 'p')).not.toBe(
      version,
    );
    expect(modelVersion(onnx, fitted, 'q')).not.toBe(version);
  });

  test('does not depend on the order of keys', () => {
    const other = { encodings: [], inputs: [{ source: 'a', kind: 'feature', name: 'a' }] } as const;
    expect(modelVersion(onnx, other, 'p')).toBe(modelVersion(onnx, fitted, 'p'));
  });
});

describe('the champion of a domain', () => {
  test.each(['finance', 'pharma'])('%s is shipped and whole', async (domain) => {
    const { card } = await loadModel(await championFolder(domain));
    expect(card.domain).toBe(domain);
    expect(await championFolder(domain)).toMatch(new RegExp(`${card.version}$`));
  });

  test('is the card that its pointer names, by hash', async () => {
    const domains = await shippedDomains();
    expect(domains).toEqual(['finance', 'pharma']);
    for (const domain of domains) {
      const { card } = await loadShippedChampion(domain);
      const pointer = await readFile(`model-artifacts/${domain}/champion.json`, 'utf8');
      expect(JSON.parse(pointer)).toMatchObject({ version: card.version, card: hashCard(card) });
    }
  });

  test('that is not shipped is reported, with what to do', async () => {
    await expect(championFolder('loans')).rejects.toMatchObject({ cause: { code: 'ENOENT' } });
    await expect(championFolder('loans')).rejects.toThrow(
      /no model is shipped for the domain "loans": train one .* name its folder with --model/,
    );
  });
});

test("a model decides by the threshold in force, which is the card's where no other is", () => {
  const { card } = model;
  expect(thresholdOf({ card })).toBe(card.threshold.value);
  // 0 is a threshold, too: it flags everything.
  expect(thresholdOf({ card, threshold: 0 })).toBe(0);
});

test('drift is measured against the held-out part, and in cards without it against the training part', () => {
  const [profiles, reference] = [['train'], ['held out']] as unknown as [[], []];
  expect(driftProfiles({ profiles, reference })).toBe(reference);
  expect(driftProfiles({ profiles })).toBe(profiles);
});
