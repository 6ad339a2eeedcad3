/**
 * What a person reads about each of some records: the value and the usual one of every source, the rules that hit, and every column
 * and feature by name, for sentences.
 */

import { quoteIdentifier, type Session } from '../engine/session.ts';
import type { Records } from '../intake/records.ts';
import type { Column, Encoding, Feature, Pack } from '../packs/pack.ts';
import type { Shown } from '../packs/shown-value.ts';
import { bindPack } from './bind-plan.ts';
import type { Features } from './feature-tables.ts';
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

export interface DescriberOptions {
  /** Nothing but these columns, features and encodings is read, and `values` has no others. */
  readonly only?: ReadonlySet<string>;
}

/** In order of `seqs`. */
export type DescribeRows = (seqs: readonly number[]) => AsyncGenerator<RecordDescription>;

const ROWS_PER_QUERY = 5_000;

export async function rowDescriber(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  { only }: DescriberOptions = {},
): Promise<DescribeRows> {
  const { session, records } = features;
  const parts = partsOf(pack, only ?? null);
  const columns = await describedColumns(features, pack, fitted, parts);
  const yesNo = await booleanFeatures(session, pack);
  const describe = descriptionReader(pack, fitted, parts, yesNo, columns.names);
  return async function* describeRows(seqs) {
    for (let start = 0; start < seqs.length; start += ROWS_PER_QUERY) {
      const wanted = seqs.slice(start, start + ROWS_PER_QUERY);
      const bySeq = new Map<number, RecordDescription>();
      for await (const chunk of session.chunks(descriptionSql(columns, records, wanted))) {
        const cells = chunk.getColumns() as Cell[][];
        for (let row = 0; row < chunk.rowCount; row++) {
          const description = describe(cells, row);
          bySeq.set(description.seq, description);
        }
      }
      for (const seq of wanted) {
        const description = bySeq.get(seq);
        if (description === undefined) throw new Error(`no record has seq ${seq}`);
        yield description;
      }
    }
  };
}

type Cell = string | number | boolean | bigint | null;

/** What is read of a pack, each with its place in it. */
interface Parts {
  readonly columns: readonly (readonly [Column, number])[];
  readonly features: readonly (readonly [Feature, number])[];
  readonly encodings: readonly (readonly [Encoding, number])[];
}

function partsOf({ columns, features, encodings }: Pack, only: ReadonlySet<string> | null): Parts {
  const pick = <Item extends { readonly name: string }>(items: readonly Item[]) =>
    items
      .map((item, index) => [item, index] as const)
      .filter(([{ name }]) => only === null || only.has(name));
  return { columns: pick(columns), features: pick(features), encodings: pick(encodings) };
}

interface DescribedColumns {
  /** The names of all that is read, in its order. */
  readonly names: readonly string[];
  readonly ofRecords: readonly string[];
  readonly ofFeatures: readonly string[];
  /** SQL; the features are called so in it. */
  readonly source: string;
}

async function describedColumns(
  features: Features,
  pack: Pack,
  fitted: FittedInputs,
  parts: Parts,
): Promise<DescribedColumns> {
  const hasRates = parts.encodings.length > 0;
  const source = await inputSource(features, pack, fitted, hasRates ? 'score' : 'train');
  const inputs = hasRates ? inputColumns(pack, fitted, 'score') : [];
  const rates = parts.encodings.flatMap(([{ name }, at]) => {
    const offset = fitted.inputs.findIndex((input) => input.kind === 'encoding' && input.source === name);
    const column = inputs.find((input) => input.offset === offset);
    return column === undefined ? [] : [[rateColumn(at), `nullif(${column.sql}, 'nan'::FLOAT)::DOUBLE`]];
  });
  const stored = [
    ...parts.features.flatMap(([, index]) => [
      names.featureColumn(index),
      ...(features.usual.has(index) ? [names.usualColumn(index)] : []),
    ]),
    ...pack.rules.map((_, index) => names.ruleColumn(index)),
  ];
  const shown = parts.columns.map(([column, index]) => [shownColumn(index), shownSql(column)]);
  const named = ([name, sql]: readonly string[]): string => `${sql} AS ${name}`;
  const ofRecords = ['record_id', 'record_hash'];
  return {
    names: ['seq', ...ofRecords, ...shown.map(([name]) => name!), ...stored, ...rates.map(([name]) => name!)],
    ofRecords: [...ofRecords, ...shown.map(named)],
    ofFeatures: [...stored.map((name) => `features.${name}`), ...rates.map(named)],
    source,
  };
}

