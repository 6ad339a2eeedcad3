/**
 * What a new model is worth, on the held-out part: quality with intervals, importances, how its inputs were
 * distributed, and the dots of the beeswarm. Scores are the runtime's own, so the figures are those of the artifact.
 */

import { averagePrecision } from '../evaluation/average-precision.ts';
import { evaluate } from '../evaluation/evaluate.ts';
import type { Evaluation, InputProfile } from '../evaluation/evaluation.ts';
import { profileInputs } from '../evaluation/profile-inputs.ts';
import { sourceGroups } from '../features/source-groups.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import { ExplainerPool } from '../forest/shap/explain-rows.ts';
import { toProbabilityContributions } from '../forest/shap/tree-shap.ts';
import { gainImportance, permutationImportance } from '../forest/train/importance.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import type { Importance, ModelCard } from '../models/card.ts';
import type { Pack } from '../packs/pack.ts';
import type { Progress } from '../progress.ts';
import { beeswarmPoints } from '../report/beeswarm-points.ts';
import type { BeeswarmPoint } from '../report/report-data.ts';
import { type Dataset, dependenceOf } from './dataset.ts';
import { selectRows } from './read-matrix.ts';

/** Rows that importances and the beeswarm are computed on: enough to be steady, few enough to be quick. */
const permutationRows = 5000;
export const explainedRows = 400;

export interface Measured {
  readonly evaluation: Evaluation;
  readonly training: ModelCard['training'];
  readonly importances: readonly Importance[];
  readonly profiles: readonly InputProfile[];
  /** Of the held-out part; null: it is too small to compare with. */
  readonly reference: readonly InputProfile[] | null;
  readonly beeswarm: readonly BeeswarmPoint[];
}

export interface MeasureInput {
  readonly dataset: Pick<Dataset, 'train' | 'heldOut' | 'fitted' | 'segments'>;
  /** What the splits on each input gained. */
  readonly gain: Float64Array;
  readonly onnx: Uint8Array;
  readonly threshold: number;
  readonly pack: Pack;
  readonly seed: number;
  readonly threads: number;
  readonly progress: Progress;
}

export async function measureModel(ensemble: TreeEnsemble, input: MeasureInput): Promise<Measured> {
  return await ModelScorer.use(input.onnx, (scorer) => measureWith(scorer, ensemble, input));
}

async function measureWith(
  scorer: ModelScorer,
  ensemble: TreeEnsemble,
  input: MeasureInput,
): Promise<Measured> {
  const { dataset, progress, threshold } = input;
  const heldOut = dataset.heldOut.data;
  const train = dataset.train.data;
  const scores = await scorer.score(heldOut.values, heldOut.rows);
  const onTrain = evaluate(await scorer.score(train.values, train.rows), train.labels, threshold, {
    ...weightsOf(train),
    dependence: dependenceOf(dataset.train),
  });
  const evaluation = evaluate(scores, heldOut.labels, threshold, {
    segments: dataset.segments,
    ...weightsOf(heldOut),
    dependence: dependenceOf(dataset.heldOut),
  });
  progress.share(0.3);
  const explained = selectRows(heldOut, sampleRows(heldOut, scores, explainedRows));
  const contributions = await explainSample(ensemble, explained, input.threads);
  const { inputs } = dataset.fitted;
  const beeswarm = beeswarmPoints(inputs, explained.values, contributions, explained.rows);
  progress.share(0.5);
  const sample = selectRows(heldOut, sampleRows(heldOut, scores, permutationRows));
  const importances = await rankSources(scorer, sample, beeswarm, input);
  const names = inputs.map(({ name }) => name);
  return {
    evaluation,
    training: { rocAuc: onTrain.rocAuc, prAuc: onTrain.prAuc, logLoss: onTrain.logLoss },
    importances,
    profiles: profilePart(train, names),
    reference: heldOut.rows < MIN_REFERENCE ? null : profilePart(heldOut, names),
    beeswarm,
  };
}

function weightsOf({ weights }: TrainingSet): { weights?: Float64Array } {
  return weights === undefined ? {} : { weights };
}

/** Records below which a profile says more of chance than of the input. */
const MIN_REFERENCE = 200;

/** Of what arrives, not of what was reviewed: with weights, each row stands as often as its weight says against the others'. */
export function profilePart(part: TrainingSet, names: readonly string[]): InputProfile[] {
  const drawn = part.weights === undefined ? part : selectRows(part, spreadByWeight(part.weights));
  return profileInputs(drawn.values, drawn.rows, names);
}

/** As many rows as there are weights, drawn at even steps along the sum of the weights. */
function spreadByWeight(weights: Float64Array): Int32Array {
  const step = weights.reduce((sum, weight) => sum + weight, 0) / weights.length;
  const rows = new Int32Array(weights.length);
  for (let row = 0, end = weights[0]!, at = 0; at < rows.length; at++) {
    while (end <= (at + 0.5) * step && row + 1 < weights.length) end += weights[++row]!;
    rows[at] = row;
  }
  return rows;
}

/** Each source by gain, by what shuffling it costs, and by how far it moved the sampled scores; the largest gain first. */
async function rankSources(
  scorer: ModelScorer,
  sample: TrainingSet,
  beeswarm: readonly BeeswarmPoint[],
  { dataset, gain, seed }: MeasureInput,
): Promise<Importance[]> {
  const groups = sourceGroups(dataset.fitted.inputs);
  const gains = gainImportance(gain, groups);
  const drops = await permutationImportance(
    async (values, rows) => Float64Array.from(await scorer.score(values, rows)),
    sample,
    groups,
    (labels, scored, weights) => averagePrecision(scored, labels, weights),
    { seed, repeats: 2 },
  );
  const ranked = groups.map(({ source }, g) => ({
    source,
    gain: gains[g]!.share,
    permutation: drops[g]!.drop,
    meanContribution: meanAbsolute(beeswarm.filter((point) => point.source === source)),
  }));
  return ranked.sort((a, b) => b.gain - a.gain);
}

/** Up to `limit` rows, half of them the highest scored, the rest evenly spread: both what is flagged and what is usual. */
export function sampleRows(data: TrainingSet, scores: Float32Array, limit: number): Int32Array {
  if (data.rows <= limit) return Int32Array.from({ length: data.rows }, (_, row) => row);
  const order = Int32Array.from({ length: data.rows }, (_, row) => row).sort(
    (a, b) => scores[b]! - scores[a]! || a - b,
  );
  const half = Math.floor(limit / 2);
  const rest = order.subarray(half).toSorted();
  const spread = Array.from(
    { length: limit - half },
    (_, i) => rest[Math.floor((i * rest.length) / (limit - half))]!,
  );
  return Int32Array.from([...order.subarray(0, half), ...spread]).sort();
}

/** Contributions to the score, rows × inputs. */
export async function explainSample(
  ensemble: TreeEnsemble,
  data: TrainingSet,
  threads: number,
): Promise<Float64Array> {
  const pool = await ExplainerPool.open(ensemble, threads);
  try {
    const sums = await pool.explain(data.values, data.rows);
    for (let row = 0; row < data.rows; row++) {
      const own = sums.subarray(row * data.columns, (row + 1) * data.columns);
      own.set(toProbabilityContributions(pool.base, own, pool.link).contributions);
    }
    return sums;
  } finally {
    await pool.close();
  }
}

export function meanAbsolute(points: readonly BeeswarmPoint[]): number | null {
  if (points.length === 0) return null;
  return points.reduce((sum, point) => sum + Math.abs(point.contribution), 0) / points.length;
}
