/**
 * A cell of a code list as SQL: a country in any usual form as its ISO 3166-1 code, a currency as its ISO 4217 code. The lists are
 * enumerations of the session: DuckDB looks a text up in one in constant time, and no join can change the order of rows.
 */

import { quoteText, type Session } from '../engine/session.ts';
import { COUNTRY_FORMS, countryKey } from '../packs/country.ts';
import { CURRENCY_FORMS } from '../packs/currency.ts';
import type { CodeList, Pack } from '../packs/pack.ts';
import type { SteppedSql } from './amount-sql.ts';

/** What is left of a name when case, accents and punctuation are: the twin of `countryKey`. */
function countryKeySql(text: string): string {
  return `trim(regexp_replace(lower(strip_accents(${text})), '[^\\p{L}\\p{N}]+', ' ', 'g'))`;
}

/** A text is looked up in an enumeration of all forms, where each code has as many places as the one with the most forms. */
interface Lookup {
  /** The name of the enumeration in a session. */
  readonly type: string;
  readonly forms: ReadonlyMap<string, string>;
}

const COUNTRY_FORM: Lookup = { type: 'country_form', forms: COUNTRY_FORMS };
const COUNTRY_KEY: Lookup = {
  type: 'country_key',
  forms: new Map([...COUNTRY_FORMS].map(([form, code]) => [countryKey(form), code])),
};
const CURRENCY_FORM: Lookup = { type: 'currency_form', forms: CURRENCY_FORMS };
const LOOKUPS: Record<CodeList, readonly Lookup[]> = {
  country: [COUNTRY_FORM, COUNTRY_KEY],
  currency: [CURRENCY_FORM],
};

const prepared = new WeakMap<Session, Set<string>>();

/** Before a statement with `codeSql`: creates its enumerations, once a session. They would be most of each statement's text. */
export async function prepareCodes(session: Session, { columns }: Pick<Pack, 'columns'>): Promise<void> {
  const known = prepared.get(session) ?? new Set();
  prepared.set(session, known);
  for (const list of new Set(columns.map(({ codes }) => codes))) {
    for (const { type, forms } of list === null ? [] : LOOKUPS[list]) {
      if (known.has(type)) continue;
      const labels = placesOf(forms).labels.map(quoteText).join(', ');
      await session.run(`CREATE TYPE ${type} AS ENUM(${labels})`);
      known.add(type);
    }
  }
}

/**
 * NULL: the list has no such code, or with `asListed`, it is not written as the list has it. `prefix` begins the names of the steps.
 */
export function codeSql(list: CodeList, text: string, prefix: string, asListed = false): SteppedSql {
  if (list === 'currency') return { steps: [], sql: lookupSql(CURRENCY_FORM, `upper(${text})`) };
  if (asListed) return { steps: [], sql: lookupSql(COUNTRY_FORM, text) };
  const exact = `${prefix}_exact`;
  // Most cells are written as the list has them; only others are worth taking apart.
  const other = `CASE WHEN ${exact} IS NULL THEN ${lookupSql(COUNTRY_KEY, countryKeySql(text))} ELSE ${exact} END`;
  return { steps: [[{ name: exact, sql: lookupSql(COUNTRY_FORM, text) }]], sql: other };
}

function lookupSql({ type, forms }: Lookup, text: string): string {
  const { codes, places } = placesOf(forms);
  return `([${codes.map(quoteText).join(', ')}])[enum_code(TRY_CAST(${text} AS ${type})) // ${places} + 1]`;
}

interface Places {
  readonly codes: readonly string[];
  /** For each code. */
  readonly places: number;
  /** A code's forms, then fillers to its number of places: texts with a blank in front, which no cell has. */
  readonly labels: readonly string[];
}

const placesByForms = new WeakMap<ReadonlyMap<string, string>, Places>();

function placesOf(forms: ReadonlyMap<string, string>): Places {
  const known = placesByForms.get(forms);
  if (known !== undefined) return known;
  const byCode = new Map<string, string[]>();
  for (const [form, code] of forms) {
    const own = byCode.get(code);
    if (own === undefined) byCode.set(code, [form]);
    else own.push(form);
  }
  const places = Math.max(...[...byCode.values()].map((own) => own.length));
  const labels = [...byCode].flatMap(([code, own]) => [
    ...own,
    ...Array.from({ length: places - own.length }, (_, filler) => ` ${code}${filler}`),
  ]);
  const found = { codes: [...byCode.keys()], places, labels };
  placesByForms.set(forms, found);
  return found;
}
