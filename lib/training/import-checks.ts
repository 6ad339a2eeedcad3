/** What makes a file that can be read another model than the one that was trained, or no model of a probability. */
import { InputError } from '../errors.ts';
import { sumBounds, swapClasses } from '../forest/ensemble-bounds.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { TreeEnsemble } from '../forest/tree-ensemble.ts';
import type { ImportSource } from './import-source.ts';

/** Pairs of labels whose second one means yes. */
const PLAIN_LABELS = [
  ['0', '1'],
  ['False', 'True'],
  ['false', 'true'],
];
/** What float32 sums of many trees are off by. */
const ROUNDING = 1e-4;

/** The trees with the score of the class that is meant. */
export function forPositive(
  { ensemble, labels }: Pick<ImportSource, 'ensemble' | 'labels'>,
  positive: string | undefined,
  file: string,
): TreeEnsemble {
  if (labels === null) {
    if (positive !== undefined)
      throw new InputError(`${file}: a regressor has no classes, found --positive ${positive}`);
    return ensemble;
  }
  const shown = labels.map((label) => JSON.stringify(label)).join(' and ');
  if (positive === undefined) {
    if (PLAIN_LABELS.some((plain) => plain.every((label, at) => label === labels[at]))) return ensemble;
    throw new InputError(
      `${file}: its classes are ${shown}; say which one is the risk (--positive ${labels.join(' or --positive ')})`,
    );
  }
  const at = labels.indexOf(positive);
  if (at < 0) throw new InputError(`${file}: found --positive ${positive}, its classes are ${shown}`);
  return at === 1 ? ensemble : swapClasses(ensemble);
}

/** A sum of leaves is a probability only where it cannot leave [0, 1]. */
export function checkRange(ensemble: TreeEnsemble, file: string): void {
  const { low, high } = sumBounds(ensemble);
  const fits = Number.isFinite(Math.fround(low)) && Number.isFinite(Math.fround(high));
  const isInside = ensemble.link === 'logit' || (low >= -ROUNDING && high <= 1 + ROUNDING);
  checkWeights(ensemble, file);
  if (fits && isInside) return;
  const expected = ensemble.link === 'logit' ? 'finite log-odds' : 'probabilities from 0 to 1';
  throw new InputError(
    `${file}: its leaves can add up to ${readable(low)} at the least and ${readable(high)} at the most, expected ${expected}`,
  );
}

/** A mean of probabilities can be anything from 0 to 1: one that ends before was divided once too often. */
function checkWeights({ parts = [], base }: TreeEnsemble, file: string): void {
  if (!parts.every(({ curves }) => curves.at(-1)?.kind === 'logistic') || parts.length === 0) return;
  const low = parts.reduce((sum, { weight }) => sum + Math.min(0, weight), base);
  const high = parts.reduce((sum, { weight }) => sum + Math.max(0, weight), base);
  if (Math.abs(low) < ROUNDING && Math.abs(high - 1) < ROUNDING) return;
  throw new InputError(
    `${file}: its probabilities lie between ${readable(low)} and ${readable(high)} whatever the trees say, expected 0 and 1: so onnxmltools converts LightGBM's boosting_type rf; train a RandomForestClassifier or gbdt`,
  );
}

function readable(x: number): string {
  return String(Number(x.toPrecision(4)));
}

/** The inputs that some split asks for and that are missing in some of these rows, by their places. */
export function missingSplitInputs({ feature }: TreeEnsemble, { values, rows }: TrainingSet): number[] {
  const width = rows === 0 ? 0 : values.length / rows;
  const asked = [...new Set(feature)].filter((input) => input >= 0 && input < width);
  return asked
    .filter((input) => {
      for (let row = 0; row < rows; row++) if (Number.isNaN(values[row * width + input]!)) return true;
      return false;
    })
    .sort((a, b) => a - b);
}

/** Null: nothing speaks for it. */
export function missingWarning(
  { forgetsMissing, producer }: Pick<ImportSource, 'forgetsMissing' | 'producer'>,
  names: readonly string[],
  lacking: readonly number[],
): string | null {
  // CatBoost's own export has one side for them, as its trees do.
  const missing = producer === 'CatBoost' ? [] : lacking.filter((input) => forgetsMissing.includes(input));
  if (missing.length === 0) return null;
  const listed = missing.slice(0, 5).map((at) => names[at]);
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : '';
  return `the file sends missing values down the same side of every split, and ${listed.join(', ')}${more} ${missing.length === 1 ? 'has' : 'have'} some: ${
    producer === 'skl2onnx'
      ? 'skl2onnx does not keep where trees of scikit-learn send them, so'
      : 'if the original does not,'
  } such records score differently than in Python. Give the library's own file (--sklearn), which knows the sides; compare with --scores; or give the features an impute: in the pack`;
}

/** Whether a probability that boosted trees give is calibrated: a converter may write so where Python calibrates log-odds. */
export function checkCalibration({ parts }: TreeEnsemble, file: string, isCompared: boolean): void {
  const isOfProbability = parts?.some(({ curves }) => curves.length > 1 && curves[0]!.kind === 'logistic');
  if (isOfProbability !== true || isCompared) return;
  throw new InputError(
    `${file}: calibrates a probability that boosted trees give. So does Python for XGBoost; of LightGBM, and of gradient boosting in a pipeline, it calibrates the log-odds, which skl2onnx does not write. Give Python's scores (--scores) to show that they are the same`,
  );
}

/** Below a coin toss, the score is most likely of the other class. */
export function checkSkill(rocAuc: number, file: string, isCompared: boolean): string | null {
  if (!(rocAuc < 0.5)) return null;
  const found = `${file}: on the held-out part its ROC-AUC is ${rocAuc.toFixed(3)}, below a coin toss`;
  if (isCompared) return `${found}; the scores are those of Python`;
  throw new InputError(
    `${found}: is the positive class the other one (--positive), or was it trained on other inputs? With --scores the file is held against the scores of Python`,
  );
}
