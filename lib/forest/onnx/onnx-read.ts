/**
 * Reads ONNX bytes as a TreeEnsemble: our own files, and tree ensembles for two classes from skl2onnx and onnxmltools, with what
 * stands before and behind the trees folded into them. Anything else is an InputError that says what was found, damaged bytes
 * included.
 */
import { InputError } from '../../errors.ts';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { foreignFile } from './foreign-files.ts';
import { foldColumns } from './graph/fold-columns.ts';
import { foldScores } from './graph/fold-scores.ts';
import { type GraphInput, type Member, readGraph } from './graph/read-graph.ts';
import { type ModelProto, readModelProto } from './onnx-proto.ts';

export interface OnnxModel {
  /** By the columns of all inputs, in their order. */
  readonly ensemble: TreeEnsemble;
  readonly inputs: readonly GraphInput[];
  readonly featureCount: number;
  readonly probabilitiesOutput: string;
  readonly producer: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Without it, `withCover` must come before any explanation. */
  readonly hasCover: boolean;
  /** Its two classes; the score is the second's. Null: a regressor, which names none. */
  readonly labels: readonly string[] | null;
  /** Inputs whose missing values the trees send one way whatever the original does: no converter's flag says where. */
  readonly forgetsMissing: readonly number[];
}

/** Changes the trees of the file, one after the other as the graph has them, before anything is folded into them. */
export type AdaptTrees = (members: readonly TreeEnsemble[]) => readonly TreeEnsemble[];

/** `file` is what messages call it. */
export function readOnnx(
  bytes: Uint8Array,
  file = 'the model',
  adapt: AdaptTrees = (same) => same,
): OnnxModel {
  const model = readModel(bytes, file);
  if (model.graph === null) throw new InputError(`${file}: is not an ONNX model: it has no graph`);
  const graph = readGraph(model.graph, file);
  const used = new Set(graph.score.terms.flatMap(({ sum }) => sum.map(({ member }) => member)));
  const width = graph.inputs.reduce((sum, { columns }) => sum + (columns ?? 0), 0);
  const count = width > 0 ? width : graph.members[0]!.columns.length;
  const trees = adapt(graph.members.map(({ trees: { ensemble } }) => ensemble));
  const folded = graph.members.map(({ columns }, at) => foldColumns(trees[at]!, columns, count, file));
  const members = graph.members.filter((_, at) => used.has(at));
  return {
    ensemble: foldScores(folded, graph.score),
    inputs: graph.inputs,
    featureCount: count,
    probabilitiesOutput: graph.output,
    producer: model.producer,
    metadata: model.metadata,
    hasCover: members.every(({ trees: { hasCover } }) => hasCover),
    labels: graph.labels ?? labelsOf(members, file),
    forgetsMissing: forgottenInputs(members),
  };
}

const readBefore = new WeakMap<Uint8Array, TreeEnsemble>();

/** The trees of a model in Assay's own form; the same bytes, which no one changes, are read once. */
export function treesOf(onnx: Uint8Array): TreeEnsemble {
  const known = readBefore.get(onnx);
  if (known !== undefined) return known;
  const { ensemble } = readOnnx(onnx);
  readBefore.set(onnx, ensemble);
  return ensemble;
}

function labelsOf(members: readonly Member[], file: string): readonly string[] | null {
  const lists = new Set(members.map(({ trees: { labels } }) => JSON.stringify(labels)));
  if (lists.size > 1)
    throw new InputError(`${file}: its models have different classes: ${[...lists].join(' and ')}`);
  return members[0]!.trees.labels;
}

function forgottenInputs(members: readonly Member[]): number[] {
  const inputs = members.flatMap(({ trees, columns }) =>
    trees.tracksMissing
      ? []
      : columns.flatMap(({ input, apply }) =>
          Number.isNaN(apply?.(Number.NaN) ?? Number.NaN) ? [input] : [],
        ),
  );
  return [...new Set(inputs)].sort((a, b) => a - b);
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
