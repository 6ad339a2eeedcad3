/**
 * A model trained elsewhere (scikit-learn, XGBoost, LightGBM, as ONNX) taken in: given covers where its converter left
 * them out, a threshold, figures and a card. From then on it scores, explains and replays like our own.
 */

import { basename } from 'node:path';
import { Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import { chooseThreshold } from '../evaluation/choose-threshold.ts';
import type { FittedInputs } from '../features/model-input.ts';
import { withCover } from '../forest/node-cover.ts';
import { writeOnnx } from '../forest/onnx/onnx-write.ts';
import { scoreRows } from '../forest/onnx/score-rows.ts';
import type { OriginalFile } from '../forest/originals/read-original.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import { COVERS_OF_TRAINING_ROWS, type ModelCard } from '../models/card.ts';
import { assembleModel, type TrainedModel } from './assemble-model.ts';
import { type DatasetPart, prepareDataset } from './dataset.ts';
import { compareScores, readForeignScores, type ScoredRow } from './foreign-scores.ts';
import {
  checkCalibration,
  checkRange,
  checkSkill,
  forPositive,
  missingSplitInputs,
  missingWarning,
} from './import-checks.ts';
import { type ImportSource, readSource } from './import-source.ts';
import { moveInputs, placeInputs } from './place-inputs.ts';
import { selectRows } from './read-matrix.ts';
import { checkSameScores } from './same-scores.ts';
import { thresholdWarnings } from './threshold-warnings.ts';
import { capacityDays } from './train-model.ts';
import type { TrainOptions } from './train-options.ts';

export interface ImportOptions
  extends Pick<
    TrainOptions,
    'pack' | 'inputs' | 'reading' | 'seed' | 'threads' | 'memoryLimitMb' | 'progress' | 'period'
  > {
  /** Absent: the trees are taken from the library's own file. */
  readonly onnx?: Uint8Array;
  /** Its file's name, for messages. */
  readonly name: string;
  /** The model as its library saves it: covers, and where missing values go. The ONNX file must hold the same trees. */
  readonly original?: OriginalFile;
  /** Which of its two classes is the risk, where they are not called 0 and 1. */
  readonly positive?: string;
  /** A CSV of record_id and score, as Python gave them: the file must give the same. */
  readonly scores?: string;
}

/** Throws an InputError when the file is no tree ensemble for this pack's inputs. */
export async function importModel(options: ImportOptions): Promise<TrainedModel> {
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const prepared = await prepareDataset(session, options);
    const { fitted, unheld, onnx, missing, hyperParameters, forgotten } = await readImported(
      options,
      prepared.fitted,
      prepared.train.data,
    );
    const dataset = { ...prepared, fitted };
    const parts = [dataset.train, dataset.heldOut];
    const compared = await compareWithPython(session, options, { parts, onnx, missing });
    const { choosing, measuring } = halve(dataset.heldOut);
    const segments = dataset.segments.map(({ column, values }) => ({
      ...{ column, values: values.slice(values.length - measuring.seq.length) },
    }));
    const scores = await scoreRows(onnx, choosing.data.values, choosing.data.rows);
    const threshold = chooseThreshold(
      scores,
      choosing.data.labels,
      options.pack.threshold,
      capacityDays(choosing),
    );
    options.progress.stage('measuring');
    const imported = await assembleModel({
      ...options,
      dataset: { ...dataset, heldOut: measuring, segments },
      gain: new Float64Array(fitted.inputs.length),
      onnx,
      threshold: threshold.value,
      chosenOn: 'the earlier half of the held-out part; measured on the later half',
      algorithm: 'imported',
      hyperParameters: { ...hyperParameters, ...(compared !== null && { comparedScores: compared }) },
      crossValidation: [],
      warnings: [
        ...unheld,
        ...(forgotten === null || compared !== null ? [] : [forgotten]),
        ...thresholdWarnings(threshold, options.pack.threshold, choosing.data),
      ],
    });
    const { value } = imported.card.evaluation!.rocAuc;
    const skill = checkSkill(value, options.name, compared !== null);
    return skill === null ? imported : { ...imported, warnings: [...imported.warnings, skill] };
  } finally {
    await session.close();
  }
}

/** A file's trees on the inputs of the pack, as they will be stored, and what is to be said of them. */
export interface ImportedTrees {
  readonly fitted: FittedInputs;
  readonly onnx: Uint8Array;
  /** Inputs that some split asks for and some record lacks, by their places. */
  readonly missing: readonly number[];
  readonly hyperParameters: ModelCard['hyperParameters'];
  readonly unheld: readonly string[];
  /** That the file forgets where missing values go; null: it does not, or none are missing. */
  readonly forgotten: string | null;
}

