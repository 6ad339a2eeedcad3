/**
 * The numbers (`seq`) of some records go in; what a person is told about each comes out: the value and the usual one of every
 * source, the rules that hit, and every column and feature by name, for sentences.
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import type { Column, Encoding, Feature, Pack } from '../packs/pack.ts';
import type { Shown } from '../packs/shown-value.ts';
import { bindPack } from './bind-plan.ts';
import * as names from './feature-tables.ts';
import { inputColumns, inputSource } from './input-sql.ts';
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

/** In order of `seqs`. With `only`, nothing but these columns, features and encodings is read, and `values` has no others. */
export async function* describeRows(
  session: Session,
  pack: Pack,
  fitted: FittedInputs,
  seqs: readonly number[],
  only: ReadonlySet<string> | null = null,
): AsyncGenerator<RecordDescription> {
  const parts = partsOf(pack, only);
  const query = await descriptionSql(session, pack, fitted, parts);
  const yesNo = await booleanFeatures(session, pack);
  for (let start = 0; start < seqs.length; start += ROWS_PER_QUERY) {
    const wanted = seqs.slice(start, start + ROWS_PER_QUERY);
    const rows = await session.rows<Row>(query(wanted));
    const bySeq = new Map(rows.map((row) => [Number(row.seq), row]));
    for (const seq of wanted) {
      const row = bySeq.get(seq);
      if (row === undefined) throw new Error(`no record has seq ${seq}`);
      yield toDescription(pack, fitted, parts, yesNo, row);
    }
  }
}

type Row = Readonly<Record<string, string | number | boolean | bigint | null>>;

/** What is read of a pack, each with its place in it. */
interface Parts {
  readonly columns: readonly (readonly [Column, number])[];
  readonly features: readonly (readonly [Feature, number])[];
  readonly encodings: readonly (readonly [Encoding, number])[];
  readonly isWhole: boolean;
}

function partsOf({ columns, features, encodings }: Pack, only: ReadonlySet<string> | null): Parts {
  const pick = <Item extends { readonly name: string }>(items: readonly Item[]) =>
    items
      .map((item, index) => [item, index] as const)
      .filter(([{ name }]) => only === null || only.has(name));
  return {
    columns: pick(columns),
    features: pick(features),
    encodings: pick(encodings),
    isWhole: only === null,
  };
}

async function descriptionSql(
  session: Session,
  pack: Pack,
  fitted: FittedInputs,
  parts: Parts,
): Promise<(seqs: readonly number[]) => string> {
  const hasRates = parts.encodings.length > 0;
  const source = hasRates ? await inputSource(session, pack, fitted, 'score') : names.FEATURES_TABLE;
  const inputs = hasRates ? inputColumns(pack, fitted, 'score') : [];
  const rates = parts.encodings.flatMap(([{ name }, at]) => {
    const offset = fitted.inputs.findIndex((input) => input.kind === 'encoding' && input.source === name);
    const column = inputs.find((input) => input.offset === offset);
    return column === undefined ? [] : [`nullif(${column.sql}, 'nan'::FLOAT)::DOUBLE AS rate_${at}`];
  });
  const table = names.FEATURES_TABLE;
  const stored = parts.isWhole
    ? [`${table}.*`]
    : ['seq', ...parts.features.map(([, index]) => names.featureColumn(index)), ...ruleColumns(pack)].map(
        (name) => `${table}.${name}`,
      );
  const selected = [...stored, ...rates];
  const columns = parts.columns.map(([column, index]) => `, ${shownSql(column)} AS k_${index}`);
  return (seqs) => {
    // The range spares most of the table where the records lie close together; the list alone would read it all.
    const range = `seq BETWEEN ${seqs.reduce((a, b) => Math.min(a, b))} AND ${seqs.reduce((a, b) => Math.max(a, b))}`;
    const wanted = `${range} AND seq IN (${seqs.join(', ')})`;
    return `SELECT * FROM
    (SELECT seq, record_id, record_hash${columns.join('')} FROM records WHERE ${wanted})
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

function ruleColumns({ rules }: Pack): string[] {
  return rules.map((_, index) => names.ruleColumn(index));
}

function toDescription(
  pack: Pack,
  fitted: FittedInputs,
  parts: Parts,
  yesNo: ReadonlySet<number>,
  row: Row,
): RecordDescription {
  const sources = new Map<string, { value: Shown; usual: Shown }>();
  const values = new Map<string, Shown>();
  for (const [column, index] of parts.columns)
    values.set(column.name, columnShown(column, row[`k_${index}`] ?? null));
  for (const [{ name }, index] of parts.features) {
    const shown = (value: Row[string] | undefined) => featureShown(value ?? null, yesNo.has(index));
    const value = shown(row[names.featureColumn(index)]);
    sources.set(name, { value, usual: numberShown(row[names.usualColumn(index)] ?? null) });
    // Of a feature that is a column itself, the column says it better: exactly, and with its own type.
    if (!values.has(name)) values.set(name, value);
  }
  for (const { column } of pack.categories)
    sources.set(column, { value: values.get(column) ?? null, usual: null });
  for (const [{ name }, index] of parts.encodings) {
    const value = numberShown(row[`rate_${index}`] ?? null);
    const prior = fitted.encodings.find((encoding) => encoding.name === name)?.prior ?? null;
    sources.set(name, { value, usual: prior });
    values.set(name, value);
  }
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
  // Fifteen digits survive the way through a double; more are shown as text.
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
