/**
 * Amounts in the pack's base currency, by the rate of the record's day or the last one before it. Exact: amounts and rates are whole
 * numbers of their smallest unit, divided once and rounded half away from zero.
 */

import { quoteText, type Session } from '../engine/session.ts';
import { defineTable, LastingTables, type Table } from '../engine/table.ts';
import type { Column, ColumnType, Pack } from '../packs/pack.ts';
import type { Doubt } from './doubt.ts';
import type { Rates } from './rates.ts';
import type { Staged } from './repeated-ids.ts';
import { stagedValue } from './staging.ts';

/** Weekends and holidays have no rates; a gap longer than this is a missing file. */
const MAX_AGE_DAYS = 7;
const RATE_DECIMALS = 12;

interface Conversion {
  readonly amount: Column;
  /** SQL of the staged table. */
  readonly value: string;
  readonly currency: string;
  readonly base: string;
}

/**
 * Fills the derived columns of a staged table. What stays empty is reported: amounts in another currency without a rate. `rates` null:
 * none were given.
 */
export async function convertMoney(
  pack: Pack,
  table: Staged['table'],
  rates: Rates | null,
): Promise<Doubt[]> {
  const conversions = conversionsOf(pack);
  if (conversions.length === 0) return [];
  const loaded = rates === null ? null : await loadedRates.of(table.session, rates);
  const doubts: Doubt[] = [];
  for (const conversion of conversions) {
    if (loaded !== null) await convert(pack, table, conversion, loaded);
    doubts.push(...(await countUnconverted(pack, table, conversion, rates)));
  }
  return doubts;
}

/** SQL over a staged table: which amounts have no value in the base currency yet; one for each amount. */
export function unconvertedSql(pack: Pack): string[] {
  return conversionsOf(pack).map(({ value, base }) => `${value} IS NOT NULL AND ${base} IS NULL`);
}

function conversionsOf(pack: Pack): Conversion[] {
  const at = (name: string) => stagedValue(pack.columns.findIndex((column) => column.name === name));
  return pack.columns.flatMap(({ name, derivedFrom }) => {
    if (derivedFrom === null) return [];
    const amount = pack.columns.find((column) => column.name === derivedFrom)!;
    const { currency } = amount.money!;
    const isColumn = pack.columns.some((column) => column.name === currency);
    const code = isColumn ? at(currency) : quoteText(currency);
    return [{ amount, value: at(amount.name), currency: code, base: at(name) }];
  });
}

type RateTable = Table<{ readonly currency: string; readonly scaled: bigint }>;

async function insertRates(session: Session, { rates }: Rates): Promise<RateTable> {
  const columns = ['currency VARCHAR', 'day DATE', 'scaled HUGEINT'];
  const table: RateTable = await defineTable(session, 'rates', columns, { lasting: true });
  const rows = rates.map(({ currency, day, rate }) => {
    const [whole = '', fraction = ''] = rate.split('.');
    return `('${currency}', DATE '${day}', ${BigInt(whole + fraction.padEnd(RATE_DECIMALS, '0'))})`;
  });
  for (let from = 0; from < rows.length; from += 10_000) {
    await session.run(
      `INSERT INTO ${table} SELECT DISTINCT * FROM (VALUES ${rows.slice(from, from + 10_000).join(', ')})`,
    );
  }
  return table;
}

/** Files and requests come one after the other with the same rates. */
const loadedRates = new LastingTables(insertRates);

async function convert(
  pack: Pack,
  table: Staged['table'],
  conversion: Conversion,
  rates: RateTable,
): Promise<void> {
  const { value, currency, base } = conversion;
  const day = daySql(pack, 'staged');
  const code = currency.startsWith("'") ? currency : `staged.${currency}`;
  await table.session.run(`
    UPDATE ${table} SET ${base} = found.amount FROM (
      SELECT staged.rowid AS place, ${convertedSql(conversion)} AS amount
      FROM ${table} AS staged ASOF JOIN ${rates} AS rate
        ON ${code} = rate.currency AND ${day} >= rate.day
      WHERE staged.${base} IS NULL AND staged.${value} IS NOT NULL AND ${day} - rate.day <= ${MAX_AGE_DAYS}
    ) AS found WHERE ${table}.rowid = found.place`);
}

/** NULL where the amount has more digits than can be computed with. */
function convertedSql({ amount, value }: Conversion): string {
  const { precision, scale } = amount.type as Extract<ColumnType, { kind: 'decimal' }>;
  const units = `CAST(staged.${value} * 1${'0'.repeat(scale)} AS HUGEINT)`;
  const one = `CAST(1${'0'.repeat(RATE_DECIMALS)} AS HUGEINT)`;
  // 2a + b over 2b, rounded down, is a over b rounded half up.
  const whole = `((2 * abs(${units}) * ${one} + rate.scaled) // (2 * rate.scaled)) * sign(${units})`;
  const digits = `CAST(${whole} AS DECIMAL(${Math.min(precision, 38 - scale)}, 0))`;
  const scaled =
    scale === 0 ? digits : `${digits} * CAST('0.${'0'.repeat(scale - 1)}1' AS DECIMAL(${scale}, ${scale}))`;
  return `TRY(CAST(${scaled} AS DECIMAL(${precision}, ${scale})))`;
}

function daySql({ columns, record }: Pack, table: string | Staged['table']): string {
  const at = columns.findIndex(({ name }) => name === record.time);
  return `CAST(${table}.${stagedValue(at)} AS DATE)`;
}

async function countUnconverted(
  pack: Pack,
  table: Staged['table'],
  { amount, value, currency, base }: Conversion,
  rates: Rates | null,
): Promise<Doubt[]> {
  const rows = await table.session.rows<{ code: string | null; n: number; first: string }>(`
    SELECT ${currency} AS code, count(*)::DOUBLE AS n, CAST(min(${daySql(pack, table)}) AS VARCHAR) AS first FROM ${table}
    WHERE reason IS NULL AND ${value} IS NOT NULL AND ${base} IS NULL GROUP BY ALL ORDER BY n DESC, code`);
  const column = `"${amount.name}"`;
  const because = `they are in no sum and meet no limit in ${pack.baseCurrency}`;
  return rows.map(({ code, n, first }) => {
    if (code === null) return { count: n, says: `of ${column} have no currency; ${because}` };
    const why =
      rates === null
        ? 'no rates were given (--rates)'
        : `${rates.name} has no rate within ${MAX_AGE_DAYS} days before, the first on ${first}`;
    return { count: n, says: `of ${column} are in ${code}, and ${why}; ${because}` };
  });
}
