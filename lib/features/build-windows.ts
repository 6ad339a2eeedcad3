/**
 * Computes every window aggregate of a pack, level by level, into tables with `seq` and a column per aggregate. The window kernel
 * computes what it takes, DuckDB's window functions the rest.
 */

import type { Session } from '../engine/session.ts';
import { createTable, type Table } from '../engine/table.ts';
import type { Records } from '../intake/records.ts';
import type { Encoding, Pack } from '../packs/pack.ts';
import type { BoundPlan } from './bind-plan.ts';
import type { Frame } from './feature-plan.ts';
import {
  columnName,
  labelSql,
  recordsSql,
  type WindowTable,
  windowColumn,
  windowTable,
} from './records-sql.ts';
import { computeWindows, type KernelJob, type KernelResults } from './window-kernel.ts';
import { restoredSql } from './window-kernel-input.ts';
import { writeResults } from './window-results.ts';
import { frameEndSql, frameSql, ORDINAL, type WindowSql, windowSql } from './window-sql.ts';

/**
 * How averages are rounded: `once`, the same on all processors; `twice`, as DuckDB's avg does on x86, which runs made before that
 * are replayed with.
 */
export type Averages = 'once' | 'twice';

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
  /** Windows that were computed before, named by `windowColumn`. */
  readonly given?: readonly WindowTable[];
}

export interface WindowOptions extends WindowSelection {
  readonly withEncodings: boolean;
  readonly averages: Averages;
  /** False: all by DuckDB's window functions; the results are the same. */
  readonly kernel?: boolean;
  /** Whether results of history are wanted too; false if absent. */
  readonly ofHistory?: boolean;
}

/** The tables with windows, those that were given among them. */
export async function buildWindows(
  records: Records,
  bound: BoundPlan,
  { withEncodings, averages, kernel = true, ofHistory = false, only, given = [] }: WindowOptions,
): Promise<WindowTable[]> {
  const encodings = withEncodings ? bound.plan.pack.encodings : [];
  const wanted = packWindows(bound, averages).filter((_, index) => only?.has(index) ?? true);
  const jobs = [...wanted, ...encodingWindows(bound.plan.pack, encodings)];
  const tables: WindowTable[] = [...given];
  const levels = Math.max(0, ...jobs.map((job) => job.level));
  for (let level = 1; level <= levels; level++) {
    const atLevel = jobs.filter((job) => job.level === level);
    // What no later window looks at is wanted of the records themselves, not of their past.
    const ofAll = ofHistory || level < levels;
    const computed = kernel ? await computeLevel(records, bound, { level, ofAll }, atLevel, tables) : null;
    const left = atLevel.filter(({ name }) => !computed?.columns.has(name));
    const priors = level === 1 ? encodings : [];
    if (left.length > 0 || priors.length > 0) {
      const input = await writeWindowInput(records, bound, level, left, tables);
      if (left.length > 0) tables.push(await buildLevel(input, bound.plan.pack, left));
      tables.push(...(await buildPriors(input, priors)));
      await input.drop();
    }
    if (computed !== null) tables.push(computed);
  }
  return tables;
}

function packWindows({ plan, windows }: BoundPlan, averages: Averages): WindowJob[] {
  return plan.windows.map((planned, index) => ({
    ...planned,
    name: windowColumn(index),
    sql: averages === 'once' ? windows[index]! : roundedTwice(windows[index]!),
  }));
}

