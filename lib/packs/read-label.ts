/** `record.label` of a pack: a column, a column whose values are mapped, or a condition over columns that a label is derived by. */
import { parseDuration, timeUnit } from './duration.ts';
import type { Column, LabelValues, RecordKeys } from './pack.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';
import { LABEL, readFields } from './pack-schema.ts';

/** A condition as written; its names are not checked yet. */
export interface LabelDraft {
  readonly is: string;
  readonly path: Path;
  /** Columns that are known when a record is scored, and may be inputs. */
  readonly known: readonly string[];
  /** Columns that mean something where they are missing. */
  readonly mayBeMissing: readonly string[];
}

type LabelRead = Pick<RecordKeys, 'label' | 'labelValues' | 'labelDelay'> & {
  readonly derived: LabelDraft | null;
};

const NO_LABEL: LabelRead = { label: null, labelValues: null, labelDelay: 0, derived: null };

/** What no name of a column is likely to hold. */
const CONDITION = /[<>=()']|\b(is|in|and|or|not|like|between)\b/i;

function isCondition(text: string, columns: readonly Column[]): boolean {
  return CONDITION.test(text) && columns.every(({ name }) => name !== text);
}

export function readLabel(
  document: PackDocument,
  value: string | ReadonlyMap<string, unknown> | null,
  columns: readonly Column[],
  time: string | undefined,
): LabelRead {
  const path = ['record', 'label'];
  if (typeof value === 'string' && isCondition(value, columns)) {
    return { ...NO_LABEL, derived: { is: value, path, known: [], mayBeMissing: [] } };
  }
  if (value === null || typeof value === 'string') return { ...NO_LABEL, label: value };
  const timeColumn = columns.find(({ name }) => name === time);
  if (value.has('is')) return readDerived(document, path, value, timeColumn);
  for (const key of ['known', 'may_be_missing'])
    if (value.has(key)) document.report([...path, key], 'found without is, expected it beside a condition');
  const isMapped =
    value.has('positive') || value.has('negative') || value.has('unlabelled') || !value.has('delay');
  const required = isMapped ? (['of', 'positive', 'negative'] as const) : (['of'] as const);
  const fields = readFields(document, path, value, LABEL, required);
  const labelDelay = readLabelDelay(document, fields.delay, timeColumn);
  if (!isMapped) return { ...NO_LABEL, label: fields.of ?? null, labelDelay };
  const { of = null, positive = ['true'], negative = ['false'], unlabelled = [] } = fields;
  const seen = new Set<string>();
  for (const [key, texts] of Object.entries({ positive, negative, unlabelled })) {
    texts.forEach((text) => {
      if (seen.has(text))
        document.report(
          [...path, key],
          `found ${showValue(text)} a second time, expected it to mean one thing`,
        );
      seen.add(text);
    });
  }
  const labelValues: LabelValues = { positive, negative, unlabelled };
  return { ...NO_LABEL, label: of, labelValues, labelDelay };
}

function readLabelDelay(document: PackDocument, value: unknown, time: Column | undefined): number {
  if (value === undefined) return 0;
  const path = ['record', 'label', 'delay'];
  if (time === undefined) {
    document.report(path, 'found a delay, but record.time is not given');
    return 0;
  }
  const duration = parseDuration(value, timeUnit(time));
  if ('length' in duration) return duration.length;
  document.report(path, `found ${showValue(value)}, ${duration.problem}`);
  return 0;
}

function readDerived(
  document: PackDocument,
  path: Path,
  value: ReadonlyMap<string, unknown>,
  time: Column | undefined,
): LabelRead {
  const fields = readFields(document, path, value, LABEL, ['is']);
  for (const key of ['of', 'positive', 'negative', 'unlabelled'] as const)
    if (fields[key] !== undefined)
      document.report([...path, key], 'found beside is: a condition says itself what is positive');
  const { is = 'false', known = [], may_be_missing: mayBeMissing = [] } = fields;
  const labelDelay = readLabelDelay(document, fields.delay, time);
  return { ...NO_LABEL, labelDelay, derived: { is, path: [...path, 'is'], known, mayBeMissing } };
}
