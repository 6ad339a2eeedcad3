/**
 * A cell of a code list as SQL: a country in any usual form as its ISO 3166-1 code, a currency as its ISO 4217 code. The lists are
 * enumerations in the statement: DuckDB looks a text up in one in constant time, and no join can change the order of rows.
 */
import { COUNTRY_FORMS, countryKey } from '../domain/country.ts';
import { CURRENCY_FORMS } from '../domain/currency.ts';
import type { CodeList } from '../domain/pack.ts';
import { quoteText } from '../engine/session.ts';
import type { SteppedSql } from './amount-sql.ts';

/** What is left of a name when case, accents and punctuation are: the twin of `countryKey`. */
function countryKeySql(text: string): string {
  return `trim(regexp_replace(lower(strip_accents(${text})), '[^\\p{L}\\p{N}]+', ' ', 'g'))`;
}

/** NULL: the list has no such code. `prefix` begins the names of the steps. */
export function codeSql(list: CodeList, text: string, prefix: string): SteppedSql {
  if (list === 'currency') return { steps: [], sql: lookupSql(CURRENCY_FORMS, `upper(${text})`) };
  const exact = `${prefix}_exact`;
  const keys = new Map([...COUNTRY_FORMS].map(([form, code]) => [countryKey(form), code]));
  // Most cells are written as the list has them; only others are worth taking apart.
  const other = `CASE WHEN ${exact} IS NULL THEN ${lookupSql(keys, countryKeySql(text))} ELSE ${exact} END`;
  return { steps: [[{ name: exact, sql: lookupSql(COUNTRY_FORMS, text) }]], sql: other };
}

function lookupSql(forms: ReadonlyMap<string, string>, text: string): string {
  const names = [...forms.keys()].map(quoteText).join(', ');
  const codes = [...forms.values()].map(quoteText).join(', ');
  return `([${codes}])[enum_code(TRY_CAST(${text} AS ENUM(${names}))) + 1]`;
}
