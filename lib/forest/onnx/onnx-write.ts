/**
 * Writes a TreeEnsemble as ONNX: one TreeEnsembleClassifier (or, with parts, the graph of onnx-write-parts.ts) that ONNX Runtime
 * runs from Node, Python or anywhere, input `features` float32 [rows, n], outputs `label` int64 [rows] and `probabilities` float32
 * [rows, 2].
 *
 * Each leaf has one weight, of class 0: with two class labels runtimes take a single class for the score of the
 * positive one and fill in the other. It is the form that skl2onnx writes, half the size of two weights a leaf.
 * Values, covers and the base become float32. Same ensemble, same bytes.
 */
import { PbfWriter } from 'pbf';
import type { TreeEnsemble } from '../tree-ensemble.ts';
import { layOutParts, type WrittenGraph, type WrittenNode, writeConstant } from './onnx-write-parts.ts';

export interface OnnxNames {
  readonly producer?: string;
  /** In the metadata as `input_names`, a JSON list. */
  readonly inputNames?: readonly string[];
  readonly metadata?: Readonly<Record<string, string>>;
}

const IR_VERSION = 8;
/** Version 1 of the operator is all it takes, and the most widely understood. */
const OPSETS = [
  { domain: '', version: 15 },
  { domain: 'ai.onnx.ml', version: 1 },
];
const FLOAT32 = 1;
const INT64 = 7;

export function writeOnnx(ensemble: TreeEnsemble, names: OnnxNames = {}): Uint8Array {
  const pbf = new PbfWriter();
  const metadata: Record<string, string> = {
    ...names.metadata,
    ...(names.inputNames && { input_names: JSON.stringify(names.inputNames) }),
  };
  pbf.writeVarintField(1, IR_VERSION);
  pbf.writeStringField(2, names.producer ?? 'assay');
  pbf.writeMessage(7, writeGraph, ensemble);
  for (const opset of OPSETS) pbf.writeMessage(8, writeOpset, opset);
  for (const key of Object.keys(metadata).sort())
    pbf.writeMessage(14, writeEntry, [key, metadata[key]!] as const);
  return pbf.finish().slice();
}

function writeOpset({ domain, version }: { domain: string; version: number }, pbf: PbfWriter): void {
  pbf.writeStringField(1, domain);
  pbf.writeVarintField(2, version);
}

function writeEntry([key, value]: readonly [string, string], pbf: PbfWriter): void {
  pbf.writeStringField(1, key);
  pbf.writeStringField(2, value);
}

function writeGraph(ensemble: TreeEnsemble, pbf: PbfWriter): void {
  const { nodes, constants } = ensemble.parts === undefined ? layOutSum(ensemble) : layOutParts(ensemble);
  for (const node of nodes) pbf.writeMessage(1, writeNode, node);
  pbf.writeStringField(2, 'trees');
  for (const constant of constants) pbf.writeMessage(5, writeConstant, constant);
  pbf.writeMessage(11, writeTensorInfo, {
    name: 'features',
    element: FLOAT32,
    columns: ensemble.featureCount,
  });
  pbf.writeMessage(12, writeTensorInfo, { name: 'label', element: INT64, columns: null });
  pbf.writeMessage(12, writeTensorInfo, { name: 'probabilities', element: FLOAT32, columns: 2 });
}

/** A tensor of any number of rows; `columns` null: a list. */
export interface TensorInfo {
  readonly name: string;
  readonly element: number;
  readonly columns: number | null;
}

export function writeTensorInfo(info: TensorInfo, pbf: PbfWriter): void {
  pbf.writeStringField(1, info.name);
  pbf.writeMessage(2, writeType, info);
}

function writeType(info: TensorInfo, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeTensorType, info);
}

function writeTensorType(info: TensorInfo, pbf: PbfWriter): void {
  pbf.writeVarintField(1, info.element);
  pbf.writeMessage(2, writeShape, info);
}

function writeShape({ columns }: TensorInfo, pbf: PbfWriter): void {
  pbf.writeMessage(1, writeAnySize, 'rows');
  if (columns !== null) pbf.writeMessage(1, writeSize, columns);
}

function writeAnySize(name: string, pbf: PbfWriter): void {
  pbf.writeStringField(2, name);
}

function writeSize(size: number, pbf: PbfWriter): void {
  pbf.writeVarintField(1, size);
}

function layOutSum(trees: TreeEnsemble): WrittenGraph {
  const outputs = ['label', 'probabilities'];
  return {
    nodes: [{ op: 'TreeEnsembleClassifier', name: 'trees', inputs: ['features'], outputs, trees }],
    constants: new Map(),
  };
}

function writeNode(
  { op, name, inputs, outputs, trees, axis, keepDimensions }: WrittenNode,
  pbf: PbfWriter,
): void {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  if (trees !== undefined) pbf.writeStringField(3, name);
  pbf.writeStringField(4, op);
  const attributes = [
    ...(trees === undefined ? [] : attributesOf(trees, op === 'TreeEnsembleRegressor' ? 'target' : 'class')),
    ...(axis === undefined ? [] : [{ name: 'axis', int: axis }]),
    ...(keepDimensions === undefined ? [] : [{ name: 'keepdims', int: keepDimensions }]),
  ];
  for (const attribute of attributes) pbf.writeMessage(5, writeAttribute, attribute);
  if (trees !== undefined) pbf.writeStringField(7, 'ai.onnx.ml');
}

