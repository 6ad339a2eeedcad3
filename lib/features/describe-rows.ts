/**
 * The numbers (`seq`) of some records go in; what a person is told about each comes out: the value and the usual one of every
 * source, the rules that hit, and every column and feature by name, for sentences.
 */
import type { Shown } from '../decisions/explanation.ts';
import type { Column, Pack } from '../domain/pack.ts';
import { quoteIdentifier, type Session } from '../engine/session.ts';
import { bindPack } from './bind-plan.ts';
import * as names from './feature-tables.ts';
import { type EncodingMode, inputColumns, inputSource } from './input-sql.ts';
import type { FittedInputs } from './model-input.ts';

export interface RecordDescription {
  readonly seq: number;
  readonly recordId: string;
  readonly recordHash: string;
  /** By source: feature, category's column, encoding. */
  readonly sources: ReadonlyMap<string, { readonly value: Shown; readonly usual: Shown }>;
  /** Ids, in the pack's order. */
  readonly rules: readonly string[];
  /** Columns, features and encodings. */
  readonly values: ReadonlyMap<string, Shown>;
}

const ROWS_PER_QUERY = 5_000;

/** In order of `seqs`. Encodings are described as `mode` takes them: `score` if absent. */
export async function* describeRows(
  session: Session,
  pack: Pack,
  fitted: FittedInputs,
  seqs: readonly number[],
  mode: EncodingMode = 'score',
): AsyncGenerator<RecordDescription> {
  const query = await descriptionSql(session, pack, fitted, mode);
  const yesNo = await booleanFeatures(session, pack);
  for (let start = 0; start < seqs.length; start += ROWS_PER_QUERY) {
    const wanted = seqs.slice(start, start + ROWS_PER_QUERY);
    const rows = await session.rows<Row>(query(wanted));
    const bySeq = new Map(rows.map((row) => [Number(row.seq), row]));
    for (const seq of wanted) {
      const row = bySeq.get(seq);
      if (row === undefined) throw new Error(`no record has seq ${seq}`);
      yield toDescription(pack, fitted, yesNo, row);
    }
  }
}

type Row = Readonly<Record<string, string | number | boolean | bigint | null>>;

async function descriptionSql(
  session: Session,
  pack: Pack,
  fitted: FittedInputs,
  mode: EncodingMode,
): Promise<(seqs: readonly number[]) => string> {
  const source = await inputSource(session, pack, fitted, mode);
  const inputs = inputColumns(pack, fitted, mode);
  const selected = [
    `${names.FEATURES_TABLE}.*`,
    ...fitted.inputs.flatMap(({ kind, source: name }, offset) => {
      const column = inputs.find((input) => input.offset === offset);
      const at = pack.encodings.findIndex((encoding) => encoding.name === name);
      return kind === 'encoding' && column !== undefined
        ? [`nullif(${column.sql}, 'nan'::FLOAT)::DOUBLE AS rate_${at}`]
        : [];
    }),
  ];
  const columns = pack.columns.map((column, index) => `${shownSql(column)} AS k_${index}`);
  return (seqs) => {
    // The range spares most of the table where the records lie close together; the list alone would read it all.
    const range = `seq BETWEEN ${seqs.reduce((a, b) => Math.min(a, b))} AND ${seqs.reduce((a, b) => Math.max(a, b))}`;
    const wanted = `${range} AND seq IN (${seqs.join(', ')})`;
    return `SELECT * FROM
    (SELECT seq, record_id, record_hash, ${columns.join(', ')} FROM records WHERE ${wanted})
    JOIN (SELECT ${selected.join(', ')} FROM ${source} WHERE ${wanted}) USING (seq)`;
  };
}

/** As text where JavaScript has no type of its own for it: `toShown` takes numbers back. */
function shownSql({ name, type }: Column): string {
  const column = quoteIdentifier(name);
  if (type.kind === 'number' || type.kind === 'boolean' || type.kind === 'string') return column;
  const text = `CAST(${column} AS VARCHAR)`;
  return type.kind === 'timestamp' ? `replace(${text}, ' ', 'T') || 'Z'` : text;
}

async function booleanFeatures(session: Session, pack: Pack): Promise<ReadonlySet<number>> {
  const { values } = await bindPack(session, pack, false);
  const found = values.filter(({ planned, isBoolean }) => planned.kind === 'feature' && isBoolean);
  return new Set(found.map(({ planned }) => planned.index));
}

function toDescription(
  pack: Pack,
  fitted: FittedInputs,
  yesNo: ReadonlySet<number>,
  row: Row,
): RecordDescription {
  const sources = new Map<string, { value: Shown; usual: Shown }>();
  const values = new Map<string, Shown>();
  pack.columns.forEach((column, index) => {
    values.set(column.name, columnShown(column, row[`k_${index}`] ?? null));
  });
  pack.features.forEach(({ name }, index) => {
    const shown = (value: Row[string] | undefined) => featureShown(value ?? null, yesNo.has(index));
    const value = shown(row[names.featureColumn(index)]);
    sources.set(name, { value, usual: numberShown(row[names.usualColumn(index)] ?? null) });
    // Of a feature that is a column itself, the column says it better: exactly, and with its own type.
    if (!values.has(name)) values.set(name, value);
  });
  for (const { column } of pack.categories)
    sources.set(column, { value: values.get(column) ?? null, usual: null });
  pack.encodings.forEach(({ name }, index) => {
    const value = numberShown(row[`rate_${index}`] ?? null);
    const prior = fitted.encodings.find((encoding) => encoding.name === name)?.prior ?? null;
    sources.set(name, { value, usual: prior });
    values.set(name, value);
  });
  const rules = pack.rules.filter((_, index) => row[names.ruleColumn(index)] === true).map(({ id }) => id);
  return {
    seq: Number(row.seq),
    recordId: String(row.record_id),
    recordHash: String(row.record_hash),
    sources,
    rules,
    values,
  };
}

function columnShown({ type }: Column, value: Row[string]): Shown {
  const numeric = type.kind === 'integer' || type.kind === 'decimal';
  if (!numeric || typeof value !== 'string')
    return typeof value === 'bigint' ? String(value) : finiteOrNull(value);
  // Fifteen digits survive the way through a double; more are told as text.
  return value.replace(/[-.]/g, '').replace(/^0+/, '').length <= 15 ? Number(value) : value;
}

function featureShown(value: Row[string], isBoolean: boolean): Shown {
  const shown = numberShown(value);
  return isBoolean && shown !== null ? shown === 1 : shown;
}

function numberShown(value: Row[string]): number | null {
  return value === null ? null : Number(value);
}

function finiteOrNull(value: string | number | boolean | null): Shown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
