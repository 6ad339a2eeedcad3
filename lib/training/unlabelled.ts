/**
 * A start without labels: records as a matrix for a model that needs none (an isolation forest), and such a model taken in. Nothing is
 * known of how good it is, so its card has no figures; its threshold is set by how many records it may flag.
 */
import { Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { chooseThreshold } from '../evaluation/choose-threshold.ts';
import { SIDE } from '../evaluation/split.ts';
import { buildFeatures } from '../features/build-features.ts';
import { fitInputs } from '../features/fit-inputs.ts';
import type { FittedInputs } from '../features/model-input.ts';
import { sourceGroups } from '../features/source-groups.ts';
import { readOnnx } from '../forest/onnx/onnx-read.ts';
import { ModelScorer } from '../forest/score/model-scorer.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import type { DatasetManifest } from '../models/card.ts';
import type { ThresholdPolicy } from '../packs/pack.ts';
import { beeswarmPoints } from '../report/beeswarm-points.ts';
import type { RejectCount } from '../report/report-data.ts';
import { describeModel, type TrainedModel } from './assemble-model.ts';
import {
  among,
  type DatasetOptions,
  type DatasetPart,
  describeDataset,
  readFiles,
  readPart,
  writeRowTable,
} from './dataset.ts';
import { compareWithPython, type ImportOptions, readImported } from './import-model.ts';
import {
  explainedRows,
  explainSample,
  type Measured,
  meanAbsolute,
  profilePart,
  sampleRows,
} from './measure-model.ts';
import { selectRows } from './read-matrix.ts';
import { capacityDays } from './train-model.ts';
import { limitToPeriod, readPeriod } from './training-period.ts';
import { readAllRows } from './training-rows.ts';

export interface UnlabelledDataset {
  readonly manifest: DatasetManifest;
  readonly fitted: FittedInputs;
  /** Every record but history; the labels say nothing. */
  readonly part: DatasetPart;
  readonly rejects: readonly RejectCount[];
  readonly warnings: readonly string[];
}

export async function prepareUnlabelled(
  session: Session,
  options: DatasetOptions,
): Promise<UnlabelledDataset> {
  const { pack, progress, period = {} } = options;
  if (readPeriod(pack, period).heldOutFrom !== undefined)
    throw new InputError('found --held-out-from: without labels nothing is held out');
  const { records, rejects, origin, warnings } = await readFiles(session, options);
  progress.stage('computing features');
  await limitToPeriod(records, pack, period);
  const rows = await readAllRows(records, pack);
  const table = await writeRowTable(session, [...rows.seq]);
  const features = await buildFeatures(records, pack, { usual: false });
  const fitted = await fitInputs(features, pack, among(table));
  const side = new Uint8Array(rows.count).fill(SIDE.train);
  const part = await readPart(features, pack, fitted, { rows, side, wanted: SIDE.train, table });
  progress.share(1);
  return {
    manifest: await describeDataset(records, origin, { count: 0, labels: new Uint8Array(0) }, period),
    fitted,
    part,
    rejects,
    warnings: [...origin.warnings, ...warnings.rejects, ...warnings.empty],
  };
}

export interface UnlabelledOptions extends ImportOptions {
  /** The share of these records that is to be flagged; null: as many as the pack's capacity allows. */
  readonly share: number | null;
}

/**
 * Takes in a model whose data has no labels: the threshold flags the asked share of the records, or what the capacity of the pack
 * allows. Throws an InputError where file and pack do not fit.
 */
export async function importUnlabelled(options: UnlabelledOptions): Promise<TrainedModel> {
  const { pack, progress } = options;
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const { part, ...dataset } = await prepareUnlabelled(session, options);
    const { fitted, unheld, onnx, missing, hyperParameters, forgotten } = await readImported(
      options,
      dataset.fitted,
      part.data,
    );
    const compared = await compareWithPython(session, options, { parts: [part], onnx, missing });
    const scores = await ModelScorer.use(onnx, (scorer) => scorer.score(part.data.values, part.data.rows));
    const { value, chosenOn } = chooseWithout(scores, part, pack.threshold, options.share);
    progress.stage('measuring');
    const { ensemble } = readOnnx(onnx);
    return describeModel({
      ...options,
      ...{ onnx, ensemble, threshold: value, chosenOn, algorithm: 'imported', crossValidation: [] },
      dataset: { ...dataset, fitted, split: null },
      hyperParameters: {
        ...hyperParameters,
        unlabelled: true,
        ...(compared !== null && { comparedScores: compared }),
      },
      measured: await measureWithout(ensemble, fitted, part, scores, options.threads),
      warnings: [...unheld, ...(forgotten === null || compared !== null ? [] : [forgotten]), NOT_MEASURED],
    });
  } finally {
    await session.close();
  }
}

const NOT_MEASURED =
  'no label was used: how many of its flags are right is not known until they are reviewed, and the score ranks how unusual a record is, not how likely it is a case';

/** Policies that look for positives cannot be met without any. */
function chooseWithout(
  scores: Float32Array,
  part: DatasetPart,
  policy: ThresholdPolicy,
  share: number | null,
): { value: number; chosenOn: string } {
  if (share === null && policy.policy !== 'capacity')
    throw new InputError(
      `threshold.policy ${policy.policy} needs labels; say what share of the records is to be flagged (--share 0.01), or set policy: capacity in the pack`,
    );
  const labels = new Uint8Array(scores.length);
  const { days } = capacityDays(part);
  const { value } =
    share === null
      ? chooseThreshold(scores, labels, policy, days === undefined ? {} : { days })
      : chooseThreshold(scores, labels, shareAsCapacity(scores, share), { days: 1 });
  const how =
    share === null ? "the pack's capacity" : `the highest ${Number((share * 100).toPrecision(6))} %`;
  return { value, chosenOn: `the scores of all ${scores.length} records, unlabelled: ${how}` };
}

/** As many a day as the share of one day's records. Refuses a share that those with the highest score exceed. */
function shareAsCapacity(scores: Float32Array, share: number): ThresholdPolicy {
  const perDay = share * scores.length;
  const highest = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
  const tied = scores.filter((score) => score === highest).length;
  if (tied > perDay * (1 + 1e-12))
    throw new InputError(
      `--share ${share}: found ${tied} of ${scores.length} records with the highest score, expected no more than the share; give at least ${tied / scores.length}`,
    );
  return { policy: 'capacity', perDay };
}

/** What can be said without labels: how inputs are distributed, and how far each source moves the scores. */
async function measureWithout(
  ensemble: TreeEnsemble,
  { inputs }: FittedInputs,
  { data }: DatasetPart,
  scores: Float32Array,
  threads: number,
): Promise<Omit<Measured, 'evaluation' | 'training'> & { evaluation: null; training: null }> {
  const explained = selectRows(data, sampleRows(data, scores, explainedRows));
  const contributions = await explainSample(ensemble, explained, threads);
  const beeswarm = beeswarmPoints(inputs, explained.values, contributions, explained.rows);
  const importances = sourceGroups(inputs)
    .map(({ source }) => ({
      source,
      gain: 0,
      permutation: null,
      meanContribution: meanAbsolute(beeswarm.filter((point) => point.source === source)),
    }))
    .sort((a, b) => (b.meanContribution ?? 0) - (a.meanContribution ?? 0));
  const names = inputs.map(({ name }) => name);
  return {
    ...{ evaluation: null, training: null, importances, beeswarm, reference: null },
    profiles: profilePart(data, names),
  };
}
