/**
 * Computes the features of records: a row a record that is not history, in order of `seq`, columns as named in feature-tables.ts. What a
 * record's features are depends on the record and its past alone: not on the order of the input, nor on what else is in it, nor on how it is
 * split among runs that keep each entity whole.
 */

import type { Session } from '../engine/session.ts';
import { InputError } from '../errors.ts';
import type { Records } from '../intake/records.ts';
import type { Pack } from '../packs/pack.ts';
import { type BoundPlan, bindPack } from './bind-plan.ts';
import { type Averages, buildWindows, type WindowSelection } from './build-windows.ts';
import { encodingKeySql, smoothedRateSql } from './encoding-sql.ts';
import * as names from './feature-tables.ts';
import { Features } from './feature-tables.ts';
import { columnName, labelSql, recordsSql, type WindowTable } from './records-sql.ts';

export interface BuildOptions {
  /** Whether to compute what is usual for each entity (`usual:`), as explanations need; true if absent. */
  readonly usual?: boolean;
  /** Whether to compute encodings from earlier labels, as training needs; true if absent. */
  readonly encodings?: boolean;
  /** Which windows to compute here, and which were computed elsewhere; all here if absent. */
  readonly windows?: WindowSelection;
  /** `once` if absent. */
  readonly averages?: Averages;
}

export async function buildFeatures(
  records: Records,
  pack: Pack,
  options: BuildOptions = {},
): Promise<Features> {
  const bound = await boundPack(records.session, pack, options.usual ?? true);
  const withEncodings = options.encodings ?? true;
  const { averages = 'once', windows } = options;
  const tables = await buildWindows(records, bound, { withEncodings, averages, ...windows });
  const usual = bound.values.filter(({ planned }) => planned.kind === 'usual');
  const features = await Features.create(
    records,
    featuresSql(records, bound, tables, withEncodings),
    new Set(usual.map(({ planned }) => planned.index)),
  );
  for (const { table } of tables) await table.drop();
  return features;
}

/** Only the results of some windows: the tables that hold them, each with `seq` and `w_<position in the plan>`. */
export async function buildWindowsOnly(
  records: Records,
  pack: Pack,
  only: ReadonlySet<number>,
): Promise<WindowTable[]> {
  const bound = await boundPack(records.session, pack, true);
  return buildWindows(records, bound, { withEncodings: false, averages: 'once', only });
}

async function boundPack(session: Session, pack: Pack, withUsual: boolean): Promise<BoundPlan> {
  const bound = await bindPack(session, pack, withUsual);
  if (bound.problems.length === 0) return bound;
  throw new InputError(
    bound.problems.map(({ line, message }) => `pack ${pack.domain}:${line}: ${message}`).join('\n'),
  );
}

function featuresSql(
  records: Records,
  bound: BoundPlan,
  windows: readonly WindowTable[],
  withEncodings: boolean,
): string {
  const { pack } = bound.plan;
  const { entity, time } = pack.record;
  const columns = [
    'seq',
    'history',
    `${labelSql(pack)} AS label`,
    `CAST(${entity === null ? 'NULL' : columnName(pack, entity)} AS VARCHAR) AS entity`,
    `CAST(${time === null ? 'NULL' : 't'} AS BIGINT) AS time`,
    ...pack.features.map((_, index) => `${finite(`x_${index}`)} AS ${names.featureColumn(index)}`),
    ...bound.values
      .filter(({ planned }) => planned.kind === 'usual')
      .map(({ planned, sql }) => `${finite(sql)} AS ${names.usualColumn(planned.index)}`),
    ...pack.categories.map(
      ({ column }, index) => `CAST(${columnName(pack, column)} AS VARCHAR) AS ${names.categoryColumn(index)}`,
    ),
    ...pack.encodings.flatMap((encoding, index) => [
      `${encodingKeySql(pack, encoding)} AS ${names.encodingKeyColumn(index)}`,
      `${withEncodings ? earlierRateSql(encoding.smoothing, index) : 'CAST(NULL AS DOUBLE)'} AS ${names.encodingColumn(index)}`,
    ]),
    ...bound.values
      .filter(({ planned }) => planned.kind === 'rule')
      .map(
        ({ planned, sql }) =>
          `coalesce(CAST(${sql} AS BOOLEAN), false) AS ${names.ruleColumn(planned.index)}`,
      ),
  ];
  return `SELECT ${columns.join(', ')} FROM (${recordsSql(records, bound, bound.plan.levels, windows)}) WHERE NOT history ORDER BY seq`;
}

/** Missing where the key is, and where no label is known yet at all. */
function earlierRateSql(smoothing: number, index: number): string {
  return smoothedRateSql(`count_${index}`, `coalesce(sum_${index}, 0)`, `prior_${index}`, smoothing);
}

function finite(sql: string): string {
  const double = `TRY_CAST(${sql} AS DOUBLE)`;
  return `CASE WHEN isfinite(${double}) THEN ${double} END`;
}
