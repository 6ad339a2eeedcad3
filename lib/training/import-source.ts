/** The trees that are imported: those of the ONNX file, of the library's own file, or of both once they are the same. */
import { InputError } from '../errors.ts';
import { readOnnx } from '../forest/onnx/onnx-read.ts';
import type { OriginalModel } from '../forest/originals/original-model.ts';
import { type OriginalFile, readOriginal } from '../forest/originals/read-original.ts';
import { matchTrees } from '../forest/originals/same-trees.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import { COVERS_OF_TRAINING_ROWS } from '../models/card.ts';

export interface ImportSource {
  readonly ensemble: TreeEnsemble;
  /** As the ONNX file alone gives them; null without one. */
  readonly onnxEnsemble: TreeEnsemble | null;
  readonly labels: readonly string[] | null;
  readonly tracksMissing: boolean;
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
    onnxEnsemble: null,
    labels: ['0', '1'],
    tracksMissing: true,
    producer: own.library,
    cover: `from ${own.library}`,
  };
}

function fromOnnx(onnx: Uint8Array, name: string): ImportSource {
  const { ensemble, labels, tracksMissing, producer, hasCover } = readOnnx(onnx, name);
  return {
    ensemble,
    onnxEnsemble: ensemble,
    labels,
    tracksMissing,
    producer,
    cover: hasCover ? 'from the model' : COVERS_OF_TRAINING_ROWS,
  };
}

/** The original knows where missing values go, whatever the converter did. */
function fromBoth(onnx: Uint8Array, name: string, original: OriginalModel): ImportSource {
  const source = fromOnnx(onnx, name);
  const { ensemble } = matchTrees(source.ensemble, original, name);
  return { ...source, ensemble, tracksMissing: true, cover: `from ${original.library}` };
}
