import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { InputError } from '../../lib/errors.ts';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';
import { OnnxScorer } from '../../lib/forest/onnx/onnx-scorer.ts';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { toProbability } from '../../lib/forest/tree-ensemble.ts';
import { sumTrees } from './naive-shapley.ts';
import { modelOf, onnxFile, smallTree } from './onnx-file.ts';
import { ensembleShape, randomEnsemble } from './random-ensemble.ts';

const NaNs = Number.NaN;
/** On, just beside and off both thresholds, and missing. */
const ROWS = [0.5, 0.49999997, 0.50000006, -3, 9, NaNs].flatMap((a) =>
  [-1, -1.0000001, -0.99999994, -5, 3, NaNs].flatMap((b) => [a, b]),
);
const values = Float32Array.from(ROWS);
const rows = values.length / 2;

/** What ONNX Runtime says of the file, and what the ensemble that we read says. */
async function scoreBoth(bytes: Uint8Array): Promise<{ theirs: number[]; ours: number[] }> {
  const scorer = await OnnxScorer.open(bytes);
  const theirs = Array.from(await scorer.score(values, rows));
  await scorer.close();
  const { ensemble } = readOnnx(bytes);
  const ours = theirs.map((_, row) =>
    toProbability(sumTrees(ensemble, values.subarray(2 * row, 2 * row + 2)), ensemble.link),
  );
  return { theirs, ours };
}

async function expectAgreement(bytes: Uint8Array): Promise<void> {
  const { theirs, ours } = await scoreBoth(bytes);
  expect(new Set(theirs).size).toBeGreaterThan(1);
  theirs.forEach((score, row) => {
    expect(ours[row]).toBeCloseTo(score, 6);
  });
}

const twoClasses = {
  class_treeids: [0, 0, 0, 0, 0, 0],
  class_nodeids: [1, 1, 3, 3, 4, 4],
  class_ids: [0, 1, 0, 1, 0, 1],
  class_weights: [0.9, 0.1, 0.75, 0.25, 0.3, 0.7],
};
const regressor = (attributes: NonNullable<Parameters<typeof smallTree>[0]> = {}) => {
  const { attributes: own } = smallTree();
  const nodes = Object.fromEntries(Object.entries(own!).filter(([name]) => name.startsWith('nodes_')));
  return {
    op: 'TreeEnsembleRegressor',
    inputs: ['X'],
    outputs: ['probabilities'],
    attributes: {
      ...nodes,
      n_targets: 1,
      target_treeids: [0, 0, 0],
      target_nodeids: [1, 3, 4],
      target_ids: [0, 0, 0],
      target_weights: [0.1, 0.25, 0.7],
      post_transform: 'NONE',
      ...attributes,
    },
  };
};

/** The small tree, and a tree that is one leaf. */
const secondTree = {
  nodes_treeids: [0, 0, 0, 0, 0, 1],
  nodes_nodeids: [0, 1, 2, 3, 4, 0],
  nodes_featureids: [0, 0, 1, 0, 0, 0],
  nodes_values: [0.5, 0, -1, 0, 0, 0],
  nodes_modes: ['BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF', 'LEAF'],
  nodes_truenodeids: [1, 0, 3, 0, 0, 0],
  nodes_falsenodeids: [2, 0, 4, 0, 0, 0],
  nodes_missing_value_tracks_true: [1, 0, 0, 0, 0, 0],
  target_treeids: [0, 0, 0, 1],
  target_nodeids: [1, 3, 4, 0],
  target_ids: [0, 0, 0, 0],
  target_weights: [0.1, 0.25, 0.7, 0.5],
};

