/**
 * ONNX bytes in, a TreeEnsemble out: our own files, and tree ensembles for two classes from skl2onnx and onnxmltools.
 * Anything else is an InputError that says what was found, damaged bytes included.
 */
import { InputError } from '../../errors.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { foreignFile } from './foreign-files.ts';
import { findTree } from './onnx-graph.ts';
import { type ModelProto, readModelProto } from './onnx-proto.ts';
import { readTrees } from './onnx-trees.ts';

export interface OnnxModel {
  readonly ensemble: TreeEnsemble;
  readonly inputName: string;
  readonly featureCount: number;
  readonly probabilitiesOutput: string;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without it, `withCover` must come before any explanation. */
  readonly hasCover: boolean;
  /** Its two classes; the score is the second's. Null: a regressor, which names none. */
  readonly labels: readonly string[] | null;
  /** Whether any split sends a missing value to where a true comparison goes: converters that keep it do so somewhere. */
  readonly tracksMissing: boolean;
}

/** `file` is what messages call it. */
export function readOnnx(bytes: Uint8Array, file = 'the model'): OnnxModel {
  const model = readModel(bytes, file);
  if (model.graph === null) throw new InputError(`${file}: is not an ONNX model: it has no graph`);
  const { tree, inputName, inputColumns, probabilitiesOutput } = findTree(model.graph, file);
  const { ensemble, hasCover, labels, tracksMissing } = readTrees(tree, inputColumns, file);
  return {
    ensemble,
    inputName,
    featureCount: ensemble.featureCount,
    probabilitiesOutput,
    producer: model.producer,
    metadata: model.metadata,
    hasCover,
    labels,
    tracksMissing,
  };
}

function readModel(bytes: Uint8Array, file: string): ModelProto {
  const foreign = foreignFile(bytes);
  if (foreign !== null) throw new InputError(`${file}: is not an ONNX model but ${foreign}`);
  try {
    return readModelProto(bytes);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`${file}: is not an ONNX model: ${reason}`, { cause });
  }
}
