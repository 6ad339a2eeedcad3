/** Files that can be read and are not the model that was trained, or no model of a probability. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { scoreRows } from '../../lib/forest/onnx/score-rows.ts';
import { loadPack } from '../../lib/packs/load-pack.ts';
import type { Pack } from '../../lib/packs/pack.ts';
import { noProgress } from '../../lib/progress.ts';
import { checkCalibration, checkRange } from '../../lib/training/import-checks.ts';
import { type ImportOptions, importModel } from '../../lib/training/import-model.ts';

const at = (name: string): string => fileURLToPath(new URL(`../fixtures/cases/${name}`, import.meta.url));
let folder: string;
let field: Pack;
let plain: Pack;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'assay-import-checks-'));
  field = await loadPack(at('field/txm.yaml'));
  plain = await loadPack(at('models/e2e.yaml'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function take(name: string, more: Partial<ImportOptions> = {}) {
  const isField = name.startsWith('field/');
  return importModel({
    pack: isField ? field : plain,
    inputs: [{ path: at(isField ? 'field/train.csv' : 'models/e2e.csv.gz') }],
    seed: 1,
    threads: 1,
    memoryLimitMb: 512,
    progress: noProgress,
    onnx: new Uint8Array(await readFile(at(name))),
    name: name.split('/')[1]!,
    ...more,
  });
}

describe('an imported file', () => {
  test('is taken with the scores of Python, and the card says how many were compared', async () => {
    const { card, warnings } = await take('field/xgb.onnx', { scores: at('field/xgb_scores.csv') });
    expect(card.hyperParameters).toMatchObject({ comparedScores: 1584 });
    expect(warnings).toEqual([]);
  });

  test.each(['rf_nan', 'lgbm_linear'])(
    '%s is refused with the rows whose scores differ from those of Python',
    async (name) => {
      const taken = take(`field/${name}.onnx`, { scores: at(`field/${name}_scores.csv`) });
      await expect(taken).rejects.toThrow(
        /_scores\.csv: \d+ of 1584 scores differ from the ONNX file's by more than 0\.00001.*\n {2}T\d+: [\d.]+ in .*, [\d.]+ by the ONNX file\n[\s\S]*and \d+ more$/,
      );
    },
  );

  test('whose converter forgot where missing values go is warned of, by the inputs concerned', async () => {
    const { warnings } = await take('field/rf_nan.onnx');
    expect(warnings.join()).toMatch(/since, last_ratio have some: skl2onnx does not keep/);
  });

  test('whose classes are not 0 and 1 needs the name of the risk, which turns its score where it is the first', async () => {
    await expect(take('field/rf_str_labels.onnx')).rejects.toThrow(
      'rf_str_labels.onnx: its classes are "fraud" and "ok"; say which one is the risk (--positive fraud or --positive ok)',
    );
    await expect(take('field/rf_str_labels.onnx', { positive: 'Fraud' })).rejects.toThrow(
      'found --positive Fraud, its classes are "fraud" and "ok"',
    );
    const onnx = new Uint8Array(await readFile(at('field/rf_str_labels.onnx')));
    const { onnx: ours, card } = await take('field/rf_str_labels.onnx', { positive: 'fraud' });
    const row = Float32Array.from({ length: readOnnx(onnx).featureCount }, (_, i) => i * 3);
    const [[theirs], [own]] = [await scoreRows(onnx, row, 1), await scoreRows(ours, row, 1)];
    expect(own).toBeCloseTo(1 - theirs!, 6);
    expect(card.evaluation!.rocAuc.value).toBeGreaterThan(0.8);
  });

  test.each([
    ['models/inverted.onnx', { positive: 'good' }, /its ROC-AUC is 0\.1\d+, below a coin toss/],
    ['field/hgb_cat.onnx', {}, /its ROC-AUC is 0\.\d+, below a coin toss/],
    ['models/inf_score.onnx', {}, /leaves can add up to 0\.1 at the least and 6e\+38 at the most/],
    [
      'models/out_of_range.onnx',
      {},
      /0\.1 at the least and 2\.5 at the most, expected probabilities from 0 to 1/,
    ],
  ])('%s is refused with the reason', async (name, more, reason) => {
    await expect(take(name, more)).rejects.toThrow(reason);
  });

  test('is refused by its depth before the runtime sees it: ten thousand levels end the process', async () => {
    const onnx = new Uint8Array(gunzipSync(await readFile(at('models/deep_tree_segfault.onnx.gz'))));
    expect(() => readOnnx(onnx, 'deep.onnx')).toThrow('deep.onnx: tree 0 has more than 1000 levels');
  });

  test.each([
    ['a pickle', '\u0080\u0004\u0095', /a Python pickle, which would run code to be read/],
    ['a model of XGBoost', '{"learner":{}}', /as XGBoost saves models/],
    ['a model of LightGBM', 'tree\nversion=v4\n', /LightGBM's text format/],
    ['a model of CatBoost', 'CBM1....', /CatBoost's own format/],
  ])('%s is reported of ONNX, and what to do', (_, bytes, reason) => {
    expect(() => readOnnx(Uint8Array.from(Buffer.from(bytes, 'latin1')), 'm')).toThrow(reason);
  });
});

describe('a file that a converter made of another model', () => {
  const read = async (name: string) => {
    const file = new URL(`../parity/golden/refused-imports/${name}.onnx.gz`, import.meta.url);
    return readOnnx(gunzipSync(await readFile(file)), name).ensemble;
  };

  test.each(['calibrated-lightgbm', 'calibrated-boosting-pipeline'])(
    '%s is refused without the scores of Python',
    async (name) => {
      const ensemble = await read(name);
      expect(() => checkRange(ensemble, name)).not.toThrow();
      expect(() => checkCalibration(ensemble, name, false)).toThrow(
        /calibrates a probability that boosted trees give.*\(--scores\)/,
      );
      expect(() => checkCalibration(ensemble, name, true)).not.toThrow();
    },
  );

  test('LightGBM rf, whose probability was divided once too often, is refused', async () => {
    const ensemble = await read('lightgbm-rf');
    expect(() => checkRange(ensemble, 'm')).toThrow(
      /its probabilities lie between 0 and 0\.01 whatever the trees say/,
    );
  });
});

describe('a file of scores', () => {
  const withScores = async (text: string) => {
    const scores = join(folder, 'scores.csv');
    await writeFile(scores, text);
    return take('field/xgb.onnx', { scores });
  };

  test.each([
    [
      'record_id,score\nT00000,0.5\nT00000,0.5\n',
      'scores.csv, line 3: found the record_id T00000 a second time',
    ],
    ['record_id,score\nT00000,high\n', 'scores.csv, line 2: score: found "high", expected a number'],
    ['record_id,score\nT00000,\n', 'scores.csv, line 2: score: found null, expected a number'],
    ['id,p\nT00000,0.5\n', 'expected a CSV with the columns record_id and score'],
    ['record_id,score\nX,0.5\n', 'none of its 1 record ids is in the training or the held-out part'],
  ])('%j is refused', async (text, reason) => {
    await expect(withScores(text)).rejects.toThrow(reason);
  });
});
