/** The `record` and `columns` parts of a pack: read, and checked against each other. */
import { codeProblem } from './code-lists.ts';
import { codeListOf, isMoney, parseColumnType, TYPE_WORDS } from './column-type.ts';
import { didYouMean } from './nearest-word.ts';
import { RESERVED_COLUMNS } from './own-columns.ts';
import type { Column, ColumnType, RecordKeys } from './pack.ts';
import { type PackDocument, type Path, showValue } from './pack-document.ts';
import { COLUMN, type Fields, RECORD, readFields } from './pack-schema.ts';
import { readBooleanWords, readNotation, readTimeType, reportForeignKeys } from './read-column-parts.ts';
import { type LabelDraft, readLabel } from './read-label.ts';

const NUMERIC = ['integer', 'number', 'decimal'];

export function readColumns(document: PackDocument, value: ReadonlyMap<string, unknown>): Column[] {
  if (value.size === 0) document.report(['columns'], 'found no columns, expected at least one');
  const seen = new Map<string, string>();
  const columns = [...value].map(([name, item]) => {
    const path = ['columns', name];
    reportName(document, path, name, seen);
    const full = typeof item === 'string' ? new Map([['type', item]]) : item;
    const fields = readFields(document, path, full, COLUMN, ['type']);
    return toColumn(document, path, name, fields);
  });
  reportPositions(document, columns);
  return columns;
}

function reportPositions(document: PackDocument, columns: readonly Column[]): void {
  const names = new Map<number, string>();
  for (const { name, position } of columns) {
    if (position === null) continue;
    const other = names.get(position);
    if (other !== undefined)
      document.report(
        ['columns', name, 'position'],
        `found ${position}, which is the position of ${other}, expected another`,
      );
    names.set(position, name);
  }
}

function reportName(document: PackDocument, path: Path, name: string, seen: Map<string, string>): void {
  const lower = name.toLowerCase();
  if (RESERVED_COLUMNS.includes(lower)) {
    document.report(
      path,
      `the name ${name} is taken by Assay itself: name the column otherwise and give it aliases: [${name}]`,
    );
  }
  const other = seen.get(lower);
  if (other !== undefined)
    document.report(path, `differs from column ${other} by capitals only, expected names that differ`);
  if (name === '') document.report(path, 'found an empty name, expected the name of a column');
  seen.set(lower, name);
}

function toColumn(document: PackDocument, path: Path, name: string, fields: Fields<typeof COLUMN>): Column {
  const column: Column = {
    name,
    type: readType(document, path, fields),
    codes: codeListOf(fields.type ?? ''),
    unknown: fields.unknown ?? 'reject',
    money: readMoney(document, path, fields),
    derivedFrom: null,
    required: fields.required ?? false,
    min: fields.min ?? null,
    max: fields.max ?? null,
    allowed: fields.allowed ?? null,
    pattern: fields.pattern ?? null,
    pii: fields.pii ?? false,
    outcome: fields.outcome ?? false,
    missing: fields.missing ?? [],
    aliases: fields.aliases ?? [],
    position: fields.position ?? null,
    notation: readNotation(document, path, fields.notation),
    ...readBooleanWords(document, path, fields),
    from: fields.from ?? [],
    description: fields.description ?? null,
  };
  if (fields.type !== undefined) reportConstraints(document, path, column);
  if (fields.from !== undefined && fields.aliases !== undefined)
    document.report([...path, 'aliases'], 'found with from, expected one of them: from names the headers');
  return column;
}

function readType(document: PackDocument, path: Path, fields: Fields<typeof COLUMN>): ColumnType {
  const { type: text } = fields;
  const type = text === undefined ? null : parseColumnType(text);
  if (type === null) {
    const words = TYPE_WORDS.join(', ');
    if (text !== undefined) {
      document.report(
        [...path, 'type'],
        `found ${showValue(text)}, expected one of ${words}${didYouMean(text, TYPE_WORDS)}`,
      );
    }
    return { kind: 'string' };
  }
  reportForeignKeys(document, path, type.kind, fields);
  const isTime = type.kind === 'date' || type.kind === 'timestamp';
  return isTime ? readTimeType(document, path, type.kind, fields) : type;
}

function readMoney(document: PackDocument, path: Path, fields: Fields<typeof COLUMN>): Column['money'] {
  const { type = '', currency } = fields;
  if (isMoney(type)) {
    if (currency === undefined)
      document.report(
        path,
        'found no currency, expected the column that says it, or an ISO 4217 code for all amounts',
      );
    return { currency: currency ?? '' };
  }
  if (currency !== undefined)
    document.report([...path, 'currency'], `found on a column of type ${type}, expected on money only`);
  return null;
}

/** As DuckDB reads it in a literal: a day, or a day with a time. */
function isIsoTime(text: string): boolean {
  const form = /^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})?)?$/;
  return form.test(text) && !Number.isNaN(Date.parse(text));
}

