import { expect, test } from 'vitest';
import { writeOnnx } from '../../lib/forest/onnx/onnx-write.ts';
import { resampleSmote, resampleUndersample } from '../../lib/forest/train/resampling.ts';
import type { TrainingSet } from '../../lib/forest/training-set.ts';
import { type Candidate, defaults, fitCandidate } from '../../lib/training/fit-candidate.ts';
import { Random } from '../../samples/generators/random.ts';

const random = new Random(5, 0);
const rows = 300;
const data: TrainingSet = {
  rows,
  columns: 2,
  values: Float32Array.from({ length: rows * 2 }, () => random.uniform()),
  labels: Uint8Array.from({ length: rows }, () => Number(random.chance(0.08))),
};
const few = (algorithm: 'forest' | 'boosting'): Candidate => ({
  algorithm,
  hyperParameters: { ...defaults[algorithm].hyperParameters, trees: 6 },
});
const bytes = async (...args: Parameters<typeof fitCandidate>): Promise<Uint8Array> =>
  writeOnnx((await fitCandidate(...args)).ensemble);

test.each(['forest', 'boosting'] as const)('%s: same seed, same bytes', async (algorithm) => {
  const options = { seed: 1, threads: 1, resample: 'none' } as const;
  const first = await bytes(few(algorithm), data, options);
  expect(await bytes(few(algorithm), data, options)).toEqual(first);
  expect(await bytes(few(algorithm), data, { ...options, seed: 2 })).not.toEqual(first);
});

test('without out-of-bag scores the trees are the same', async () => {
  const options = { seed: 1, threads: 1, resample: 'none' } as const;
  const [whole, without] = [
    await fitCandidate(few('forest'), data, options),
    await fitCandidate(few('forest'), data, { ...options, outOfBag: false }),
  ];
  expect(writeOnnx(without.ensemble)).toEqual(writeOnnx(whole.ensemble));
  expect(whole.outOfBag.some((score) => !Number.isNaN(score))).toBe(true);
  expect(without.outOfBag.every(Number.isNaN)).toBe(true);
});

test('the algorithm decides what the sum of the trees stands for', async () => {
  const options = { seed: 1, threads: 1, resample: 'none' } as const;
  expect((await fitCandidate(few('forest'), data, options)).ensemble.link).toBe('identity');
  expect((await fitCandidate(few('boosting'), data, options)).ensemble.link).toBe('logit');
});

test('resampling happens before training, seeded', async () => {
  const plain = { seed: 4, threads: 1, resample: 'none' } as const;
  const smote = resampleSmote(data, { ratio: 0.2, neighbours: 5, seed: 4 });
  const fewer = resampleUndersample(data, { ratio: 0.25, seed: 4 });
  const candidate = few('forest');
  expect(await bytes(candidate, data, { ...plain, resample: 'smote' })).toEqual(
    await bytes(candidate, smote, plain),
  );
  expect(await bytes(candidate, data, { ...plain, resample: 'undersample' })).toEqual(
    await bytes(candidate, fewer, plain),
  );
  expect(await bytes(candidate, smote, plain)).not.toEqual(await bytes(candidate, data, plain));
});

test('rows whose positives are not rare stay as they are', async () => {
  const even = { ...data, labels: Uint8Array.from({ length: rows }, (_, row) => Number(row % 5 < 2)) };
  const plain = { seed: 4, threads: 1, resample: 'none' } as const;
  const expected = await bytes(few('forest'), even, plain);
  for (const resample of ['smote', 'undersample'] as const) {
    expect(await bytes(few('forest'), even, { ...plain, resample })).toEqual(expected);
  }
});

test('the defaults are whole sets of hyper-parameters, one an algorithm', () => {
  expect(Object.keys(defaults)).toEqual(['forest', 'boosting']);
  for (const [name, { algorithm, hyperParameters }] of Object.entries(defaults)) {
    expect(algorithm).toBe(name);
    expect(hyperParameters.maxBins).toBe(256);
  }
});
