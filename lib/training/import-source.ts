/** The trees that are imported: those of the ONNX file, of the library's own file, or of both once they are the same. */
import { InputError } from '../errors.ts';
import { type OnnxModel, readOnnx } from '../forest/onnx/onnx-read.ts';
import type { OriginalModel } from '../forest/originals/original-model.ts';
import { type OriginalFile, readOriginal } from '../forest/originals/read-original.ts';
import { matchMembers } from '../forest/originals/same-trees.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import { COVERS_OF_TRAINING_ROWS } from '../models/card.ts';

export interface ImportSource {
  readonly ensemble: TreeEnsemble;
  /** What the ONNX file alone gives; null without one. */
  readonly onnxModel: OnnxModel | null;
  readonly labels: readonly string[] | null;
  readonly forgetsMissing: readonly number[];
  readonly producer: string;
  readonly cover: string;
}

export interface SourceFiles {
  readonly onnx?: Uint8Array;
  /** The ONNX file's name. */
  readonly name: string;
  readonly original?: OriginalFile;
}

export function readSource({ onnx, name, original }: SourceFiles): ImportSource {
  const own = original && readOriginal(original);
  if (onnx !== undefined) return own === undefined ? fromOnnx(onnx, name) : fromBoth(onnx, name, own);
  if (own === undefined)
    throw new InputError("no model is given: expected an ONNX file or the library's own");
  return {
    ensemble: own.ensemble,
    onnxModel: null,
    labels: ['0', '1'],
    forgetsMissing: [],
    producer: own.library,
    cover: `from ${own.library}`,
  };
}

function fromOnnx(onnx: Uint8Array, name: string): ImportSource {
  const model = readOnnx(onnx, name);
  const { ensemble, labels, forgetsMissing, producer, hasCover } = model;
  return {
    ensemble,
    onnxModel: model,
    labels,
    forgetsMissing,
    producer,
    cover: hasCover ? 'from the model' : COVERS_OF_TRAINING_ROWS,
  };
}

/** The original knows where missing values go, whatever the converter did. */
function fromBoth(onnx: Uint8Array, name: string, original: OriginalModel): ImportSource {
  const source = fromOnnx(onnx, name);
  const { ensemble } = readOnnx(onnx, name, (members) => matchMembers(members, original, name));
  return { ...source, ensemble, forgetsMissing: [], cover: `from ${original.library}` };
}
