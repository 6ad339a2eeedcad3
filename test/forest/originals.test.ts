/** A library's own file beside an ONNX file that is, or is not, the same model. The models are those of test/parity/imports.py. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { foldScores } from '../../lib/forest/onnx/graph/fold-scores.ts';
import { addForms, sumOf } from '../../lib/forest/onnx/graph/score-form.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { type OriginalKind, readOriginal } from '../../lib/forest/originals/read-original.ts';
import { matchMembers, matchTrees } from '../../lib/forest/originals/same-trees.ts';

interface Golden {
  readonly onnx: string;
  readonly original: { readonly kind: OriginalKind; readonly text: string };
}

const golden = (name: string): Golden =>
  JSON.parse(
    gunzipSync(readFileSync(new URL(`../parity/golden/imports/${name}.json.gz`, import.meta.url))).toString(),
  ) as Golden;
const read = (kind: OriginalKind, text: string) =>
  readOriginal({ kind, name: 'original', bytes: Buffer.from(text) });

/** The ONNX file of a golden beside its original after a change. */
function match(name: string, change: (text: string) => string) {
  const { onnx, original } = golden(name);
  const changed = change(original.text);
  expect(changed).not.toBe(original.text);
  return matchTrees(
    readOnnx(Buffer.from(onnx, 'base64'), 'model.onnx').ensemble,
    read(original.kind, changed),
    'model.onnx',
  );
}

interface XgboostJson {
  learner: {
    gradient_booster: {
      name: string;
      model: { trees: Record<string, number[]>[] };
      weight_drop?: number[];
    };
    learner_model_param: { base_score: string };
    objective: { name: string };
  };
}

const editJson =
  (edit: (json: XgboostJson) => void) =>
  (text: string): string => {
    const json = JSON.parse(text) as XgboostJson;
    edit(json);
    return JSON.stringify(json);
  };
const trees = (json: XgboostJson) => json.learner.gradient_booster.model.trees;

