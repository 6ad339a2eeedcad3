/**
 * Rates of exchange as a file: how many units of a currency one unit of the base currency buys on a day, as central banks publish
 * them. Two forms, detected by the header:
 *
 *     date,currency,rate          Date,USD,JPY,CHF
 *     2025-06-02,USD,1.1419       2025-06-02,1.1419,163.2,0.9351
 *
 * An empty cell or N/A is no rate.
 */

import { InputError } from '../errors.ts';
import { findCurrency } from '../packs/currency.ts';

export interface Rate {
  readonly currency: string;
  /** YYYY-MM-DD. */
  readonly day: string;
  /** Units of the currency for one of the base, as written: digits with at most one point. */
  readonly rate: string;
}

export interface Rates {
  /** The file's name, for messages. */
  readonly name: string;
  readonly rates: readonly Rate[];
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;
const NUMBER = /^\d{1,15}(\.\d{1,12})?$/;

interface Cell {
  readonly line: number;
  readonly day: string;
  readonly currency: string;
  readonly rate: string;
}

/** Throws one InputError that names every wrong line, up to ten. */
export function parseRates(text: string, name: string): Rates {
  const lines = text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .map((line, at) => ({ line: at + 1, cells: splitCells(line) }))
    .filter(({ cells }) => cells.some((cell) => cell !== ''));
  const [header, ...rows] = lines;
  if (header === undefined)
    throw new InputError(`${name}: found no line, expected a header: date,currency,rate`);
  const cells = isLong(header.cells) ? longCells(header.cells, rows) : wideCells(header.cells, rows, name);
  const problems: string[] = [];
  const known = new Map<string, Cell>();
  const rates = cells.flatMap((cell) => {
    const problem = problemOf(cell, known);
    if (problem === null) return [toRate(cell)];
    problems.push(`${name}:${cell.line}: ${problem}`);
    return [];
  });
  if (problems.length > 0) {
    const more = problems.length > 10 ? [`and ${problems.length - 10} more`] : [];
    throw new InputError([...problems.slice(0, 10), ...more].join('\n'));
  }
  if (rates.length === 0) throw new InputError(`${name}: found no rates below the header`);
  return { name, rates };
}

function splitCells(line: string): string[] {
  return line.split(/[,;\t]/).map((cell) =>
    cell
      .trim()
      .replace(/^"(.*)"$/, '$1')
      .trim(),
  );
}

const LONG_HEADER = ['date', 'currency', 'rate'];

function isLong(header: readonly string[]): boolean {
  return LONG_HEADER.every((name) => header.some((cell) => cell.toLowerCase() === name));
}

type Row = { readonly line: number; readonly cells: readonly string[] };

function longCells(header: readonly string[], rows: readonly Row[]): Cell[] {
  const [day, currency, rate] = LONG_HEADER.map((name) =>
    header.findIndex((cell) => cell.toLowerCase() === name),
  ) as [number, number, number];
  return rows.map(({ line, cells }) => ({
    line,
    day: cells[day] ?? '',
    currency: cells[currency] ?? '',
    rate: cells[rate] ?? '',
  }));
}

function wideCells(header: readonly string[], rows: readonly Row[], name: string): Cell[] {
  const currencies = header.slice(1).map((cell) => (cell === '' ? null : cell));
  const isDate = header[0]?.toLowerCase() === 'date';
  const wrong = currencies.find((cell) => cell !== null && findCurrency(cell) === null);
  if (!isDate || wrong !== undefined) {
    const found = isDate ? `the column "${wrong}"` : `the columns ${header.slice(0, 6).join(', ')}`;
    throw new InputError(
      `${name}:1: found ${found}, expected date,currency,rate, or date and one column for each ISO 4217 code`,
    );
  }
  return rows.flatMap(({ line, cells }) =>
    currencies.flatMap((currency, at) => {
      const rate = cells[at + 1] ?? '';
      if (currency === null || rate === '' || rate.toUpperCase() === 'N/A') return [];
      return [{ line, day: cells[0] ?? '', currency, rate }];
    }),
  );
}

function problemOf(cell: Cell, known: Map<string, Cell>): string | null {
  const { day, rate } = cell;
  if (!DAY.test(day) || Number.isNaN(Date.parse(day)))
    return `found the date "${day}", expected a day as 2025-06-02`;
  const currency = findCurrency(cell.currency);
  if (currency === null) return `found the currency "${cell.currency}", expected an ISO 4217 code`;
  if (!NUMBER.test(rate) || Number(rate) === 0)
    return `found the rate "${rate}", expected a number above 0 with a decimal point and at most 12 decimals`;
  const key = `${currency} ${day}`;
  const other = known.get(key);
  known.set(key, other ?? cell);
  if (other === undefined || Number(other.rate) === Number(rate)) return null;
  return `found a second rate of ${currency} for ${day}: ${rate}; line ${other.line} has ${other.rate}`;
}

function toRate({ day, currency, rate }: Cell): Rate {
  return { day, currency: findCurrency(currency)!, rate };
}