describe('readOnnx', () => {
  test.each(['BRANCH_LEQ', 'BRANCH_LT', 'BRANCH_GTE', 'BRANCH_GT'])(
    'reads %s as ONNX Runtime does, on the threshold and for missing values too',
    async (mode) => {
      await expectAgreement(modelOf(smallTree({}, mode)));
      await expectAgreement(modelOf(smallTree({ nodes_missing_value_tracks_true: [0, 0, 1, 0, 0] }, mode)));
      await expectAgreement(modelOf(smallTree({ nodes_missing_value_tracks_true: [] }, mode)));
    },
  );

  test.each([
    ['two weights a leaf', twoClasses],
    ['two weights a leaf and LOGISTIC', { ...twoClasses, post_transform: 'LOGISTIC' }],
    ['two weights a leaf and SOFTMAX', { ...twoClasses, post_transform: 'SOFTMAX' }],
    ['weights of class 1 alone', { class_ids: [1, 1, 1] }],
    ['a base', { base_values: [0.125] }],
    ['log-odds with a base', { post_transform: 'LOGISTIC', base_values: [-2], class_weights: [-1, 0.5, 3] }],
    [
      'log-odds that are all positive',
      { post_transform: 'LOGISTIC', base_values: [-2], class_weights: [1, 2, 3] },
    ],
    [
      'a leaf without a weight',
      { class_treeids: [0, 0], class_nodeids: [1, 4], class_ids: [0, 0], class_weights: [0.1, 0.7] },
    ],
  ])('reads %s as ONNX Runtime does', async (_, attributes) => {
    await expectAgreement(modelOf(smallTree(attributes)));
  });

  test.each([
    ['one target', {}],
    ['one target and a base', { base_values: [0.125] }],
    ['an average of two trees', { ...secondTree, aggregate_function: 'AVERAGE' }],
  ])('reads a regressor of %s as ONNX Runtime does', async (_, attributes) => {
    await expectAgreement(onnxFile({ operators: [regressor(attributes)], outputs: ['probabilities'] }));
  });

  test('puts the root first, wherever the file has it', async () => {
    const bytes = modelOf(
      smallTree({
        nodes_nodeids: [4, 3, 0, 1, 2],
        nodes_featureids: [0, 0, 0, 0, 1],
        nodes_values: [0, 0, 0.5, 0, -1],
        nodes_modes: ['LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'BRANCH_LEQ'],
        nodes_truenodeids: [0, 0, 1, 0, 3],
        nodes_falsenodeids: [0, 0, 2, 0, 4],
        nodes_missing_value_tracks_true: [0, 0, 1, 0, 0],
      }),
    );
    const { ensemble } = readOnnx(bytes);
    const sorted = readOnnx(modelOf(smallTree())).ensemble;
    for (let row = 0; row < rows; row++) {
      const own = values.subarray(2 * row, 2 * row + 2);
      expect(sumTrees(ensemble, own)).toBe(sumTrees(sorted, own));
    }
  });

  test('sees through casts, an identity and a ZipMap, which onnxruntime-node could not return', async () => {
    const bytes = onnxFile({
      operators: [
        { op: 'Identity', inputs: ['X'], outputs: ['inner'] },
        { ...smallTree(), inputs: ['inner'], outputs: ['label', 'raw'] },
        {
          op: 'ZipMap',
          inputs: ['raw'],
          outputs: ['output_probability'],
          attributes: { classlabels_int64s: [0, 1] },
        },
      ],
      outputs: ['label', 'output_probability'],
    });
    expect(readOnnx(bytes)).toMatchObject({
      inputs: [{ name: 'X', columns: 2 }],
      probabilitiesOutput: 'output_probability',
    });
    await expectAgreement(bytes);
  });

  test.each([
    [
      'an operator that is no tree',
      'LinearClassifier',
      modelOf({
        op: 'LinearClassifier',
        inputs: ['X'],
        outputs: ['label', 'probabilities'],
        attributes: { coefficients: [1, 2] },
      }),
    ],
    [
      'an operator before the trees that mixes inputs',
      'Normalizer, which mixes the inputs of a record',
      modelOf({ op: 'Normalizer', inputs: ['X'], outputs: ['s'] }, { ...smallTree(), inputs: ['s'] }),
    ],
    [
      'an operator behind the trees',
      'found the operator Tanh',
      modelOf(
        { ...smallTree(), outputs: ['label', 'raw'] },
        { op: 'Tanh', inputs: ['raw'], outputs: ['probabilities'] },
      ),
    ],
    ['no graph', 'no graph', new Uint8Array(0)],
    [
      'whole numbers for inputs',
      'FloatTensorType',
      onnxFile({ operators: [smallTree()], outputs: ['probabilities'], element: 7 }),
    ],
    ['three classes', '3 classes', modelOf(smallTree({ classlabels_int64s: [0, 1, 2] }))],
    ['weights of a third class', 'class 2', modelOf(smallTree({ class_ids: [0, 1, 2] }))],
    ['an equality', 'BRANCH_EQ', modelOf(smallTree({}, 'BRANCH_EQ'))],
    ['another transform', 'PROBIT', modelOf(smallTree({ post_transform: 'PROBIT' }))],
    ['two bases', '2 base_values', modelOf(smallTree({ base_values: [0, 1] }))],
    ['an output that is not there', 'no output', onnxFile({ operators: [smallTree()], outputs: ['label'] })],
    ['a feature beyond the input', 'feature 7', modelOf(smallTree({ nodes_featureids: [0, 0, 7, 0, 0] }))],
    ['a child that is not there', 'child 9', modelOf(smallTree({ nodes_falsenodeids: [2, 0, 9, 0, 0] }))],
    ['a loop', 'two ways', modelOf(smallTree({ nodes_falsenodeids: [2, 0, 3, 0, 0] }))],
    [
      'a node out of reach',
      'leads to',
      modelOf(smallTree({ nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'LEAF', 'LEAF'] })),
    ],
    ['two nodes of one number', 'numbered 3', modelOf(smallTree({ nodes_nodeids: [0, 1, 2, 3, 3] }))],
    ['a list too short', 'nodes_values', modelOf(smallTree({ nodes_values: [1] }))],
    ['a weight on no leaf', 'node 2', modelOf(smallTree({ class_nodeids: [1, 2, 4] }))],
    [
      'two targets',
      '2 targets',
      onnxFile({ operators: [regressor({ n_targets: 2 })], outputs: ['probabilities'] }),
    ],
    [
      'a regressor of log-odds',
      'LOGISTIC',
      onnxFile({ operators: [regressor({ post_transform: 'LOGISTIC' })], outputs: ['probabilities'] }),
    ],
    ['a threshold that is no number', 'threshold', modelOf(smallTree({ nodes_values: [NaNs, 0, -1, 0, 0] }))],
    ['a weight that is no number', 'not finite', modelOf(smallTree({ class_weights: [NaNs, 0, 0] }))],
  ] as [string, string, Uint8Array][])('refuses %s, and says so', (_, said, bytes) => {
    expect(() => readOnnx(bytes, 'model.onnx')).toThrow(InputError);
    expect(() => readOnnx(bytes, 'model.onnx')).toThrow(said);
    expect(() => readOnnx(bytes, 'model.onnx')).toThrow('model.onnx');
  });

  test('either reads damaged bytes or refuses them with an InputError; nothing else', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc
        .tuple(
          fc.constantFrom(
            modelOf(smallTree()),
            writeOnnx(
              randomEnsemble({ seed: 3, features: 4, trees: 2, depth: 4, link: 'logit', zeroCovers: false }),
            ),
          ),
          fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 }),
          fc.nat(),
          fc.boolean(),
        )
        .map(([whole, changes, cut, isCut]) => {
          const damaged = whole.slice();
          for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
          return isCut ? damaged.subarray(0, cut % damaged.length) : damaged;
        }),
    );
    fc.assert(
      fc.property(bytes, (damaged) => {
        try {
          readOnnx(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  test('refuses every beginning of a file that is cut off amid its trees', () => {
    const whole = modelOf(smallTree());
    for (let length = 0; length < whole.length - 30; length++) {
      expect(() => readOnnx(whole.subarray(0, length))).toThrow(InputError);
    }
  });

  test('says where a file breaks off', () => {
    const whole = modelOf(smallTree());
    expect(() => readOnnx(whole.subarray(0, 300), 'cut.onnx')).toThrow(/cut\.onnx: .*it ends at byte 300/);
  });

  test.each([
    ['the sums of their children', [10, 4, 6, 1, 5], true],
    ['a little off, as float32 sums are', [10, 4, 6.001, 1, 5], true],
    ['all one', [1, 1, 1, 1, 1], false],
    ['not the sums of their children', [10, 4, 6, 3, 5], false],
    ['all zero', [0, 0, 0, 0, 0], false],
    ['negative', [10, 4, 6, 7, -1], false],
    ['absent', [], false],
  ])('knows whether covers can be averaged by: %s', (_, covers, usable) => {
    expect(readOnnx(modelOf(smallTree({ nodes_hitrates: covers }))).hasCover).toBe(usable);
  });

  test('gives back what writeOnnx was given', () => {
    fc.assert(
      fc.property(
        ensembleShape({ features: 8, trees: 5, depth: 6 }),
        fc.array(fc.string()),
        (shape, names) => {
          const ensemble = randomEnsemble(shape);
          const model = readOnnx(
            writeOnnx(ensemble, { producer: 'me', inputNames: names, metadata: { a: 'ä' } }),
          );
          expect(model.ensemble).toEqual(ensemble);
          expect(model.metadata).toEqual({ a: 'ä', input_names: JSON.stringify(names) });
          expect(model).toMatchObject({
            producer: 'me',
            featureCount: shape.features,
            inputs: [{ name: 'features', columns: shape.features }],
          });
        },
      ),
    );
  });
});
