/** Amounts and times as files write them: DuckDB's reading held to the naive one in TypeScript, and what becomes of them in a file. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteText } from '../../lib/engine/session.ts';
import { plainDigitsSql, type SteppedSql } from '../../lib/intake/amount-sql.ts';
import { timeSql } from '../../lib/intake/time-sql.ts';
import { AMOUNT_FORMS, type AmountNotation, readAmount } from '../../lib/packs/amount-notation.ts';
import { MONTH_NAMES, monthOf } from '../../lib/packs/month-names.ts';
import type { Column, ColumnType } from '../../lib/packs/pack.ts';
import { plainFloatSql, plainNumber } from '../../lib/packs/plain-number.ts';
import { compileTimeFormat, readTime } from '../../lib/packs/time-format.ts';
import { intakeBench } from './intake-session.ts';
import { columnOf, packOf } from './pack-of.ts';

const bench = intakeBench();

async function evaluate({ steps, sql }: SteppedSql, texts: readonly string[]): Promise<(string | null)[]> {
  let from = `(VALUES ${texts.map((text, at) => `(${at}, ${quoteText(text)})`).join(', ')}) AS v(n, t)`;
  for (const level of steps)
    from = `(SELECT *, ${level.map((step) => `${step.sql} AS ${step.name}`).join(', ')} FROM ${from})`;
  const rows = await bench.session.rows<{ found: string | null }>(
    `SELECT CAST(${sql} AS VARCHAR) AS found FROM ${from} ORDER BY n`,
  );
  return rows.map(({ found }) => found);
}

/** The first few texts of which the two readings differ. */
function differences<T>(texts: readonly string[], found: readonly T[], expected: readonly T[]): unknown[] {
  return texts
    .flatMap((text, at) => (found[at] === expected[at] ? [] : [[text, found[at], expected[at]]]))
    .slice(0, 5);
}

const PIECES = [
  '1',
  '23',
  '456',
  '000',
  '0',
  '.',
  ',',
  "'",
  '\u2019',
  ' ',
  '\u00a0',
  '-',
  '\u2212',
  '+',
  '(',
  ')',
  '€',
  'CHF',
  'chf',
  'CR',
  'dr',
  'E+3',
  'e-2',
  '="',
  '"',
  'x',
];

