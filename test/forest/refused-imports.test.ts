/** What Python's converters write and cannot be folded into trees, by the operator that is in the way. Made by test/parity/imports.py. */
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readOnnx } from '../../lib/forest/onnx/onnx-read.ts';

test.each([
  ['isotonic', /the operator Clip behind the trees, as in isotonic calibration.*method="sigmoid"/],
  ['stacking', /the operator LinearClassifier, as in stacking; import one of the models/],
  ['normalizer', /the operator Normalizer, which mixes the inputs of a record/],
  ['polynomial', /the operator ReduceProd/],
  ['power-transformer', /a Div of several inputs/],
  ['indicator', /splits on feature \d+, expected 0 to 5; .*\(add_indicator\).*add them in the pack/],
  ['ada-boost', /the operator ArgMax/],
  ['isolation-forest', /as in an IsolationForest; give its trees by --sklearn without --onnx/],
  ['three-classes', /separates 3 classes, expected two/],
])('%s is refused', (name, reason) => {
  const file = new URL(`../parity/golden/refused-imports/${name}.onnx.gz`, import.meta.url);
  expect(() => readOnnx(gunzipSync(readFileSync(file)), `${name}.onnx`)).toThrow(reason);
});
