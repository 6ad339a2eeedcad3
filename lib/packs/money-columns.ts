/**
 * Amounts of money: each gets a column in the base currency beside it, filled when records are read. `amount` stays as delivered, for
 * sentences; sums and limits are over `amount_base`.
 */
import { codeProblem } from './code-lists.ts';
import { isCurrencyCode } from './currency.ts';
import { type Token, tokenize } from './expression-tokens.ts';
import type { Column, Pack, RecordKeys } from './pack.ts';
import { type PackDocument, showValue } from './pack-document.ts';

function baseColumnName(amount: string): string {
  return `${amount}_base`;
}

/** The columns and, behind them, those in the base currency; what is missing for that is reported. */
export function withBaseColumns(
  document: PackDocument,
  columns: readonly Column[],
  record: RecordKeys,
  baseCurrency: string | null,
): Column[] {
  if (baseCurrency !== null) {
    const problem = codeProblem('currency', baseCurrency);
    if (problem !== null) document.report(['base_currency'], problem);
  }
  const amounts = columns.filter(({ money }) => money !== null);
  if (amounts.length === 0) return [...columns];
  if (baseCurrency === null)
    document.report(
      [],
      'found columns of type money, but no base_currency, expected an ISO 4217 code as EUR',
    );
  const time = columns.find(({ name }) => name === record.time)?.type.kind;
  if (time !== 'date' && time !== 'timestamp')
    document.report(
      ['record', 'time'],
      'found no date or timestamp, expected one: rates of exchange are those of a day',
    );
  for (const amount of amounts) reportCurrency(document, amount, columns);
  return [...columns, ...amounts.flatMap((amount) => baseColumn(document, amount, columns))];
}

function reportCurrency(document: PackDocument, amount: Column, columns: readonly Column[]): void {
  const { currency } = amount.money!;
  if (currency === '' || isCurrencyCode(currency)) return;
  const column = columns.find(({ name }) => name === currency);
  if (column?.codes === 'currency') return;
  const found =
    column === undefined ? showValue(currency) : `the column ${showValue(currency)} of another type`;
  document.report(
    ['columns', amount.name, 'currency'],
    `found ${found}, expected a column of type currency or an ISO 4217 code`,
  );
}

function baseColumn(document: PackDocument, amount: Column, columns: readonly Column[]): Column[] {
  const name = baseColumnName(amount.name);
  if (columns.some((column) => column.name.toLowerCase() === name.toLowerCase())) {
    document.report(
      ['columns', name],
      `is the name of ${amount.name} in the base currency, expected another`,
    );
    return [];
  }
  return [
    {
      ...amount,
      name,
      money: null,
      derivedFrom: amount.name,
      notation: null,
      required: false,
      min: null,
      max: null,
      allowed: null,
      missing: [],
      aliases: [],
      from: [],
      position: null,
      description: `${amount.name} in the base currency`,
    },
  ];
}

const AGGREGATES = new Set(['sum', 'avg', 'min', 'max', 'stddev', 'median', 'quantile']);

/** Warnings of `domain check`: amounts that are added or compared whatever their currency. */
export function currencyWarnings(pack: Pack): string[] {
  const hasCurrency = pack.columns.some(
    ({ name, codes }) => codes === 'currency' || /^(currency|ccy|w(ae|ä)hrung|devise|moneda)$/i.test(name),
  );
  if (!hasCurrency) return [];
  const amounts = new Map(
    pack.columns
      .filter(
        ({ type, derivedFrom }) =>
          derivedFrom === null && (type.kind === 'decimal' || type.kind === 'number'),
      )
      .map((column) => [column.name, column] as const),
  );
  const expressions = [
    ...pack.features.map(({ name, is, usual, line }) => ({
      at: `features.${name}`,
      line,
      text: `${is} ${usual ?? ''}`,
    })),
    ...pack.rules.map(({ id, when, line }) => ({ at: `rules.${id}`, line, text: when })),
  ];
  return expressions.flatMap(({ at, line, text }) =>
    [...new Set(aggregated(tokenize(text)))].flatMap((name) => {
      const amount = amounts.get(name);
      if (amount === undefined) return [];
      const instead =
        amount.money === null
          ? `give ${name} the type money and its currency, and use ${baseColumnName(name)}`
          : `use ${baseColumnName(name)}`;
      return [
        `line ${line}: ${at} adds or compares ${name} of different currencies as if they were one: ${instead}`,
      ];
    }),
  );
}

/** The first name inside each call of an aggregate, however deep. */
function* aggregated(tokens: readonly Token[]): Generator<string> {
  for (const [at, { kind, text }] of tokens.entries()) {
    if (kind !== 'word' || !AGGREGATES.has(text.toLowerCase()) || tokens[at + 1]?.text !== '(') continue;
    let depth = 0;
    for (const token of tokens.slice(at + 1)) {
      if (token.text === '(') depth++;
      if (token.text === ')') depth--;
      if (depth === 0) break;
      if (token.kind === 'word' || token.kind === 'name') yield token.text;
    }
  }
}
