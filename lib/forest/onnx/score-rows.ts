import { OnnxScorer } from './onnx-scorer.ts';

/** Probabilities of rows (row-major) by a model's bytes, for the one who scores one matrix and is done. */
export async function scoreRows(
  onnx: Uint8Array,
  values: Float32Array,
  rows: number,
  output?: string,
): Promise<Float32Array> {
  const scorer = await OnnxScorer.open(onnx, output);
  try {
    return await scorer.score(values, rows);
  } finally {
    await scorer.close();
  }
}
