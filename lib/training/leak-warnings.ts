/**
 * Inputs that may know the label: what separates the classes almost alone, holds more than half of the gain, or makes the held-out
 * part all but certain was often written after the verdict. Sentences out, each with the column.
 */
import { rocAuc } from '../evaluation/roc-auc.ts';
import type { ModelInput } from '../features/model-input.ts';
import { sourceGroups } from '../features/source-groups.ts';
import type { TrainingSet } from '../forest/training-set.ts';
import type { Importance } from '../models/card.ts';
import { selectRows } from './read-matrix.ts';

/** ROC-AUC from which an input, or the model, separates the classes too well to be true. */
const MAX_AUC = 0.99;
const MAX_GAIN = 0.5;
/** Of each class, below which chance separates as well. */
const MIN_PER_CLASS = 20;

export interface Suspects {
  readonly inputs: readonly ModelInput[];
  readonly train: TrainingSet;
  readonly importances: readonly Pick<Importance, 'source' | 'gain'>[];
  /** On the held-out part; null: it was not measured. */
  readonly heldOutAuc: number | null;
}

export function leakWarnings({ inputs, train, importances, heldOutAuc }: Suspects): string[] {
  const positives = train.labels.reduce((sum, label) => sum + label, 0);
  if (Math.min(positives, train.rows - positives) < MIN_PER_CLASS) return [];
  const judged = selectRows(train, judgedRows(train));
  const alone = sourceGroups(inputs).flatMap(({ source, inputs: own }) => {
    const auc = Math.max(...own.map((at) => aloneAuc(judged, at)));
    return auc >= MAX_AUC
      ? [
          `"${source}" alone separates the classes (ROC-AUC ${auc.toFixed(3)} in training): if it is known only after the verdict, mark its column outcome: true`,
        ]
      : [];
  });
  const [first] = importances;
  const large =
    first !== undefined && first.gain > MAX_GAIN && inputs.length > 2
      ? [
          `"${first.source}" holds ${Math.round(100 * first.gain)} % of the gain: check that it is known when a record is scored, and no outcome`,
        ]
      : [];
  const certain =
    heldOutAuc !== null && heldOutAuc >= MAX_AUC
      ? [
          `the held-out ROC-AUC is ${heldOutAuc.toFixed(3)}: too good to be true, unless the label follows from a rule${first === undefined ? '' : `; most of it is by "${first.source}"`}`,
        ]
      : [];
  return [...alone, ...large, ...certain];
}

/** Rows of each class that inputs are judged by: an area under a curve needs no more. */
const JUDGED = 5_000;

/** Of each class all rows, or so many at even steps. */
function judgedRows({ labels }: TrainingSet): Int32Array {
  const rowsOf = (label: number) => {
    const own = Int32Array.from(labels.keys()).filter((row) => labels[row] === label);
    const step = Math.max(1, own.length / JUDGED);
    return Int32Array.from({ length: Math.min(own.length, JUDGED) }, (_, n) => own[Math.floor(n * step)]!);
  };
  return Int32Array.from([...rowsOf(0), ...rowsOf(1)]).sort();
}

/** Of one input, in whichever direction; missing values are a value of their own, at the better end. */
function aloneAuc({ values, columns, rows, labels }: TrainingSet, at: number): number {
  const own = Float32Array.from({ length: rows }, (_, row) => values[row * columns + at]!);
  const finite = own.filter((value) => !Number.isNaN(value));
  if (finite.length === 0) return 0.5;
  const [least, most] = finite.reduce(
    ([a, b], value) => [Math.min(a, value), Math.max(b, value)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const filled = (missing: number) =>
    rocAuc(
      own.map((value) => (Number.isNaN(value) ? missing : value)),
      labels,
    );
  const low = filled(least - 1);
  const high = finite.length === rows ? low : filled(most + 1);
  return Math.max(low, 1 - low, high, 1 - high);
}