describe('DuckDB and JavaScript read the same', () => {
  test('amounts in any notation, from any pieces', async () => {
    const notation = fc.record({
      like: fc.uniqueArray(fc.constantFrom(...AMOUNT_FORMS), { minLength: 1, maxLength: 3 }),
      currency: fc.constantFrom([], ['€', 'CHF']),
      positive: fc.constantFrom([], ['CR']),
      negative: fc.constantFrom([], ['DR']),
    });
    const text = fc
      .array(fc.constantFrom(...PIECES), { minLength: 1, maxLength: 7 })
      .map((parts) => parts.join(''));
    const texts = fc.array(text, { minLength: 200, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(notation, texts, async (how: AmountNotation, written) => {
        const expected = written.map((one) => readAmount(one, how));
        const trimmed = written.map((one) => one.replace(/^[\s\u00a0]+|[\s\u00a0]+$/g, ''));
        const found = await evaluate(plainDigitsSql(how, 't', 'p'), trimmed);
        expect(differences(trimmed, found, expected)).toEqual([]);
      }),
      { numRuns: 15, endOnFailure: true },
    );
  });

  test.each([
    '%d/%m/%Y',
    '%d.%m.%Y %H:%M',
    '%Y%m%d',
    '%Y%m%d%H%M%S',
    '%d-%b-%Y %H:%M',
    '%d. %B %y',
    '%m/%d/%Y %I:%M %p',
    '%Y-%m-%dT%H:%M:%S.%f%z',
    '%a, %d %b %Y %T %z',
    '%Y/%j',
    'epoch',
    'epoch_ms',
  ])('times as %s', async (format) => {
    const type: ColumnType = { kind: 'timestamp', formats: [format], timezone: null, overlap: null };
    const compiled = compileTimeFormat(format, 'timestamp');
    if (typeof compiled === 'string') throw new Error(compiled);
    const part = fc.constantFrom(
      '1',
      '01',
      '9',
      '12',
      '13',
      '24',
      '29',
      '31',
      '60',
      '99',
      '366',
      '125',
      '0000',
      '2024',
      '1969',
      '2025',
      '0099',
    );
    const field = fc.oneof(
      { weight: 4, arbitrary: part },
      fc.constantFrom(
        'Okt',
        'März',
        'f\u00e9vr',
        'x',
        'AM',
        'p.m.',
        'Mon',
        '+0200',
        '-05:30',
        'Z',
        '1759309200',
        '1759309200123.4567',
        '-5',
      ),
    );
    const text = fc.oneof(
      fc.array(field, { minLength: 7, maxLength: 7 }).map((fields) => {
        let at = 0;
        return format
          .replace('%T', '%H:%M:%S')
          .replace(/%./g, () => fields[at++]!)
          .replace(/^epoch.*/, fields[0]!);
      }),
      fc
        .array(fc.constantFrom('1', '2025', '/', '.', '-', ':', ' ', 'T'), { maxLength: 10 })
        .map((all) => all.join('').trim()),
    );
    const texts = fc.array(text, { minLength: 400, maxLength: 400 });
    await fc.assert(
      fc.asyncProperty(texts, async (written) => {
        const { steps, sql } = timeSql(type, 't', 'p');
        const found = await evaluate({ steps, sql: `epoch_us(${sql})` }, written);
        const expected = written.map((one) => readTime(one, compiled)?.micros ?? null);
        const numbers = found.map((micros) => (micros === null ? null : Number(micros)));
        expect(differences(written, numbers, expected)).toEqual([]);
      }),
      { numRuns: 3, endOnFailure: true },
    );
  });

  test('floating point in plain digits', async () => {
    const doubles = fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), {
      minLength: 500,
      maxLength: 500,
    });
    await fc.assert(
      fc.asyncProperty(doubles, async (numbers) => {
        const sql = { steps: [], sql: plainFloatSql('CAST(t AS DOUBLE)') };
        const expected = numbers.map((number) => plainNumber(String(number)));
        expect(differences(numbers.map(String), await evaluate(sql, numbers.map(String)), expected)).toEqual(
          [],
        );
      }),
      { numRuns: 3, endOnFailure: true },
    );
    expect(['2.50', '25e-1', '2.0', '1E3', '-0.0', '0.10', '-12e1', 'x'].map(plainNumber)).toEqual([
      '2.5',
      '2.5',
      '2',
      '1000',
      '0',
      '0.1',
      '-120',
      'x',
    ]);
  });
});