interface WrittenAttribute {
  readonly name: string;
  readonly int?: number;
  readonly text?: string;
  readonly floats?: number[];
  readonly ints?: number[];
  readonly texts?: readonly string[];
}

/** AttributeProto names its type by these numbers. */
const TYPES = { int: 2, text: 3, floats: 6, ints: 7, texts: 8 };

function writeAttribute({ name, int, text, floats, ints, texts }: WrittenAttribute, pbf: PbfWriter): void {
  pbf.writeStringField(1, name);
  if (int !== undefined) pbf.writeVarintField(3, int);
  if (text !== undefined) pbf.writeStringField(4, text);
  if (floats !== undefined) pbf.writePackedFloat(7, floats);
  if (ints !== undefined) pbf.writePackedVarint(8, ints);
  for (const one of texts ?? []) pbf.writeStringField(9, one);
  pbf.writeVarintField(
    20,
    int !== undefined
      ? TYPES.int
      : text !== undefined
        ? TYPES.text
        : floats
          ? TYPES.floats
          : ints
            ? TYPES.ints
            : TYPES.texts,
  );
}

/** A classifier of one weight a leaf, or a regressor of one target. */
function attributesOf(ensemble: TreeEnsemble, prefix: 'class' | 'target'): WrittenAttribute[] {
  const { feature, threshold, missingLeft, cover, value, base, link } = ensemble;
  const { treeIds, nodeIds, leftIds, rightIds } = numberNodes(ensemble);
  const leaves = listWeighed(ensemble);
  const weights = leaves.map((node) => value[node]!);
  if (leaves.length > countLeaves(feature)) weights[weights.length - 1] = SMALLEST_NEGATIVE;
  return [
    { name: 'nodes_treeids', ints: treeIds },
    { name: 'nodes_nodeids', ints: nodeIds },
    { name: 'nodes_featureids', ints: Array.from(feature, (f) => Math.max(f, 0)) },
    { name: 'nodes_values', floats: Array.from(threshold) },
    { name: 'nodes_hitrates', floats: Array.from(cover) },
    { name: 'nodes_modes', texts: Array.from(feature, (f) => (f < 0 ? 'LEAF' : 'BRANCH_LEQ')) },
    { name: 'nodes_truenodeids', ints: leftIds },
    { name: 'nodes_falsenodeids', ints: rightIds },
    { name: 'nodes_missing_value_tracks_true', ints: Array.from(missingLeft) },
    { name: `${prefix}_treeids`, ints: leaves.map((node) => treeIds[node]!) },
    { name: `${prefix}_nodeids`, ints: leaves.map((node) => nodeIds[node]!) },
    { name: `${prefix}_ids`, ints: leaves.map(() => 0) },
    { name: `${prefix}_weights`, floats: weights },
    ...(prefix === 'class'
      ? [{ name: 'classlabels_int64s', ints: [0, 1] }]
      : [{ name: 'n_targets', int: 1 }]),
    { name: 'post_transform', text: link === 'logit' ? 'LOGISTIC' : 'NONE' },
    { name: 'base_values', floats: [base] },
  ];
}

/** ONNX numbers nodes from 0 in each tree, and gives a leaf 0 for its children. */
function numberNodes({ treeStart, feature, left, right }: TreeEnsemble) {
  const treeIds: number[] = [];
  const nodeIds: number[] = [];
  const leftIds: number[] = [];
  const rightIds: number[] = [];
  for (let tree = 0; tree + 1 < treeStart.length; tree++) {
    const start = treeStart[tree]!;
    for (let node = start; node < treeStart[tree + 1]!; node++) {
      const leaf = feature[node]! < 0;
      treeIds.push(tree);
      nodeIds.push(node - start);
      leftIds.push(leaf ? 0 : left[node]! - start);
      rightIds.push(leaf ? 0 : right[node]! - start);
    }
  }
  return { treeIds, nodeIds, leftIds, rightIds };
}

/** The float32 nearest below zero: no sum feels it. */
const SMALLEST_NEGATIVE = -1.401298464324817e-45;

function countLeaves(feature: Int32Array): number {
  return feature.reduce((count, f) => count + (f < 0 ? 1 : 0), 0);
}

/**
 * The leaves, in order. If all weights are positive, ONNX Runtime takes them for probabilities and sets the label by
 * 0.5, even where they are log-odds: then the heaviest leaf comes once more, with a weight just below zero.
 */
function listWeighed({ feature, value, link }: TreeEnsemble): number[] {
  const leaves = Array.from(feature.keys()).filter((node) => feature[node]! < 0);
  const heaviest = leaves.reduce((best, node) => (value[node]! > value[best]! ? node : best), leaves[0]!);
  const allPositive = leaves.every((node) => !(value[node]! < 0)) && value[heaviest]! > 0;
  return link === 'logit' && allPositive ? [...leaves, heaviest] : leaves;
}