const shownColumn = (index: number): string => `k_${index}`;
const rateColumn = (index: number): string => `rate_${index}`;

function descriptionSql(
  { names: selected, ofRecords, ofFeatures, source }: DescribedColumns,
  records: Records,
  seqs: readonly number[],
): string {
  // The range spares most of the table where the records lie close together; the list alone would read it all.
  const range = `seq BETWEEN ${seqs.reduce((a, b) => Math.min(a, b))} AND ${seqs.reduce((a, b) => Math.max(a, b))}`;
  const wanted = `${range} AND seq IN (${seqs.join(', ')})`;
  return `SELECT ${selected.join(', ')} FROM
    (SELECT ${['seq', ...ofRecords].join(', ')} FROM ${records} WHERE ${wanted})
    JOIN (SELECT ${['features.seq', ...ofFeatures].join(', ')} FROM ${source} WHERE ${wanted}) USING (seq)`;
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

/** Makes descriptions of rows of which each column's cells are given. */
function descriptionReader(
  pack: Pack,
  fitted: FittedInputs,
  parts: Parts,
  yesNo: ReadonlySet<number>,
  selected: readonly string[],
): (cells: readonly (readonly Cell[])[], row: number) => RecordDescription {
  const placeOf = new Map(selected.map((name, place) => [name, place]));
  const place = (name: string): number => placeOf.get(name) ?? -1;
  const columns = parts.columns.map(([column, at]) => ({ column, at: place(shownColumn(at)) }));
  const features = parts.features.map(([{ name }, at]) => ({
    name,
    at: place(names.featureColumn(at)),
    usualAt: place(names.usualColumn(at)),
    isBoolean: yesNo.has(at),
  }));
  const encodings = parts.encodings.map(([{ name }, at]) => ({
    name,
    at: place(rateColumn(at)),
    prior: fitted.encodings.find((encoding) => encoding.name === name)?.prior ?? null,
  }));
  const rules = pack.rules.map(({ id }, at) => ({ id, at: place(names.ruleColumn(at)) }));
  return (cells, row) => {
    const cell = (at: number): Cell => (at < 0 ? null : cells[at]![row]!);
    const sources = new Map<string, { value: Shown; usual: Shown }>();
    const values = new Map<string, Shown>();
    for (const { column, at } of columns) values.set(column.name, columnShown(column, cell(at)));
    for (const { name, at, usualAt, isBoolean } of features) {
      const value = featureShown(cell(at), isBoolean);
      sources.set(name, { value, usual: numberShown(cell(usualAt)) });
      // Of a feature that is a column itself, the column says it better: exactly, and with its own type.
      if (!values.has(name)) values.set(name, value);
    }
    for (const { column } of pack.categories)
      sources.set(column, { value: values.get(column) ?? null, usual: null });
    for (const { name, at, prior } of encodings) {
      const value = numberShown(cell(at));
      sources.set(name, { value, usual: prior });
      values.set(name, value);
    }
    return {
      seq: Number(cell(0)),
      recordId: String(cell(1)),
      recordHash: String(cell(2)),
      sources,
      rules: rules.filter(({ at }) => cell(at) === true).map(({ id }) => id),
      values,
    };
  };
}

function columnShown({ type }: Column, value: Cell): Shown {
  const numeric = type.kind === 'integer' || type.kind === 'decimal';
  if (!numeric || typeof value !== 'string')
    return typeof value === 'bigint' ? String(value) : finiteOrNull(value);
  // Fifteen digits survive the way through a double; more are shown as text.
  return value.replace(/[-.]/g, '').replace(/^0+/, '').length <= 15 ? Number(value) : value;
}

function featureShown(value: Cell, isBoolean: boolean): Shown {
  const shown = numberShown(value);
  return isBoolean && shown !== null ? shown === 1 : shown;
}

function numberShown(value: Cell): number | null {
  return value === null ? null : Number(value);
}

function finiteOrNull(value: string | number | boolean | null): Shown {
  return typeof value === 'number' && !Number.isFinite(value) ? null : value;
}
