/**
 * Whether the scoring kernel gives a model's scores as ONNX Runtime does, bit for bit: on rows made of the model's own thresholds, and
 * where the runtime's logistic function shows which exponential it stands on.
 */
import { OnnxScorer } from '../onnx/onnx-scorer.ts';
import { writeOnnx } from '../onnx/onnx-write.ts';
import { Random } from '../random.ts';
import { nextFloat32Below, type TreeEnsemble } from '../tree-ensemble.ts';
import type { KernelScorer } from './kernel-scorer.ts';
import { logistic } from './logistic.ts';

const PROOF_ROWS = 1_024;
/** Of seven values one is missing: models learn where such go. */
const MISSING_IN = 7;

export async function agreesWithRuntime(
  kernel: KernelScorer,
  ensemble: TreeEnsemble,
  runtime: OnnxScorer,
): Promise<boolean> {
  if (ensemble.link === 'logit' && !(await hasOurLogistic())) return false;
  const values = proofRows(ensemble);
  return areSameBits(kernel.score(values, PROOF_ROWS), await runtime.score(values, PROOF_ROWS));
}

/** On a threshold of the feature's or just above it; the same rows for the same model. */
export function proofRows({ feature, featureCount, threshold }: TreeEnsemble): Float32Array {
  const limits = Array.from({ length: featureCount }, () => [0]);
  feature.forEach((f, node) => {
    if (f >= 0) limits[f]!.push(threshold[node]!);
  });
  const random = new Random(0, 0);
  return Float32Array.from({ length: PROOF_ROWS * featureCount }, (_, at) => {
    const own = limits[at % featureCount]!;
    const limit = own[random.below(own.length)]!;
    if (random.below(MISSING_IN) === 0) return Number.NaN;
    return random.below(2) === 0 ? limit : -nextFloat32Below(-limit);
  });
}

/**
 * Where glibc's expf is not the float32 nearest to the exponential, and the logistic function shows it. Such are one in ten thousand,
 * so that rows would hardly meet any.
 */
const REVEALING = [
  ...[0.0500203036, 0.0574872717, 0.0674132407, 0.0823217407, 0.0972525328, 0.112257048, 0.129381552],
  ...[0.159218505, 0.189033017, 0.218836814, 0.248662353, 0.306980193, 0.369710237, 0.429354608],
  ...[0.489038408, 0.597707212, 0.717212737, 0.836897492, 0.956484854, 1.15147507, 1.39079368, 1.63009238],
  ...[1.86887634, 2.21725178, 2.69994354, 3.19056535, 3.74149847, 4.55890226, 5.56837845, 6.96593332],
].map(Math.fround);

let ours: Promise<boolean> | undefined;

/** Asked once in a process: it depends on the C library that the runtime was loaded with. */
function hasOurLogistic(): Promise<boolean> {
  ours ??= compareLogistic();
  return ours;
}

async function compareLogistic(): Promise<boolean> {
  const sums = REVEALING.flatMap((sum) => [sum, -sum]);
  const runtime = await OnnxScorer.open(writeOnnx(chainOf(sums)));
  try {
    const rows = Float32Array.from(sums.keys());
    return areSameBits(Float32Array.from(sums, logistic), await runtime.score(rows, sums.length));
  } finally {
    await runtime.close();
  }
}

/** One tree: the row [i] reaches a leaf of the i-th value. */
function chainOf(values: readonly number[]): TreeEnsemble {
  const splits = values.length - 1;
  const nodes = Array.from({ length: splits + values.length }, (_, node) => node);
  const isSplit = (node: number): boolean => node < splits;
  const rightOf = (node: number): number => {
    if (!isSplit(node)) return 0;
    return node + 1 < splits ? node + 1 : nodes.length - 1;
  };
  return {
    featureCount: 1,
    treeStart: Int32Array.of(0, nodes.length),
    feature: Int32Array.from(nodes, (node) => (isSplit(node) ? 0 : -1)),
    threshold: Float32Array.from(nodes, (node) => (isSplit(node) ? node : 0)),
    left: Int32Array.from(nodes, (node) => (isSplit(node) ? splits + node : 0)),
    right: Int32Array.from(nodes, (node) => rightOf(node)),
    missingLeft: new Uint8Array(nodes.length),
    cover: new Float64Array(nodes.length).fill(1),
    value: Float64Array.from(nodes, (node) => (isSplit(node) ? 0 : values[node - splits]!)),
    base: 0,
    link: 'logit',
  };
}

function areSameBits(found: Float32Array, expected: Float32Array): boolean {
  return found.every((score, row) => Object.is(score, expected[row]));
}
