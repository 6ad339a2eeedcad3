/**
 * Every window aggregate of a pack, level by level: the table `records` goes in, and a temporary table per level comes out,
 * with `seq` and a column per aggregate.
 */

import type { Session } from '../engine/session.ts';
import type { Encoding, Pack } from '../packs/pack.ts';
import type { BoundPlan } from './bind-plan.ts';
import type { Frame } from './feature-plan.ts';
import { columnName, labelSql, recordsSql, windowColumn } from './records-sql.ts';
import { frameEndSql, frameSql, ORDINAL, type WindowSql, windowSql } from './window-sql.ts';

/** A window aggregate to compute, and the name of its result. */
interface WindowJob {
  readonly name: string;
  readonly level: number;
  readonly frame: Frame;
  readonly use: Parameters<typeof frameSql>[1];
  readonly sql: WindowSql;
}

export interface WindowSelection {
  /** Positions in the plan's windows: those to compute; all if absent. */
  readonly only?: ReadonlySet<number>;
  /** Tables of windows that were computed before, each with `seq` and columns named by `windowColumn`. */
  readonly given?: readonly string[];
}

/** The names of the tables with windows, those that were given among them. */
export async function buildWindows(
  session: Session,
  bound: BoundPlan,
  withEncodings: boolean,
  { only, given = [] }: WindowSelection = {},
): Promise<string[]> {
  const encodings = withEncodings ? bound.plan.pack.encodings : [];
  const wanted = packWindows(bound).filter((_, index) => only?.has(index) ?? true);
  const jobs = [...wanted, ...encodingWindows(bound.plan.pack, encodings)];
  const tables: string[] = [...given];
  for (let level = 1; level <= Math.max(0, ...jobs.map((job) => job.level)); level++) {
    const atLevel = jobs.filter((job) => job.level === level);
    if (atLevel.length === 0) continue;
    await buildLevel(session, bound, level, atLevel, tables);
    if (level === 1) tables.push(...(await buildPriors(session, encodings)));
    await session.run('DROP TABLE window_input');
  }
  return tables;
}

function packWindows({ plan, windows }: BoundPlan): WindowJob[] {
  return plan.windows.map((planned, index) => ({
    ...planned,
    name: windowColumn(index),
    sql: windows[index]!,
  }));
}

/** Per encoding: labelled records and positives before this one with its key. */
function encodingWindows(pack: Pack, encodings: readonly Encoding[]): WindowJob[] {
  const label = labelSql(pack);
  const use = {
    kind: 'window',
    distinct: false,
    filter: null,
    window: '',
    argument: [label],
    usesLabel: true,
  } as const;
  return encodings.flatMap(({ of, delay }, index) =>
    (['count', 'sum'] as const).map((call) => ({
      name: `${call}_${index}`,
      level: 1,
      frame: { by: of, over: null, delay },
      use: { call, usesLabel: true },
      sql: windowSql({ ...use, call }, label, 'INTEGER', null),
    })),
  );
}

/**
 * Two steps: what the windows need of each record, narrow and in order of (time, record id), so that a row's number is its
 * rank; then every aggregate over it.
 */
async function buildLevel(
  session: Session,
  bound: BoundPlan,
  level: number,
  jobs: readonly WindowJob[],
  tables: string[],
): Promise<void> {
  const { pack } = bound.plan;
  const inputs = new Names('a_');
  const parts = new Names('p_');
  const results = jobs.map(({ name, frame, use, sql }) => {
    const over = frameSql(frame, use, (column) => columnName(pack, column));
    const own = sql.parts(sql.inputs.map((input) => inputs.nameOf(input)));
    const result = sql.result(own.map((part) => parts.nameOf(`${part} OVER ${over}`)));
    const known = ['t', ...frame.by.map((column) => columnName(pack, column))].map(
      (key) => `${key} IS NOT NULL`,
    );
    return `CASE WHEN ${known.join(' AND ')} THEN ${result} END AS ${name}`;
  });
  const keys = [...new Set(jobs.flatMap(({ frame }) => frame.by.map((column) => columnName(pack, column))))];
  const order = pack.record.time === null ? 'record_hash, record_id' : 't, record_id';
  await session.run(`CREATE OR REPLACE TEMP TABLE window_input AS
    SELECT ${['seq', 't', `${labelSql(pack)} AS label`, ...keys, ...inputs.definitions()].join(', ')}
    FROM (${await recordsSql(session, bound, level - 1, tables)}) ORDER BY ${order}`);
  await session.run(`CREATE OR REPLACE TEMP TABLE window_${level} AS SELECT seq, ${results.join(', ')}
    FROM (SELECT ${['seq', 't', ...keys, ...parts.definitions()].join(', ')} FROM ${RANKED})`);
  tables.push(`window_${level}`);
}

const RANKED = `(SELECT *, rowid + 1 AS r, ${ORDINAL} AS ord FROM window_input)`;

/**
 * The rate of all labels before a record, which an encoding leans on where its own are few: one column per encoding. A window
 * without a key would hold every record in one frame; running totals and a search for the last of them take a fraction
 * of that.
 */
async function buildPriors(session: Session, encodings: readonly Encoding[]): Promise<string[]> {
  if (encodings.length === 0) return [];
  await session.run(`CREATE OR REPLACE TEMP TABLE running_labels AS
    SELECT ord, sum(label) OVER totals / count(*) OVER totals AS rate
    FROM ${RANKED} WHERE label IS NOT NULL AND t IS NOT NULL WINDOW totals AS (ORDER BY ord ROWS UNBOUNDED PRECEDING)`);
  const tables: string[] = [];
  for (const [index, { delay }] of encodings.entries()) {
    const visible = frameEndSql(delay, { call: 'sum', usesLabel: true });
    await session.run(`CREATE OR REPLACE TEMP TABLE prior_table_${index} AS
      SELECT record.seq, running.rate AS prior_${index}
      FROM (SELECT seq, ord - ${visible} AS visible FROM ${RANKED}) record
      ASOF LEFT JOIN running_labels running ON record.visible >= running.ord`);
    tables.push(`prior_table_${index}`);
  }
  await session.run('DROP TABLE running_labels');
  return tables;
}

/** Gives each distinct expression one name. */
class Names {
  readonly #prefix: string;
  readonly #names = new Map<string, string>();

  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  nameOf(sql: string): string {
    const name = this.#names.get(sql) ?? `${this.#prefix}${this.#names.size}`;
    this.#names.set(sql, name);
    return name;
  }

  definitions(): string[] {
    return [...this.#names].map(([sql, name]) => `${sql} AS ${name}`);
  }
}