describe("a library's own file", () => {
  test.each<[string, (text: string) => string, RegExp]>([
    [
      'whose second tree splits elsewhere',
      editJson((json) => {
        trees(json)[1]!.split_conditions![0]! += 0.5;
      }),
      /^original: is not the model of model\.onnx: tree 1, node 0: its threshold is [-\d.]+ in original, [-\d.]+ in model\.onnx$/,
    ],
    [
      'whose first tree splits on another feature',
      editJson((json) => {
        const at = trees(json)[0]!.split_indices!;
        at[0] = (at[0]! + 1) % 6;
      }),
      /tree 0, node 0: it is a split on feature \d in original, a split on feature \d in model\.onnx/,
    ],
    [
      'with another leaf',
      editJson((json) => {
        const { left_children, split_conditions } = trees(json)[0]!;
        split_conditions![left_children!.indexOf(-1)]! += 1e-4;
      }),
      /tree 0, node \d+: its value is/,
    ],
    [
      'with a tree less',
      editJson((json) => void trees(json).pop()),
      /the number of trees is 11 in original, 12 in model\.onnx/,
    ],
    [
      'with another base',
      editJson((json) => {
        json.learner.learner_model_param.base_score = '[2.5E-1]';
      }),
      /the base is -1\.09\d+ in original/,
    ],
    [
      'whose trees were dropped out (dart), which the converter does not write',
      editJson((json) => {
        json.learner.gradient_booster.weight_drop = trees(json).map((_, tree) => (tree === 3 ? 0.5 : 1));
      }),
      /tree 3, node \d+: its value is/,
    ],
    [
      'of another objective',
      editJson((json) => {
        json.learner.objective.name = 'rank:pairwise';
      }),
      /its objective is rank:pairwise, expected binary:logistic/,
    ],
    [
      'with categorical splits',
      editJson((json) => {
        trees(json)[2]!.split_type![0] = 1;
      }),
      /tree 2, node 0: a categorical split \(enable_categorical\).*list the categories in the pack/,
    ],
    [
      'whose nodes go round in a circle',
      editJson((json) => {
        trees(json)[0]!.left_children![0] = 0;
      }),
      /tree 0: node 0 is reached by two ways/,
    ],
  ])('XGBoost, %s, is refused', (_, change, reason) => {
    expect(() => match('xgboost-plain', change)).toThrow(reason);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'with another leaf',
      (text) => text.replace(/leaf_value=-?0\.(\d)/, 'leaf_value=0.9$1'),
      /tree 0, node \d+: its value is/,
    ],
    [
      'with linear leaves',
      (text) => text.replace('is_linear=0', 'is_linear=1'),
      /tree 0: has linear models in its leaves/,
    ],
    [
      'with a categorical split',
      (text) => text.replace(/decision_type=\d+/, 'decision_type=9'),
      /tree 0, node 0: a categorical split/,
    ],
    [
      'that takes 0 for missing',
      (text) => text.replace(/decision_type=\d+/, 'decision_type=6'),
      /takes 0 for missing \(zero_as_missing\)/,
    ],
    [
      'of a list cut short',
      (text) => text.replace(/leaf_count=\d+ /, 'leaf_count='),
      /tree 0: leaf_count has 8 entries, expected 9/,
    ],
    [
      'of another objective',
      (text) => text.replace('objective=binary sigmoid:1', 'objective=regression'),
      /its objective is regression, expected binary sigmoid:1/,
    ],
  ])('LightGBM, %s, is refused', (_, change, reason) => {
    expect(() => match('lightgbm-plain', change)).toThrow(reason);
  });

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'with another threshold',
      (text) => text.replace(/^(0,0,\d+,\d+,\d+),[-\d.]+/m, '$1,123.5'),
      /tree 0, node 0: its threshold is 123\.5 in original/,
    ],
    ['without covers', (text) => text.replace('cover', 'n'), /has no column cover; expected the table/],
    [
      'with a word for a number',
      (text) => text.replace(/^(0,0,\d+,\d+),\d+/m, '$1,amount'),
      /original, line 2: feature: found "amount", expected a number/,
    ],
    [
      'with a node twice',
      (text) => text.replace(/^0,1,/m, '0,0,'),
      /original, line 3: found node 0 of tree 0 a second time/,
    ],
    [
      'of two bases',
      (text) => text.replace(/0\.0,identity$/m, '0.5,identity'),
      /found 2 different pairs of base and link/,
    ],
  ])('scikit-learn, %s, is refused', (_, change, reason) => {
    expect(() => match('random-forest', change)).toThrow(reason);
  });

  test.each<[OriginalKind, string, RegExp]>([
    ['xgboost', 'tree\nversion=v4\n', /is not JSON; expected what model\.save_model\("model\.json"\) writes/],
    ['xgboost', '{"learner":{}}', /is not XGBoost's model\.json: learner\.objective/],
    [
      'xgboost',
      '\u00ff\u00fe{',
      /is not text; expected JSON: save it by model\.save_model\("model\.json"\), not as \.ubj/,
    ],
    ['lightgbm', '{}', /is not LightGBM's text format/],
    ['sklearn', 'a,b\n1,2\n', /has no column tree, node/],
    ['sklearn', '', /has no column tree/],
  ])('for --%s, %j is refused', (kind, text, reason) => {
    expect(() => readOriginal({ kind, name: 'm', bytes: Buffer.from(text, 'latin1') })).toThrow(reason);
  });

  test('knows where missing values go when the converter has forgotten it', () => {
    const { onnx, original } = golden('random-forest-missing');
    const file = readOnnx(Buffer.from(onnx, 'base64'), 'model.onnx');
    expect(file.forgetsMissing).toEqual([0, 1, 2, 3, 4, 5]);
    const { ensemble, rerouted } = matchTrees(file.ensemble, read('sklearn', original.text), 'model.onnx');
    expect(rerouted).toBeGreaterThan(10);
    expect(ensemble.missingLeft.reduce((sum, one) => sum + one, 0)).toBe(rerouted);
  });
});

test('the trees of several models in one file are taken one after the other, or refused by their number', () => {
  const ensembles = ['random-forest', 'extra-trees'].map(
    (name) => readOnnx(Buffer.from(golden(name).onnx, 'base64')).ensemble,
  );
  const [first, second] = ensembles.map((one, at) => ({
    ...one,
    cover: one.cover.map((_, node) => node + at),
  }));
  const joined = foldScores([first!, second!], addForms([sumOf(0), sumOf(1)]));
  const original = { name: 'original', library: 'scikit-learn' as const, ensemble: joined };
  const matched = matchMembers(ensembles, original, 'm');
  expect(matched.map(({ cover }) => cover)).toEqual([first!.cover, second!.cover]);
  expect(() => matchMembers([...ensembles, first!], original, 'm')).toThrow(
    'original: is not the model of m: the number of trees is 24 in original, 36 in the 3 ensembles of m',
  );
  expect(() => matchMembers(ensembles.toReversed(), original, 'm')).toThrow(/tree 0, node \d+: it/);
});