describe('months by name', () => {
  test('are each one month, and those of Unicode in every language that is read', () => {
    const all = MONTH_NAMES.flatMap((names) => [...new Set(names)]);
    expect(new Set(all).size).toBe(all.length);
    for (const language of ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl', 'pl'])
      for (const form of ['long', 'short'] as const)
        for (let month = 0; month < 12; month++) {
          const parts = new Intl.DateTimeFormat(language, {
            month: form,
            day: 'numeric',
            year: 'numeric',
            timeZone: 'UTC',
          }).formatToParts(Date.UTC(2024, month, 5));
          const name = parts.find(({ type }) => type === 'month')!.value.replace(/\.$/, '');
          expect([language, name, monthOf(name)]).toEqual([language, name, month + 1]);
        }
  });
});

/** What becomes of each text in a column, as DuckDB prints it, or `!` and the reason; and the warnings. */
async function outcomes(
  column: Column,
  texts: readonly string[],
): Promise<{ found: string[]; warnings: readonly string[] }> {
  const lines = texts.map((text, at) => `${at},"${text.replaceAll('"', '""')}"`);
  const path = bench.file('written.csv', `n,x\n${lines.join('\n')}\n`);
  const { result, records, rejects } = await bench.read(packOf([columnOf('n', 'string'), column]), path);
  const found = new Map<string, string>(records.map((row) => [String(row.n), String(row.x)]));
  for (const { line, reason } of rejects) found.set(String(line - 2), `! ${reason}`);
  return { found: texts.map((_, at) => found.get(String(at))!), warnings: result.warnings };
}

describe('a column of amounts', () => {
  const notation = { like: ['1.234,56' as const], currency: ['€'], positive: [], negative: [] };
  test('is typed exactly from its notation, ranges and rejects as usual', async () => {
    const column = columnOf('x', 'decimal', { notation, min: -2000 });
    const { found } = await outcomes(column, [
      '1.234,56-',
      '(€ 1.234,56)',
      '12,345',
      '-2.000,01',
      '1,234.56',
      '4O,50',
    ]);
    expect(found).toEqual([
      '-1234.56',
      '-1234.56',
      '! expected decimal(18,2) as "1.234,56", found "12,345" (has a comma that may group thousands or be a decimal comma)',
      '! expected at least -2000, found "-2.000,01" (looks like a decimal comma)',
      '! expected decimal(18,2) as "1.234,56", found "1,234.56" (looks like thousands grouped by commas)',
      '! expected decimal(18,2) as "1.234,56", found "4O,50"',
    ]);
  });
  test('takes integers and numbers, too', async () => {
    const like = ["1'234.56" as const];
    const whole = columnOf('x', 'integer', { notation: { ...notation, like } });
    expect((await outcomes(whole, ["1'234", '5.00', '-7'])).found).toEqual(['1234', '5', '-7']);
    const number = columnOf('x', 'number', { notation: { ...notation, like } });
    expect((await outcomes(number, ["1'234.5", '1E3'])).found).toEqual(['1234.5', '1000']);
  });
});

describe('a boolean', () => {
  test('has the words of the pack, which come before the usual ones', async () => {
    const column = columnOf('x', 'boolean', { yes: ['ja', 'N'], no: ['Nein'] });
    const { found } = await outcomes(column, ['JA', 'nein', 'n', '1', 'no', 'oui']);
    expect(found).toEqual([
      'true',
      'false',
      'true',
      'true',
      'false',
      '! expected boolean (ja, N / Nein; 0/1, true/false, yes/no, Y/N), found "oui"',
    ]);
  });
});

function timesOf(rest: Partial<Extract<ColumnType, { kind: 'date' | 'timestamp' }>>): Column {
  return columnOf('x', 'timestamp', {
    type: { kind: 'timestamp', formats: [], timezone: null, overlap: null, ...rest },
  });
}

describe('a time', () => {
  test('that the clocks skip is rejected; one that they show twice is the later, with a warning', async () => {
    const texts = [
      '2025-03-30 01:59:59',
      '2025-03-30 02:30:00',
      '2025-03-30 03:30:00',
      '2025-10-26 02:30:00',
      '2025-10-26 03:00:00',
    ];
    const { found, warnings } = await outcomes(timesOf({ timezone: 'Europe/Berlin' }), texts);
    expect(found).toEqual([
      '2025-03-30 00:59:59',
      '! expected a time that the clocks of Europe/Berlin showed (they skip this one), found "2025-03-30 02:30:00"',
      '2025-03-30 01:30:00',
      '2025-10-26 01:30:00',
      '2025-10-26 02:00:00',
    ]);
    expect(warnings).toEqual([
      'written.csv: 1 value of "x" are times that the clocks of Europe/Berlin show twice; the later one is taken (overlap: says otherwise)',
    ]);
  });
  test.each([
    ['earlier', '2025-10-26 00:30:00'],
    ['later', '2025-10-26 01:30:00'],
    ['reject', '! expected a time that the clocks of Europe/Berlin showed once, found "2025-10-26 02:30:00"'],
  ] as const)('that the clocks show twice is read as the pack says: %s', async (overlap, expected) => {
    const { found, warnings } = await outcomes(timesOf({ timezone: 'Europe/Berlin', overlap }), [
      '2025-10-26 02:30:00',
    ]);
    expect(found).toEqual([expected]);
    expect(warnings).toEqual([]);
  });
  test('in any zone is what Intl shows in that zone, and gaps of half an hour are found', async () => {
    expect(
      (
        await outcomes(timesOf({ timezone: 'Australia/Lord_Howe' }), [
          '2025-10-05 02:15:00',
          '2025-10-05 02:31:00',
        ])
      ).found,
    ).toEqual([
      '! expected a time that the clocks of Australia/Lord_Howe showed (they skip this one), found "2025-10-05 02:15:00"',
      '2025-10-04 15:31:00',
    ]);
    for (const zone of ['America/New_York', 'Asia/Kolkata', 'Africa/Casablanca', 'Pacific/Apia']) {
      const clock = new Intl.DateTimeFormat('sv', {
        timeZone: zone,
        dateStyle: 'short',
        timeStyle: 'medium',
      });
      const instants = Array.from({ length: 300 }, (_, at) => Date.UTC(2011, 0, 1) + at * 97 * 3_600_000);
      const { found } = await outcomes(
        timesOf({ timezone: zone, overlap: 'earlier' }),
        instants.map((instant) => clock.format(instant)),
      );
      const read = found.map((text) =>
        text.startsWith('!') ? text : clock.format(new Date(`${text.replace(' ', 'T')}Z`)),
      );
      expect(read).toEqual(instants.map((instant) => clock.format(instant)));
    }
  });
  test('beyond 1900 to 2100 is rejected, unless the column has bounds of its own', async () => {
    const texts = ['1899-12-31', '1900-01-01', '2100-12-31', '2101-01-01', '9999-12-31', '0025-01-01'];
    expect((await outcomes(columnOf('x', 'date'), texts)).found.map((one) => one.slice(0, 42))).toEqual([
      '! expected a time from 1900 to 2100 (or th',
      '1900-01-01',
      '2100-12-31',
      '! expected a time from 1900 to 2100 (or th',
      '! expected a time from 1900 to 2100 (or th',
      '! expected a time from 1900 to 2100 (or th',
    ]);
    const wide = columnOf('x', 'timestamp', { min: '1800-01-01', max: '9999-12-31T23:59:59' });
    expect((await outcomes(wide, ['1899-12-31', '9999-12-31', '0025-01-01'])).found).toEqual([
      '1899-12-31 00:00:00',
      '9999-12-31 00:00:00',
      '! expected at least 1800-01-01, found "0025-01-01"',
    ]);
  });
  test('has a year of four digits where the format says %Y, whatever the bounds', async () => {
    const type: ColumnType = { kind: 'date', formats: ['%m/%d/%Y'], timezone: null, overlap: null };
    const column = columnOf('x', 'date', { type, min: '0001-01-01' });
    const { found } = await outcomes(column, ['10/01/25', '1/2/25', '10/01/2025', '10/01/125', '10/01/5']);
    expect(found.map((one) => one.startsWith('!'))).toEqual([true, true, false, true, true]);
  });
  test('in one of several formats is read where they agree', async () => {
    const two = timesOf({ formats: ['%d/%m/%Y', '%m/%d/%Y', '%Y-%m-%d %H:%M'] });
    const { found } = await outcomes(two, [
      '13/02/2025',
      '02/13/2025',
      '05/05/2025',
      '01/02/2025',
      '2025-01-31 10:00',
    ]);
    expect(found).toEqual([
      '2025-02-13 00:00:00',
      '2025-02-13 00:00:00',
      '2025-05-05 00:00:00',
      '! expected timestamp (%d/%m/%Y or %m/%d/%Y or %Y-%m-%d %H:%M), found "01/02/2025"',
      '2025-01-31 10:00:00',
    ]);
  });
  test('with an offset or since 1970 says itself when it was, beside local ones', async () => {
    const mixed = timesOf({
      formats: ['%d.%m.%Y %H:%M', '%d.%m.%Y %H:%M %z', 'epoch'],
      timezone: 'Europe/Berlin',
    });
    const { found } = await outcomes(mixed, [
      '05.07.2025 10:00',
      '05.07.2025 10:00 Z',
      '05.07.2025 10:00 +0530',
      '1759309200',
    ]);
    expect(found).toEqual([
      '2025-07-05 08:00:00',
      '2025-07-05 10:00:00',
      '2025-07-05 04:30:00',
      '2025-10-01 09:00:00',
    ]);
  });
  test('that says more than microseconds is cut with a warning', async () => {
    const { found, warnings } = await outcomes(timesOf({}), [
      '2025-01-01 10:00:00.123456789',
      '2025-01-01 10:00:00.123456000',
    ]);
    expect(found).toEqual(['2025-01-01 10:00:00.123456', '2025-01-01 10:00:00.123456']);
    expect(warnings).toEqual([
      'written.csv: 1 value of "x" say more than microseconds; what is beyond is cut',
    ]);
  });
});
