/**
 * A label that no file holds: a condition over columns, checked as the expressions of features are. It stands in a column of its own,
 * filled when records are read, so that every stage sees it as it sees a delivered one.
 */
import { parseExpression, referencesOf, type Scope } from './expression.ts';
import type { Column, Pack, RecordKeys } from './pack.ts';
import { showValue } from './pack-document.ts';
import { checkExpression, type Known } from './read-features.ts';
import type { LabelDraft } from './read-label.ts';

/** The first of these that is no column. */
const NAMES = ['label', 'derived_label'];

/**
 * The keys and columns of a pack with its derived label. What the condition looks at says what became of a record: it counts as an
 * outcome, unless the pack says that it is known when a record is scored.
 */
export function withDerivedLabel(
  known: Known,
  draft: LabelDraft | null,
): { readonly record: RecordKeys; readonly columns: readonly Column[] } {
  const { document, columns, record, parameters } = known;
  if (draft === null) return { record, columns };
  const names = columns.map(({ name }) => name);
  const pieces = checkExpression(document, draft.path, draft.is, scopeOf({ columns, parameters }));
  const used = [...new Set([...referencesOf(pieces)].map(({ name }) => name))];
  for (const [key, listed] of [
    ['known', draft.known],
    ['may_be_missing', draft.mayBeMissing],
  ] as const) {
    for (const name of listed.filter((one) => pieces.length > 0 && !used.includes(one)))
      document.report(
        ['record', 'label', key],
        `found ${showValue(name)}, expected a column that the label's condition looks at: ${used.join(', ')}`,
      );
  }
  if (pieces.length > 0 && used.length === 0)
    document.report(draft.path, `found no column (in ${draft.is}), expected a condition over columns`);
  const outcomes = used.filter((name) => !draft.known.includes(name));
  for (const key of ['id', 'time', 'entity'] as const)
    for (const name of [record[key] ?? []].flat().filter((one) => outcomes.includes(one)))
      document.report(
        draft.path,
        `${name} is record.${key}: name it under known, since it is known when a record is scored`,
      );
  const name = NAMES.find((one) => names.every((other) => other.toLowerCase() !== one));
  if (name === undefined)
    document.report(
      draft.path,
      `found columns named ${NAMES.join(' and ')}: a derived label needs one of the names`,
    );
  const labelIs = {
    is: draft.is,
    needs: used.filter((one) => !draft.mayBeMissing.includes(one)),
    line: document.lineOf(draft.path),
  };
  return {
    record: { ...record, label: name ?? NAMES[0]!, labelIs },
    columns: [
      ...columns.map((column) => (outcomes.includes(column.name) ? { ...column, outcome: true } : column)),
      labelColumn(name ?? NAMES[0]!, draft.is),
    ],
  };
}

type SqlOf = (column: Column, at: number) => string;

/** The label as SQL, yes, no or missing; null: it is delivered. */
export function derivedLabelSql(pack: Pack, sqlOf: SqlOf): string | null {
  const condition = labelConditionSql(pack, sqlOf);
  if (condition === null) return null;
  const isKnown = pack.record.labelIs!.needs.map((name) => `${columnSql(pack, name, sqlOf)} IS NOT NULL`);
  return `CASE WHEN ${['true', ...isKnown].join(' AND ')} THEN TRY(${condition}) END`;
}

/** The condition itself. */
export function labelConditionSql(pack: Pack, sqlOf: SqlOf): string | null {
  const { labelIs } = pack.record;
  if (labelIs === null) return null;
  const pieces = parseExpression(labelIs.is, scopeOf(pack)).map((piece) => {
    if (typeof piece === 'string') return piece;
    if (piece.kind === 'window') throw new Error(`the label ${labelIs.is} asks a window`);
    return columnSql(pack, piece.name, sqlOf);
  });
  return pieces.join(' ');
}

function columnSql({ columns }: Pack, name: string, sqlOf: SqlOf): string {
  const at = columns.findIndex((column) => column.name === name);
  return sqlOf(columns[at]!, at);
}

function scopeOf({ columns, parameters }: Pick<Pack, 'columns' | 'parameters'>): Scope {
  const names = columns.map(({ name }) => name);
  return { columns: names, label: null, features: [], laterFeatures: [], parameters, windows: [] };
}

function labelColumn(name: string, is: string): Column {
  return {
    name,
    type: { kind: 'boolean' },
    codes: null,
    money: null,
    derivedFrom: null,
    unknown: 'reject',
    required: false,
    min: null,
    max: null,
    allowed: null,
    pattern: null,
    pii: false,
    outcome: false,
    missing: [],
    notation: null,
    yes: [],
    no: [],
    from: [],
    aliases: [],
    position: null,
    description: `derived: ${is}`,
  };
}
