/** The inputs of a model as columns of SQL over its features: one per number, one per category (its place among its listed values). */

import { DOUBLE, VARCHAR } from '@duckdb/node-api';
import { quoteText, type Session } from '../engine/session.ts';
import { type ColumnTypes, fillTable, LastingTables, type Table } from '../engine/table.ts';
import type { Pack } from '../packs/pack.ts';
import { smoothedRateSql } from './encoding-sql.ts';
import * as names from './feature-tables.ts';
import type { FittedInputs, LearnedEncoding, ModelInput } from './model-input.ts';

/**
 * Where encodings come from: `train`, from the labels before each record, so that no record's own label leaks into its row;
 * `score`, from the counts at the end of training.
 */
export type EncodingMode = 'train' | 'score';

/** A number is written at `offset`; a category's code is where, from `offset`, its 1 goes. */
export interface InputColumn {
  readonly sql: string;
  readonly kind: 'number' | 'code';
  readonly offset: number;
}

export function inputColumns(pack: Pack, fitted: FittedInputs, mode: EncodingMode): InputColumn[] {
  const columns: InputColumn[] = [];
  fitted.inputs.forEach((input, offset) => {
    if (input.kind === 'feature') columns.push({ sql: featureSql(pack, input), kind: 'number', offset });
    if (input.kind === 'encoding')
      columns.push({ sql: `${rateSql(pack, fitted, input, mode)}`, kind: 'number', offset });
    const startsCategory = input.kind === 'category' && fitted.inputs[offset - 1]?.source !== input.source;
    if (startsCategory) columns.push({ sql: codeSql(pack, fitted, input.source), kind: 'code', offset });
  });
  return columns.map((column) =>
    column.kind === 'number'
      ? { ...column, sql: `coalesce(TRY_CAST(${column.sql} AS FLOAT), 'nan'::FLOAT)` }
      : column,
  );
}

function featureSql(pack: Pack, { source, impute }: ModelInput): string {
  const column = names.featureColumn(indexOf(pack.features, source, ({ name }) => name));
  return impute === undefined ? column : `coalesce(${column}, ${impute}::DOUBLE)`;
}

/** The place of the value among those of its category: the kept ones, then "other", then "missing". */
function codeSql(pack: Pack, fitted: FittedInputs, source: string): string {
  const column = names.categoryColumn(indexOf(pack.categories, source, (category) => category.column));
  const inputs = fitted.inputs.filter((input) => input.kind === 'category' && input.source === source);
  const kept = inputs.flatMap(({ value }) => (typeof value === 'string' ? [quoteText(value)] : []));
  const place = kept.length === 0 ? 'NULL' : `list_position([${kept.join(', ')}], ${column}) - 1`;
  return `CAST(CASE WHEN ${column} IS NULL THEN ${kept.length + 1} ELSE coalesce(${place}, ${kept.length}) END AS INTEGER)`;
}

function rateSql(pack: Pack, fitted: FittedInputs, { source }: ModelInput, mode: EncodingMode): string {
  const index = indexOf(pack.encodings, source, ({ name }) => name);
  if (mode === 'train') return names.encodingColumn(index);
  const at = indexOf(fitted.encodings, source, ({ name }) => name);
  const { prior, smoothing } = fitted.encodings[at]!;
  const rate = smoothedRateSql(
    `coalesce(learned_${at}.labelled, 0)`,
    `coalesce(learned_${at}.positives, 0)`,
    `${prior}::DOUBLE`,
    smoothing,
  );
  return `CASE WHEN ${names.encodingKeyColumn(index)} IS NOT NULL THEN ${rate} END`;
}

/** The table of features, joined with the learned counts where they are asked for; loads those into the session first. */
export async function inputSource(
  features: names.Features,
  pack: Pack,
  fitted: FittedInputs,
  mode: EncodingMode,
): Promise<string> {
  let source = `${features} AS features`;
  if (mode === 'train') return source;
  for (const [at, encoding] of fitted.encodings.entries()) {
    const counts = await counted.of(features.session, encoding);
    const key = names.encodingKeyColumn(indexOf(pack.encodings, encoding.name, ({ name }) => name));
    source += ` LEFT JOIN ${counts} AS learned_${at} ON learned_${at}.key = ${key}`;
  }
  return source;
}

type Counts = Table<{ readonly key: string }>;

async function fillCounts(session: Session, { counts }: LearnedEncoding): Promise<Counts> {
  const entries = Object.entries(counts);
  const types: ColumnTypes = [
    ['key', VARCHAR],
    ['labelled', DOUBLE],
    ['positives', DOUBLE],
  ];
  const columns = [
    entries.map(([key]) => key),
    entries.map(([, [labelled]]) => labelled),
    entries.map(([, [, positives]]) => positives),
  ];
  return fillTable(session, 'learned', types, columns, { lasting: true });
}

const counted = new LastingTables(fillCounts);

function indexOf<T>(items: readonly T[], wanted: string, nameOf: (item: T) => string): number {
  const index = items.findIndex((item) => nameOf(item) === wanted);
  if (index < 0) throw new Error(`the fitted inputs name ${wanted}, which the pack does not have`);
  return index;
}
