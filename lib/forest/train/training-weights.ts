/** Checks a training set, and computes how much each row counts: its own weight times its class's. */
import { InputError } from '../../errors.ts';
import type { TrainingSet } from '../training-set.ts';

export type ClassWeight = 'balanced' | 'none';

/** Throws an InputError that says what is wrong with a training set, if anything is. `what` names it: "training set". */
export function checkTrainingSet(data: TrainingSet, what: string): void {
  const { rows, columns, values, labels, weights } = data;
  if (rows === 0)
    throw new InputError(`The ${what} has no rows: at least two are needed, one with each label.`);
  if (columns === 0)
    throw new InputError(`The ${what} has no columns: at least one is needed to learn from.`);
  if (values.length !== rows * columns) {
    const expected = `${rows} rows × ${columns} columns = ${rows * columns}`;
    throw new InputError(`The ${what} has ${values.length} values; expected ${expected}.`);
  }
  for (const [name, list] of [['labels', labels] as const, ['weights', weights] as const]) {
    if (list === undefined || list.length === rows) continue;
    throw new InputError(
      `The ${what} has ${list.length} ${name}; expected one for each of its ${rows} rows.`,
    );
  }
  const badLabel = labels.findIndex((label) => label > 1);
  if (badLabel >= 0) {
    throw new InputError(`The ${what} has label ${labels[badLabel]} in row ${badLabel}; expected 0 or 1.`);
  }
  const badWeight = weights?.findIndex((weight) => !(weight >= 0 && weight < Number.POSITIVE_INFINITY)) ?? -1;
  if (badWeight >= 0) {
    throw new InputError(
      `The ${what} has weight ${weights![badWeight]} in row ${badWeight}; expected a number from 0 up.`,
    );
  }
}

/** How much a row of each class counts, besides its own weight. */
export interface ClassWeights {
  readonly negative: number;
  readonly positive: number;
}

/**
 * 'balanced' gives both classes the same total, half of all weight each: n / (2 × n of the class), as scikit-learn does,
 * with rows counted by their weights. Throws if one class has no weight at all.
 */
export function weighClasses(data: TrainingSet, classWeight: ClassWeight): ClassWeights {
  let [negative, positive] = [0, 0];
  for (let row = 0; row < data.rows; row++) {
    const weight = data.weights?.[row] ?? 1;
    if (data.labels[row] === 1) positive += weight;
    else negative += weight;
  }
  if (negative === 0 || positive === 0) throw new InputError(describeMissingClass(negative, positive, data));
  if (classWeight === 'none') return { negative: 1, positive: 1 };
  const half = (negative + positive) / 2;
  return { negative: half / negative, positive: half / positive };
}

function describeMissingClass(negative: number, positive: number, data: TrainingSet): string {
  const rows = data.weights === undefined ? `all ${data.rows} rows` : `all rows of weight above 0`;
  if (negative === 0 && positive === 0)
    return `The weights are all 0 in ${data.rows} rows; a row counts only above 0.`;
  const found = negative === 0 ? 1 : 0;
  return `The labels are all ${found} in ${rows}; a model needs rows with label 0 and rows with label 1.`;
}

/** A row's weight times its class's. */
export function weighRows(data: TrainingSet, classes: ClassWeights): Float64Array {
  const total = new Float64Array(data.rows);
  for (let row = 0; row < data.rows; row++) {
    total[row] = (data.weights?.[row] ?? 1) * (data.labels[row] === 1 ? classes.positive : classes.negative);
  }
  return total;
}