/** Throws an InputError where the file is no model on these inputs, or no model of a probability. */
export async function readImported(
  options: ImportOptions,
  known: FittedInputs,
  data: TrainingSet,
): Promise<ImportedTrees> {
  const { fitted, unheld } = withoutDirections(known);
  const { inputs } = fitted;
  const model = readSource(options);
  const featureCount = model.ensemble.featureCount;
  // A table of trees knows no more inputs than it splits on.
  const isTable = model.onnxModel === null && options.original?.kind === 'sklearn';
  if (isTable ? featureCount > inputs.length : featureCount !== inputs.length) {
    throw new InputError(
      `${options.name}: the model takes ${featureCount} inputs, the pack ${options.pack.domain} makes ${inputs.length} of this data; train it on the columns of assay features, in their order`,
    );
  }
  checkRange(model.ensemble, options.name);
  checkCalibration(model.ensemble, options.name, options.scores !== undefined);
  const names = inputs.map((input) => input.name);
  const places = await checkFile(options, model, data, names);
  const wanted = moveInputs(forPositive(model, options.positive, options.name), places, inputs.length);
  const ensemble =
    model.cover === COVERS_OF_TRAINING_ROWS ? withCover(wanted, data.values, data.rows) : wanted;
  const missing = missingSplitInputs(ensemble, data);
  const forgetful = { ...model, forgetsMissing: model.forgetsMissing.map((at) => places[at]!) };
  return {
    ...{ fitted, unheld, missing },
    onnx: writeOnnx(ensemble, { inputNames: names }),
    forgotten: missingWarning(forgetful, names, missing),
    hyperParameters: {
      source: options.name,
      cover: model.cover,
      ...(options.positive !== undefined && { positive: options.positive }),
    },
  };
}

/** Nothing is known of how an imported model's scores move, so its card must not say that training constrained them. */
function withoutDirections(fitted: FittedInputs): { fitted: FittedInputs; unheld: string[] } {
  const inputs = fitted.inputs.map(({ monotone: _, ...input }) => input);
  const names = fitted.inputs.flatMap(({ name, monotone }) => (monotone === undefined ? [] : [name]));
  const unheld =
    names.length === 0
      ? []
      : [`the pack asks for monotone scores in ${names.join(', ')}: an imported model is not checked for it`];
  return { fitted: { ...fitted, inputs }, unheld };
}

/** The held-out part is in input order, which is mostly that of time: its earlier and its later half. */
function halve(part: DatasetPart): { choosing: DatasetPart; measuring: DatasetPart } {
  const half = Math.floor(part.data.rows / 2);
  return { choosing: cut(part, 0, half), measuring: cut(part, half, part.data.rows) };
}

function cut(part: DatasetPart, from: number, to: number): DatasetPart {
  const rows = Int32Array.from({ length: to - from }, (_, i) => from + i);
  return {
    data: selectRows(part.data, rows),
    seq: part.seq.slice(from, to),
    id: part.id.slice(from, to),
    entity: part.entity.slice(from, to),
    period: part.period?.slice(from, to) ?? null,
    days: part.days === null ? null : (part.days * (to - from)) / part.data.rows,
    share: part.share,
  };
}

/** How many scores of Python's were compared; null: none were given. */
export async function compareWithPython(
  session: Session,
  { scores }: Pick<ImportOptions, 'scores'>,
  {
    parts,
    onnx,
    missing,
  }: {
    parts: readonly Pick<DatasetPart, 'data' | 'id'>[];
    onnx: Uint8Array;
    missing: readonly number[];
  },
): Promise<number | null> {
  if (scores === undefined) return null;
  const theirs = await readForeignScores(session, scores, basename(scores));
  const rows: ScoredRow[] = [];
  for (const { data, id } of parts) {
    const width = data.rows === 0 ? 0 : data.values.length / data.rows;
    const own = await scoreRows(onnx, data.values, data.rows);
    id.forEach((record, row) => {
      const hasMissing = missing.some((input) => Number.isNaN(data.values[row * width + input]!));
      rows.push({ id: record, score: own[row]!, hasMissing });
    });
  }
  return compareScores(theirs, rows);
}

/** Where the file's columns stand among the pack's inputs; what is read of the file must give its scores. */
async function checkFile(
  { onnx, name }: ImportOptions,
  { onnxModel }: ImportSource,
  data: TrainingSet,
  names: readonly string[],
): Promise<readonly number[]> {
  if (onnx === undefined || onnxModel === null) return names.map((_, at) => at);
  const places = placeInputs(onnxModel, names, name);
  await checkSameScores({ model: onnxModel, onnx, name }, data, places);
  return places;
}
