/**
 * One delivery as a table of typed values, each row with what is wrong with it, its hash and its id: what was set aside for its
 * structure goes to the spool of rejects, and what the scanner counted is held against what DuckDB read.
 */

import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { InputError } from '../errors.ts';
import type { Pack } from '../packs/pack.ts';
import { prepareCodes } from './code-sql.ts';
import { convertMoney } from './convert-money.ts';
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
  const staging = stagingSql(pack, loaded);
  const staged = createTable<Staged['table']['columns']>(session, 'staged', staging.sql);
  const table = await staged.catch((error: Error) => {
    if (delivery.format !== 'parquet') throw error;
    throw new InputError(`${delivery.source.name} can't be read as Parquet: ${error.message.split('\n')[0]}`);
  });
  await loaded.remove?.();
  const n = await table.count();
  if (n !== loaded.sound) {
    throw new Error(`${delivery.source.name}: ${loaded.sound} records were scanned, but DuckDB read ${n}`);
  }
  const line = loaded.line === null ? `(rowid + ${loaded.firstLine})` : 'line';
  const doubts = [
    ...(await countDoubts(table, staging.doubts)),
    ...(await convertMoney(pack, table, input.rates)),
  ];
  await deriveLabel(pack, table);
  return {
    table,
    file,
    name: delivery.source.name,
    line,
    delivery,
    loaded,
    isHistory: input.isHistory,
    doubts,
  };
}

/** Of records that are not rejected. */
async function countDoubts(table: Staged['table'], doubts: StagingSql['doubts']): Promise<Doubt[]> {
  if (doubts.length === 0) return [];
  const counts = doubts.map(({ column }) => `count(*) FILTER (${column})::DOUBLE AS ${column}`);
  const counted = await table.session.row<Record<string, number>>(
    `SELECT ${counts.join(', ')} FROM ${table} WHERE reason IS NULL`,
  );
  return doubts
    .map(({ column, says }) => ({ says, count: counted[column]! }))
    .filter(({ count }) => count > 0);
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
