import { describe, expect, test } from 'vitest';
import { COUNTRY_FORMS, countryName, findCountry, isCountryCode } from '../../lib/packs/country.ts';
import { findCurrency } from '../../lib/packs/currency.ts';

describe('a country is found by any usual name', () => {
  test.each([
    ['Iran', 'IR'],
    ['IR', 'IR'],
    ['ir', 'IR'],
    ['iran', 'IR'],
    ['IRN', 'IR'],
    ['364', 'IR'],
    ['Iran, Islamic Republic of', 'IR'],
    ['IRAN (ISLAMIC REPUBLIC OF)', 'IR'],
    ['Islamic Republic of Iran', 'IR'],
    ['Irán', 'IR'],
    ['DPRK', 'KP'],
    ['D.P.R.K.', 'KP'],
    ["Korea, Democratic People's Republic of", 'KP'],
    ['Korea, Democratic People’s Republic of', 'KP'],
    ['Nordkorea', 'KP'],
    ['Corée du Nord', 'KP'],
    ['Burma', 'MM'],
    ['Birma', 'MM'],
    ['South Korea', 'KR'],
    ['Deutschland', 'DE'],
    ['Côte d’Ivoire', 'CI'],
    ['COTE D IVOIRE', 'CI'],
    ['U.S.A.', 'US'],
    ['UK', 'GB'],
    ['The Netherlands', 'NL'],
    ['Congo (Kinshasa)', 'CD'],
    ['Congo-Brazzaville', 'CG'],
    ['Niger', 'NE'],
    ['Nigeria', 'NG'],
    ['Kosovo', 'XK'],
  ])('%s is %s', (text, code) => {
    expect(findCountry(text)).toBe(code);
  });

  test.each(['Congo', 'Korea', 'Guineaa', 'Atlantis', '', 'XX', '-', 'EU', 'Germany and France'])(
    '%j is none, or not one alone',
    (text) => {
      expect(findCountry(text)).toBeNull();
    },
  );

  test('every code is its own form, and has an English name that is read back', () => {
    const codes = [...new Set(COUNTRY_FORMS.values())];
    expect(codes.length).toBeGreaterThan(245);
    for (const code of codes) {
      expect(isCountryCode(code)).toBe(true);
      expect(findCountry(countryName(code)), code).toBe(code);
    }
  });

  test('is shown by its plain name', () => {
    expect(['IR', 'KP', 'DE', 'Atlantis'].map(countryName)).toEqual([
      'Iran',
      'North Korea',
      'Germany',
      'Atlantis',
    ]);
  });
});

test.each([
  ['EUR', 'EUR'],
  ['eur', 'EUR'],
  ['978', 'EUR'],
  ['€', 'EUR'],
  ['zł', 'PLN'],
  ['ZWG', 'ZWG'],
  ['$', null],
  ['kr', null],
  ['EURO', null],
  ['DEM', null],
])('the currency %j is %j', (text, code) => {
  expect(findCurrency(text)).toBe(code);
});