function reportConstraints(document: PackDocument, path: Path, column: Column): void {
  const { kind } = column.type;
  const numeric = NUMERIC.includes(kind);
  const temporal = kind === 'date' || kind === 'timestamp';
  for (const key of ['min', 'max'] as const) {
    const value = column[key];
    if (value === null) continue;
    const fits = numeric ? typeof value === 'number' : temporal && isIsoTime(String(value));
    const wanted = numeric
      ? 'a number'
      : temporal
        ? 'a date as 2024-01-31'
        : `none on a column of type ${kind}`;
    if (!fits) document.report([...path, key], `found ${showValue(value)}, expected ${wanted}`);
  }
  if (column.min !== null && column.max !== null && column.min > column.max) {
    document.report(
      [...path, 'max'],
      `found ${showValue(column.max)}, expected at least min, which is ${showValue(column.min)}`,
    );
  }
  if (column.pattern !== null && kind !== 'string') {
    document.report([...path, 'pattern'], `found on a column of type ${kind}, expected on string only`);
  }
  for (const [at, value] of (column.codes === null ? [] : (column.allowed ?? [])).entries()) {
    const problem = codeProblem(column.codes!, String(value));
    if (problem !== null) document.report([...path, 'allowed', at], problem);
  }
  if (column.codes === null && document.at([...path, 'unknown']) !== undefined)
    document.report([...path, 'unknown'], 'found on another type, expected on country and currency only');
  const wrong = (column.allowed ?? []).find((value) =>
    kind === 'string' ? typeof value !== 'string' : numeric && typeof value !== 'number',
  );
  if (wrong !== undefined)
    document.report([...path, 'allowed'], `found ${showValue(wrong)}, expected values of type ${kind}`);
}

/** The keys, the columns with the id's marked as required, and what a derived label is made of. */
export function readRecordKeys(
  document: PackDocument,
  value: unknown,
  columns: readonly Column[],
): { readonly record: RecordKeys; readonly columns: Column[]; readonly derived: LabelDraft | null } {
  const fields = value === undefined ? {} : readFields(document, ['record'], value, RECORD, []);
  const { derived, ...label } = readLabel(document, fields.label ?? null, columns, fields.time);
  const record: RecordKeys = {
    id: fields.id ?? [],
    time: fields.time ?? null,
    entity: fields.entity ?? null,
    labelIs: null,
    ...label,
  };
  const names = columns.map(({ name }) => name);
  for (const name of record.id) reportUnknownColumn(document, ['record', 'id'], name, names);
  for (const key of ['time', 'entity', 'label'] as const) {
    const name = record[key];
    if (name === null) continue;
    reportUnknownColumn(document, ['record', key], name, names);
    const kind = columns.find((column) => column.name === name)?.type.kind;
    const labels = record.labelValues === null ? ['boolean', 'integer'] : ['string', 'integer', 'boolean'];
    const wanted = { time: ['date', 'timestamp', 'integer'], entity: null, label: labels }[key];
    if (kind !== undefined && wanted !== null && !wanted.includes(kind)) {
      document.report(
        ['record', key],
        `column ${name} is of type ${kind}, expected ${wanted.join(' or ')}${labelHint(record, key, kind)}`,
      );
    }
  }
  for (const key of ['id', 'entity'] as const) {
    for (const name of [record[key] ?? []].flat())
      reportFloatingKey(document, ['record', key], name, columns);
  }
  for (const key of ['id', 'time', 'entity'] as const) {
    for (const { name } of columns.filter(({ outcome }) => outcome))
      if ([record[key]].flat().includes(name))
        document.report(['record', key], `${name} is an outcome, expected another column`);
    if (record.label !== null && [record[key]].flat().includes(record.label)) {
      document.report(['record', key], `${record.label} is the label, expected another column`);
    }
  }
  return { record, columns: columns.map((column) => requireId(document, record, column)), derived };
}

/** A label of texts is a slip, or a mapping that is not written yet. */
function labelHint({ labelValues }: RecordKeys, key: string, kind: string): string {
  return key === 'label' && labelValues === null && kind === 'string'
    ? '; texts are mapped by label: { of: …, positive: […], negative: […] }'
    : '';
}

function requireId(document: PackDocument, record: RecordKeys, column: Column): Column {
  if (!record.id.includes(column.name)) return column;
  const path = ['columns', column.name, 'required'];
  const written = document.at(path) !== undefined;
  if (written && !column.required)
    document.report(path, 'found false, expected true: it is part of the record id');
  return { ...column, required: true };
}

/** 0.1 + 0.2 is not 0.3: what distinguishes records and what puts them together must be exact. */
export function reportFloatingKey(
  document: PackDocument,
  path: Path,
  name: string,
  columns: readonly Column[],
): void {
  if (columns.find((column) => column.name === name)?.type.kind !== 'number') return;
  document.report(
    path,
    `column ${name} is of type number, which is floating point, expected string, integer or decimal`,
  );
}

export function reportUnknownColumn(
  document: PackDocument,
  path: Path,
  name: string,
  names: readonly string[],
): void {
  if (names.includes(name)) return;
  document.report(path, `found ${showValue(name)}, which is not a column${didYouMean(name, names)}`);
}
