/** Columns of countries and currencies: DuckDB's reading held to the one in TypeScript, and what becomes of unknown texts. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteText } from '../../lib/engine/session.ts';
import { codeSql, prepareCodes } from '../../lib/intake/code-sql.ts';
import { COUNTRY_FORMS, findCountry } from '../../lib/packs/country.ts';
import { CURRENCY_FORMS, findCurrency } from '../../lib/packs/currency.ts';
import type { CodeList } from '../../lib/packs/pack.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();

async function codesOf(list: CodeList, texts: readonly string[]): Promise<(string | null)[]> {
  await prepareCodes(bench.session, { columns: [columnOf('t', 'string', { codes: list })] });
  const { steps, sql } = codeSql(list, 't', 'p');
  let from = `(VALUES ${texts.map((text, at) => `(${at}, ${quoteText(text)})`).join(', ')}) AS v(n, t)`;
  for (const level of steps)
    from = `(SELECT *, ${level.map((step) => `${step.sql} AS ${step.name}`).join(', ')} FROM ${from})`;
  const rows = await bench.session.rows<{ code: string | null }>(
    `SELECT ${sql} AS code FROM ${from} ORDER BY n`,
  );
  return rows.map(({ code }) => code);
}

/** As people change a name on its way: other case, blanks and punctuation around and between its words. */
const written = (forms: ReadonlyMap<string, string>) =>
  fc
    .tuple(
      fc.constantFrom(...forms.keys()),
      fc.constantFrom('as is', 'upper', 'lower'),
      fc.constantFrom('', '.', ' ', '(', 'x'),
      fc.constantFrom(' ', '-', ', ', '  '),
    )
    .map(([form, letters, around, between]) => {
      const text = letters === 'as is' ? form : letters === 'upper' ? form.toUpperCase() : form.toLowerCase();
      return `${around}${text.replaceAll(' ', between)}${around}`;
    });

describe('DuckDB and JavaScript find the same', () => {
  test('countries, however their names are written', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(written(COUNTRY_FORMS), { minLength: 300, maxLength: 300 }),
        async (texts) => {
          expect(await codesOf('country', texts)).toEqual(texts.map(findCountry));
        },
      ),
      { numRuns: 8 },
    );
  });

  test('every form of every country and currency', async () => {
    const countries = [...COUNTRY_FORMS.keys()];
    expect(await codesOf('country', countries)).toEqual(countries.map(findCountry));
    const currencies = [...CURRENCY_FORMS.keys(), 'eur', 'Usd', 'x', ''];
    expect(await codesOf('currency', currencies)).toEqual(currencies.map(findCurrency));
  });
});

describe('a column of countries', () => {
  const country = (unknown: 'reject' | 'warn') =>
    packOf(
      [
        columnOf('id', 'string', { required: true }),
        columnOf('land', 'string', { codes: 'country', unknown }),
      ],
      {
        id: ['id'],
      },
    );
  const file = 'id,land\n1,Iran\n2,IR\n3,"Iran, Islamic Republic of"\n4,Atlantis\n5,\n6,\u00a0irn \n';

  test('holds one code for all spellings, and rejects what is none by its text', async () => {
    const read = await bench.read(country('reject'), bench.file('lands.csv', file));
    expect(read.records.map((record) => record.land)).toEqual(['IR', 'IR', 'IR', null, 'IR']);
    expect(read.rejects).toMatchObject([{ line: 5, column: 'land' }]);
    expect(read.rejects[0]!.reason).toBe(
      'expected a country (ISO 3166-1 code or name of one country), found "Atlantis"',
    );
  });

  test('keeps what is none where the pack warns of it, and counts it', async () => {
    const read = await bench.read(country('warn'), bench.file('lands.csv', file));
    expect(read.records.map((record) => record.land)).toEqual(['IR', 'IR', 'IR', 'Atlantis', null, 'IR']);
    expect(read.rejects).toEqual([]);
    expect(read.result.warnings.join('\n')).toContain('1 value of "land" are no countries');
  });
});
