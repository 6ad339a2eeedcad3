/** What is written is the model in our own form: it must give the scores of the file that came in, on each side of every split. */
import { InputError } from '../errors.ts';
import type { OnnxModel } from '../forest/onnx/onnx-read.ts';
import { writeOnnx } from '../forest/onnx/onnx-write.ts';
import { scoreRows } from '../forest/onnx/score-rows.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import { nextFloat32Below, type TreeEnsemble } from '../forest/tree-ensemble.ts';

const TOLERANCE = 1e-5;
const MAX_ROWS = 1000;
const MAX_PROBED_SPLITS = 1000;

/** Throws an InputError where any row of the training part, or one just beside a split, scores otherwise. */
export async function checkSameScores(
  { model, onnx, name }: { model: OnnxModel; onnx: Uint8Array; name: string },
  data: TrainingSet,
  places: readonly number[],
): Promise<void> {
  const rows = sampleRows(data, places);
  const probed = [...rows, ...probeSplits(model.ensemble, rows)];
  const values = new Float32Array(probed.length * places.length);
  probed.forEach((row, at) => {
    values.set(row, at * places.length);
  });
  const before = await scoreRows(onnx, values, probed.length, model.probabilitiesOutput).catch(
    (cause: unknown) => {
      const isDouble = model.inputs.some((input) => input.isDouble);
      throw new InputError(
        `${name}: ${(cause as Error).message}${isDouble ? '; convert it with FloatTensorType: it takes float64' : ''}`,
        { cause },
      );
    },
  );
  const after = await scoreRows(writeOnnx(model.ensemble), values, probed.length);
  const differing = before.findIndex((score, row) => !(Math.abs(score - after[row]!) <= TOLERANCE));
  if (differing < 0) return;
  throw new InputError(
    `${name}: rewritten it scores ${after[differing]} where the file scores ${before[differing]}; expected the same to ${TOLERANCE}. The inputs are ${probed[differing]!.join(', ')}`,
  );
}

function sampleRows({ values, rows }: TrainingSet, places: readonly number[]): Float32Array[] {
  const width = rows === 0 ? 0 : values.length / rows;
  return Array.from({ length: Math.min(MAX_ROWS, rows) }, (_, row) =>
    Float32Array.from(places, (place) => values[row * width + place]!),
  );
}

/** Rows on a threshold, on the float32 above it, and missing there: some splits of each tree where there are too many. */
function probeSplits({ feature, threshold }: TreeEnsemble, rows: readonly Float32Array[]): Float32Array[] {
  const splits = Array.from(feature.keys()).filter((node) => feature[node]! >= 0);
  const step = Math.max(1, Math.ceil(splits.length / MAX_PROBED_SPLITS));
  return splits
    .filter((_, at) => at % step === 0)
    .flatMap((node, at) => {
      const cut = threshold[node]!;
      return [cut, -nextFloat32Below(-cut), Number.NaN].map((value) => {
        const row = rows[at % rows.length]!.slice();
        row[feature[node]!] = value;
        return row;
      });
    });
}
