/** Which column says what a model is to find, and what its values mean. */

import { namesFinding, namesFlag, namesOutcome, namesWrong, wordsOf } from './column-words.ts';
import type { ColumnProfile } from './profile-column.ts';
import { meaningOf } from './value-words.ts';

export interface GuessedLabel {
  readonly column: ColumnProfile;
  /** null: the column is yes and no, or 1 and 0. */
  readonly values: LabelGuess | null;
}

export interface LabelGuess {
  readonly positive: readonly string[];
  readonly negative: readonly string[];
  readonly unlabelled: readonly string[];
  /** Which values were only sorted by how rare they are. */
  readonly isSure: boolean;
}

const MAX_VALUES = 12;

export function guessLabel(columns: readonly ColumnProfile[]): GuessedLabel | null {
  const rated = columns.flatMap((column) => {
    const label = labelOf(column);
    const score = label === null ? 0 : nameScore(column) - shapePenalty(label);
    return label !== null && score > 0 ? [{ label, score }] : [];
  });
  // Of two alike the later: outcomes stand at the end of a row.
  return (
    rated.reduce<(typeof rated)[number] | null>(
      (best, one) => (best !== null && best.score > one.score ? best : one),
      null,
    )?.label ?? null
  );
}

/** The column as a label, if its values can be one; null: they cannot. */
export function labelOf(column: ColumnProfile): GuessedLabel | null {
  if (column.positiveShare !== null && column.distinct <= 8) return { column, values: null };
  const values = valuesOf(column);
  return values === null ? null : { column, values };
}

export function soundsLikeOutcome(column: ColumnProfile): boolean {
  if (namesOutcome(column.name)) return true;
  const isFew =
    column.positiveShare !== null ||
    column.type === 'boolean' ||
    (column.type === 'string' && column.distinct <= MAX_VALUES);
  return namesWrong(column.name) && isFew;
}

function nameScore({ name, positiveShare }: ColumnProfile): number {
  const finding = namesFinding(name) ? 45 : 0;
  if (namesWrong(name))
    return 100 - finding - (/ (type|kind|class|code|reason|typology)$/.test(wordsOf(name)) ? 90 : 0);
  if (namesOutcome(name)) return 60 - finding;
  return namesFlag(name) && positiveShare !== null ? 40 : 0;
}

function shapePenalty({ column, values }: GuessedLabel): number {
  if (column.distinct < 2) return 20;
  if (column.positiveShare !== null && column.positiveShare >= 0.5) return 10;
  return values !== null && !values.isSure ? 15 : 0;
}

function valuesOf({ type, top, distinct, filled, missing }: ColumnProfile): LabelGuess | null {
  if (
    (type !== 'string' && type !== 'integer') ||
    distinct < 2 ||
    distinct > MAX_VALUES ||
    distinct * 2 > filled
  )
    return null;
  const meanings = top.map(({ text, count }) => ({
    text,
    count,
    meaning: isCode(text) ? null : meaningOf(text),
  }));
  const texts = (meaning: string) =>
    meanings.filter((one) => one.meaning === meaning).map(({ text }) => text);
  const unlabelled = [
    ...texts('unlabelled'),
    ...missing.filter(
      (text) => meaningOf(text) === 'unlabelled' && type === 'string' && !missing.includes(text),
    ),
  ];
  const rest = meanings.filter(({ meaning }) => meaning !== 'unlabelled');
  if (rest.length < 2) return null;
  const unknown = rest.filter(({ meaning }) => meaning === null);
  if (unknown.length === 0 && texts('positive').length > 0 && texts('negative').length > 0)
    return { positive: texts('positive'), negative: texts('negative'), unlabelled, isSure: true };
  if (rest.length === 2) return twoValues(rest, unlabelled);
  // Beside a plain "cleared" every other word is something found.
  if (texts('negative').length > 0 && texts('positive').length > 0)
    return {
      positive: texts('positive'),
      negative: texts('negative'),
      unlabelled: [...unlabelled, ...unknown.map(({ text }) => text)],
      isSure: false,
    };
  return null;
}

type Rated = { readonly text: string; readonly count: number; readonly meaning: string | null };

/** Where the words say nothing, the rarer is what is looked for; of equals the first, as in 1 and 2. */
function twoValues(rest: readonly Rated[], unlabelled: readonly string[]): LabelGuess {
  const [a, b] = [...rest].sort(
    (one, other) => one.count - other.count || (one.text < other.text ? -1 : 1),
  ) as [Rated, Rated];
  const isTurned = a.meaning === 'negative' || (b.meaning === 'positive' && a.meaning !== 'positive');
  const [positive, negative] = isTurned ? [b, a] : [a, b];
  const isSure = a.meaning !== null || b.meaning !== null;
  return { positive: [positive.text], negative: [negative.text], unlabelled, isSure };
}

function isCode(text: string): boolean {
  return /^\d+$/.test(text);
}
