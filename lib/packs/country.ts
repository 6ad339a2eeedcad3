/**
 * Countries by any usual name: ISO 3166-1 alpha-2, alpha-3 and numeric codes, names in eight languages, and common aliases. A text
 * becomes its alpha-2 code, whatever its case, accents and punctuation; a name of two countries is none.
 */
import countries from 'i18n-iso-countries/index.js';
import german from 'i18n-iso-countries/langs/de.json' with { type: 'json' };
import english from 'i18n-iso-countries/langs/en.json' with { type: 'json' };
import spanish from 'i18n-iso-countries/langs/es.json' with { type: 'json' };
import french from 'i18n-iso-countries/langs/fr.json' with { type: 'json' };
import italian from 'i18n-iso-countries/langs/it.json' with { type: 'json' };
import dutch from 'i18n-iso-countries/langs/nl.json' with { type: 'json' };
import polish from 'i18n-iso-countries/langs/pl.json' with { type: 'json' };
import portuguese from 'i18n-iso-countries/langs/pt.json' with { type: 'json' };
import { COUNTRY_ALIASES } from './country-aliases.ts';

interface Locale {
  readonly countries: Readonly<Record<string, string | readonly string[]>>;
}

const LOCALES: readonly Locale[] = [english, german, french, spanish, italian, portuguese, dutch, polish];
/** Preferred in sentences where the library's first name is a formal one. */
const PLAIN_NAMES: Readonly<Record<string, string>> = {
  IR: 'Iran',
  CD: 'DR Congo',
  CG: 'Republic of the Congo',
  CI: 'Ivory Coast',
  FM: 'Micronesia',
  GB: 'United Kingdom',
  LA: 'Laos',
  MD: 'Moldova',
  MK: 'North Macedonia',
  PS: 'Palestine',
  RU: 'Russia',
  SY: 'Syria',
  TR: 'Türkiye',
  TW: 'Taiwan',
  TZ: 'Tanzania',
  US: 'United States',
  VA: 'Vatican City',
};

/** What is left of a name when case, accents and punctuation are. `countryKeySql` is its twin in DuckDB. */
export function countryKey(text: string): string {
  return text
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}

/** Every text that is read as a country as it stands, and its alpha-2 code; ambiguous ones are left out. */
export const COUNTRY_FORMS: ReadonlyMap<string, string> = collectForms();

const byKey = new Map([...COUNTRY_FORMS].map(([form, code]) => [countryKey(form), code]));

function collectForms(): ReadonlyMap<string, string> {
  const forms = new Map<string, string>();
  const codesOfKey = new Map<string, Set<string>>();
  const add = (form: string, code: string): void => {
    forms.set(form, code);
    const key = countryKey(form);
    codesOfKey.set(key, (codesOfKey.get(key) ?? new Set()).add(code));
  };
  const alpha3 = countries.getAlpha2Codes();
  for (const [code, three] of Object.entries(alpha3)) {
    add(code, code);
    add(three, code);
    const number = countries.alpha2ToNumeric(code);
    if (number !== undefined && /^\d{3}$/.test(number)) add(number, code);
    for (const alias of COUNTRY_ALIASES[code] ?? []) add(alias, code);
  }
  for (const { countries: names } of LOCALES) {
    for (const [code, name] of Object.entries(names)) {
      if (alpha3[code] === undefined) continue;
      for (const one of typeof name === 'string' ? [name] : name) add(one, code);
    }
  }
  return new Map([...forms].filter(([form]) => codesOfKey.get(countryKey(form))!.size === 1));
}

/** The alpha-2 code; null: no country, or a name of two. */
export function findCountry(text: string): string | null {
  return COUNTRY_FORMS.get(text) ?? byKey.get(countryKey(text)) ?? null;
}

export function isCountryCode(text: string): boolean {
  return COUNTRY_FORMS.get(text) === text;
}

/** In English; a text that is no alpha-2 code is its own name. */
export function countryName(code: string): string {
  return PLAIN_NAMES[code] ?? (isCountryCode(code) ? (countries.getName(code, 'en') ?? code) : code);
}

countries.registerLocale(english);
