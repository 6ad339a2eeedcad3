/** Currencies: ISO 4217 codes, alphabetic or numeric, and the signs that mean one currency only. */
import { data } from 'currency-codes';

/** Newer than the library's list of June 2024: Zimbabwe gold, Caribbean guilder. */
const NEWER: readonly (readonly [code: string, number: string])[] = [
  ['ZWG', '924'],
  ['XCG', '532'],
];
/** "$", "£", "kr" and "¥" mean several and are not read. */
const SIGNS: Readonly<Record<string, string>> = {
  '€': 'EUR',
  US$: 'USD',
  A$: 'AUD',
  C$: 'CAD',
  NZ$: 'NZD',
  HK$: 'HKD',
  S$: 'SGD',
  R$: 'BRL',
  '₹': 'INR',
  '₺': 'TRY',
  '₽': 'RUB',
  '₩': 'KRW',
  '₴': 'UAH',
  '₪': 'ILS',
  zł: 'PLN',
  Kč: 'CZK',
};

/** Every text that is read as a currency, upper case where letters have a case, and its code. */
export const CURRENCY_FORMS: ReadonlyMap<string, string> = new Map([
  ...data.flatMap(({ code, number }): [string, string][] => [
    [code, code],
    [number, code],
  ]),
  ...NEWER.flatMap(([code, number]): [string, string][] => [
    [code, code],
    [number, code],
  ]),
  ...Object.entries(SIGNS).map(([sign, code]): [string, string] => [sign.toUpperCase(), code]),
]);

/** The ISO 4217 code; null: no currency, or a sign of several. */
export function findCurrency(text: string): string | null {
  return CURRENCY_FORMS.get(text.toUpperCase()) ?? null;
}

export function isCurrencyCode(text: string): boolean {
  return CURRENCY_FORMS.get(text) === text;
}
