/**
 * One delivery as a table of typed values, each row with what is wrong with it, its hash and its id: what was set aside for its
 * structure goes to the spool of rejects, and what the scanner counted is held against what DuckDB read.
 */

import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { Pack } from '../packs/pack.ts';
import { prepareCodes } from './code-sql.ts';
import { convertMoney, unconvertedSql } from './convert-money.ts';
import type { Delivery } from './delivery.ts';
import { deriveLabel } from './derive-label.ts';
import type { Doubt } from './doubt.ts';
import type { LoadContext, Loaded } from './load.ts';
import { loadCsv } from './load-csv.ts';
import { loadJsonLines } from './load-json-lines.ts';
import { loadParquet } from './load-parquet.ts';
import type { Rates } from './rates.ts';
import type { Staged } from './repeated-ids.ts';
import type { Spool } from './spool.ts';
import { type StagingSql, stagingSql } from './staging.ts';

export interface StagedDelivery extends Staged {
  readonly delivery: Delivery;
  readonly loaded: Loaded;
  readonly isHistory: boolean;
  /** Before ids that come again are set aside. */
  readonly accepted: number;
  /** What was read with a doubt, and how often. */
  readonly doubts: readonly Doubt[];
}

export interface StageInput {
  readonly file: number;
  readonly delivery: Delivery;
  readonly isHistory: boolean;
  readonly structural: Spool;
  readonly onDelivered: (chunk: Uint8Array) => void;
  /** Of exchange; null: none are known. */
  readonly rates: Rates | null;
}

export async function stageDelivery(
  session: Session,
  pack: Pack,
  input: StageInput,
): Promise<StagedDelivery> {
  const { file, delivery, structural } = input;
  const reject = (line: number, reason: string, text: string): void => {
    structural.number(file);
    structural.number(line);
    structural.text(reason);
    structural.text(text);
    structural.endRow();
  };
  const spoolName = `intake-${file}`;
  const loaded = await load({ session, pack, delivery, reject, onDelivered: input.onDelivered, spoolName });
  await prepareCodes(session, pack);
  const { table, tally } = await stage(session, pack, delivery, loaded);
  await loaded.remove?.();
  const { n, rejected, foreign, doubts: found } = tally;
  if (n !== loaded.sound) {
    throw new Error(`${delivery.source.name}: ${loaded.sound} records were scanned, but DuckDB read ${n}`);
  }
  const line = loaded.line === null ? `(rowid + ${loaded.firstLine})` : 'line';
  // Amounts that are in the base currency already are most of what many files hold.
  const doubts = [...found, ...(foreign === 0 ? [] : await convertMoney(pack, table, input.rates))];
  await deriveLabel(pack, table);
  return {
    table,
    file,
    name: delivery.source.name,
    line,
    delivery,
    loaded,
    isHistory: input.isHistory,
    accepted: n - rejected,
    doubts,
  };
}

interface StagedTable {
  readonly table: Staged['table'];
  readonly tally: Tally;
}

async function stage(session: Session, pack: Pack, delivery: Delivery, loaded: Loaded): Promise<StagedTable> {
  if (session.repeats) {
    const staged = await stageAs(session, pack, delivery, loaded, true);
    if (staged.tally.unread === 0) return staged;
    await staged.table.drop();
  }
  return stageAs(session, pack, delivery, loaded, false);
}

async function stageAs(
  session: Session,
  pack: Pack,
  delivery: Delivery,
  loaded: Loaded,
  isQuick: boolean,
): Promise<StagedTable> {
  const staging = stagingSql(pack, loaded, isQuick);
  const staged = createTable<Staged['table']['columns']>(session, 'staged', staging.sql);
  const table = await staged.catch((error: Error) => {
    if (delivery.format !== 'parquet') throw error;
    throw new InputError(`${delivery.source.name} can't be read as Parquet: ${error.message.split('\n')[0]}`);
  });
  return { table, tally: await tallyOf(table, pack, staging.doubts) };
}

interface Tally {
  readonly n: number;
  readonly rejected: number;
  /** Records that a quick reading leaves to a full one. */
  readonly unread: number;
  /** Amounts, of rejected records too, that are to be converted. */
  readonly foreign: number;
  /** Of records that are not rejected. */
  readonly doubts: readonly Doubt[];
}

async function tallyOf(table: Staged['table'], pack: Pack, doubts: StagingSql['doubts']): Promise<Tally> {
  const counts = doubts.map(
    ({ column }) => `count(*) FILTER (${column} AND reason IS NULL)::DOUBLE AS ${column}`,
  );
  const foreign = unconvertedSql(pack).map((sql) => `count(*) FILTER (${sql})`);
  const counted = await table.session.row<Record<string, number> & Omit<Tally, 'doubts'>>(
    `SELECT ${[
      'count(*)::DOUBLE AS n',
      'count(reason)::DOUBLE AS rejected',
      'count(*) FILTER (unread)::DOUBLE AS unread',
      `(${['0', ...foreign].join(' + ')})::DOUBLE AS "foreign"`,
      ...counts,
    ].join(', ')} FROM ${table}`,
  );
  const found = doubts.map(({ column, says }) => ({ says, count: counted[column]! }));
  const { n, rejected, unread } = counted;
  return { n, rejected, unread, foreign: counted.foreign, doubts: found.filter(({ count }) => count > 0) };
}

/** One warning a doubt, whatever ranges a file was read in. */
export function doubtWarnings(name: string, doubts: readonly Doubt[]): string[] {
  const sums = new Map<string, number>();
  for (const { says, count } of doubts) sums.set(says, (sums.get(says) ?? 0) + count);
  return [...sums].map(([says, count]) => `${name}: ${count} ${count === 1 ? 'value' : 'values'} ${says}`);
}

function load(context: LoadContext): Promise<Loaded> {
  if (context.delivery.format === 'parquet') return loadParquet(context);
  return context.delivery.format === 'jsonl' ? loadJsonLines(context) : loadCsv(context);
}