function roundedTwice(sql: WindowSql): WindowSql {
  return sql.roundedTwice === undefined ? sql : { ...sql, ...sql.roundedTwice, kernel: null };
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

/** What the kernel computes of a level; null: nothing. */
async function computeLevel(
  records: Records,
  bound: BoundPlan,
  { level, ofAll }: { readonly level: number; readonly ofAll: boolean },
  jobs: readonly WindowJob[],
  tables: readonly WindowTable[],
): Promise<WindowTable | null> {
  const { pack } = bound.plan;
  const taken = jobs.filter(({ sql }) => sql.kernel !== null);
  if (taken.length === 0) return null;
  const sql = recordsSql(records, bound, level - 1, tables);
  const source = { records, sql, order: orderSql(pack), ofAll };
  const results = await computeWindows(
    source,
    taken.map((job) => kernelJob(pack, job)),
  );
  return results === null ? null : storeResults(records.session, taken, results);
}

function kernelJob(pack: Pack, { frame, use, sql }: WindowJob): KernelJob {
  return {
    aggregate: sql.kernel!,
    keys: frame.by.map((column) => columnName(pack, column)),
    frame,
    isBefore: frameEndSql(frame.delay, use) !== '0',
  };
}

async function storeResults(
  session: Session,
  jobs: readonly WindowJob[],
  { seq, columns }: KernelResults,
): Promise<WindowTable | null> {
  const done = jobs.flatMap((job, index) => {
    const values = columns[index]!;
    return values === null ? [] : [{ job, values }];
  });
  if (done.length === 0) return null;
  const table = await writeResults(
    session,
    seq,
    done.map(({ values }) => values),
  );
  const restored = done.map(({ job }, at) => [job.name, restoredSql(`r_${at}`, job.sql.type)] as const);
  return { table, columns: new Map(restored) };
}

/** What the windows need of each record, narrow and in order of (time, record id), so that a row's number is its rank. */
async function writeWindowInput(
  records: Records,
  bound: BoundPlan,
  level: number,
  jobs: readonly WindowJob[],
  tables: readonly WindowTable[],
): Promise<WindowInput> {
  const { pack } = bound.plan;
  const columns = ['seq', 't', `${labelSql(pack)} AS label`, ...keyColumns(pack, jobs)];
  return createTable(
    records.session,
    'window_input',
    `SELECT ${[...columns, ...inputNames(jobs).definitions()].join(', ')}
    FROM (${recordsSql(records, bound, level - 1, tables)}) ORDER BY ${orderSql(pack)}`,
  );
}

type WindowInput = Table<{ readonly seq: bigint; readonly t: bigint; readonly label: number | null }>;

async function buildLevel(input: WindowInput, pack: Pack, jobs: readonly WindowJob[]): Promise<WindowTable> {
  const inputs = inputNames(jobs);
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
  const columns = ['seq', 't', ...keyColumns(pack, jobs), ...parts.definitions()];
  const sql = `SELECT seq, ${results.join(', ')} FROM (SELECT ${columns.join(', ')} FROM ${rankedSql(input)})`;
  return windowTable(
    await createTable(input.session, 'windows', sql),
    jobs.map(({ name }) => name),
  );
}

function orderSql(pack: Pack): string {
  return pack.record.time === null ? 'record_hash, record_id' : 't, record_id';
}

function keyColumns(pack: Pack, jobs: readonly WindowJob[]): string[] {
  return [...new Set(jobs.flatMap(({ frame }) => frame.by.map((column) => columnName(pack, column))))];
}

function inputNames(jobs: readonly WindowJob[]): Names {
  const names = new Names('a_');
  for (const { sql } of jobs) for (const input of sql.inputs) names.nameOf(input);
  return names;
}

const rankedSql = (input: WindowInput): string =>
  `(SELECT *, rowid + 1 AS r, ${ORDINAL} AS ord FROM ${input})`;

/**
 * The rate of all labels before a record, which an encoding leans on where its own are few: one column per encoding. A window
 * without a key would hold every record in one frame; running totals and a search for the last of them take a fraction
 * of that.
 */
async function buildPriors(input: WindowInput, encodings: readonly Encoding[]): Promise<WindowTable[]> {
  if (encodings.length === 0) return [];
  const { session } = input;
  const ranked = rankedSql(input);
  const running = await createTable(
    session,
    'running_labels',
    `SELECT ord, sum(label) OVER totals / count(*) OVER totals AS rate
    FROM ${ranked} WHERE label IS NOT NULL AND t IS NOT NULL WINDOW totals AS (ORDER BY ord ROWS UNBOUNDED PRECEDING)`,
  );
  const tables: WindowTable[] = [];
  for (const [index, { delay }] of encodings.entries()) {
    const visible = frameEndSql(delay, { call: 'sum', usesLabel: true });
    const prior: WindowTable['table'] = await createTable(
      session,
      'priors',
      `SELECT record.seq, running.rate AS prior_${index}
      FROM (SELECT seq, ord - ${visible} AS visible FROM ${ranked}) record
      ASOF LEFT JOIN ${running} running ON record.visible >= running.ord`,
    );
    tables.push(windowTable(prior, [`prior_${index}`]));
  }
  await running.drop();
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
