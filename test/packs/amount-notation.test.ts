import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hintsOfAmount } from '../../lib/packs/amount-hints.ts';
import { AMOUNT_FORMS, type AmountNotation, readAmount } from '../../lib/packs/amount-notation.ts';
import { detectNotation } from '../../lib/packs/detect-notation.ts';

function notationOf(rest: Partial<AmountNotation>): AmountNotation {
  return { like: ['1234.56'], currency: [], positive: [], negative: [], ...rest };
}

function readAll(texts: readonly string[], rest: Partial<AmountNotation>): (string | null)[] {
  const notation = notationOf(rest);
  return texts.map((text) => readAmount(text, notation));
}

describe('an amount in a notation', () => {
  test('has its digits grouped as the example, or not at all', () => {
    expect(readAll(['1,234.56', '12,000.00', '1234.5', '.50', '0'], { like: ['1,234.56'] })).toEqual([
      '1234.56',
      '12000.00',
      '1234.5',
      '.50',
      '0',
    ]);
    expect(readAll(['1.234,56', '12000,00', '-0,5'], { like: ['1.234,56'] })).toEqual([
      '1234.56',
      '12000.00',
      '-0.5',
    ]);
    expect(readAll(['1,00,000.00', '12,34,567.89', '5,000.00'], { like: ['12,34,567.89'] })).toEqual([
      '100000.00',
      '1234567.89',
      '5000.00',
    ]);
    expect(readAll(["1'234.50", '1’234.50', "12'345'678"], { like: ["1'234.56"] })).toEqual([
      '1234.50',
      '1234.50',
      '12345678',
    ]);
    expect(readAll(['1\u00a0234,50', '1\u202f234,50', '1 234'], { like: ['1 234,56'] })).toEqual([
      '1234.50',
      '1234.50',
      '1234',
    ]);
  });
  test('is not read where its groups or its mark are those of another notation', () => {
    expect(
      readAll(['1.234,56', '1,23', '1,2345', '0,123', '01,234', '1,234,56', '1,,234', '1.2.3'], {
        like: ['1,234.56'],
      }),
    ).toEqual(new Array(8).fill(null));
    expect(readAll(['100,000.00', '1,234,567.00'], { like: ['12,34,567.89'] })).toEqual([null, null]);
    expect(readAll(['١٢٣', '１２', 'x', '-', '', '.', '1.', '5,-'], { like: ['1,234.56'] })).toEqual(
      new Array(8).fill(null),
    );
  });
  test('has one sign: before, behind, in parentheses or as the word of a side', () => {
    const rest: Partial<AmountNotation> = {
      like: ['1,234.56'],
      currency: ['$', 'CHF', '€'],
      positive: ['CR', 'C'],
      negative: ['DR', 'D'],
    };
    const negative = [
      '-5',
      '−5',
      '–5',
      '5-',
      '5 -',
      '(5)',
      '($5)',
      '$(5)',
      '-$5',
      '$-5',
      '$5-',
      '5 DR',
      '5d',
      'DR 5',
      '(5) CHF',
      '5- €',
      '$5 Dr',
      '5 DR €',
    ];
    expect(readAll(negative, rest)).toEqual(negative.map(() => '-5'));
    const positive = ['5', '+5', '5+', '5 CR', '5Cr', 'C 5', '€ 5', '5 chf', "'5", '="5"', '="5 CR"'];
    expect(readAll(positive, rest)).toEqual(positive.map(() => '5'));
    const neither = [
      '-5-',
      '(-5)',
      '-(5)',
      '(5',
      '5)',
      '(5)-',
      '-5 DR',
      '-5 CR',
      'DR 5 DR',
      '5 USD',
      '€5 €',
      '--5',
      '5 X',
      '5.- €',
    ];
    expect(readAll(neither, rest)).toEqual(neither.map(() => null));
  });
  test('is exact in scientific notation, and any number of digits', () => {
    expect(readAll(['1.23E+15', '1E3', '1.5e-3', '12E-1', '0e5', '1E100'], {})).toEqual([
      '1230000000000000',
      '1000',
      '0.0015',
      '1.2',
      '000000',
      null,
    ]);
    expect(readAll(['9007199254740993.123456789012345678'], {})).toEqual([
      '9007199254740993.123456789012345678',
    ]);
  });
  test('in a column of two notations is read where both agree or only one reads it', () => {
    expect(
      readAll(['1.234,56', '15.00', '15,00', '1234', '1.234', '1,234'], { like: ['1.234,56', '1234.56'] }),
    ).toEqual(['1234.56', '15.00', '15.00', '1234', null, '1.234']);
  });
  test('comes back from every form, whatever the digits, the sign and the mark', () => {
    const amount = fc.record({
      form: fc.constantFrom(...AMOUNT_FORMS),
      whole: fc.bigInt({ min: 0n, max: 10n ** 20n }),
      fraction: fc.option(fc.stringMatching(/^[0-9]{1,6}$/), { nil: undefined }),
      sign: fc.constantFrom('', '-x', 'x-', '(x)', '\u2212x', 'x DR', 'x CR'),
      currency: fc.constantFrom('x', '€ x', 'x EUR', 'Fr. x', '$x'),
    });
    fc.assert(
      fc.property(amount, ({ form, whole, fraction, sign, currency }) => {
        const written = write(form, whole, fraction);
        const text =
          sign === ''
            ? currency.replace('x', () => written)
            : sign.replace('x', () => currency.replace('x', () => written));
        const isNegative = !['', 'x CR'].includes(sign);
        const plain = `${isNegative ? '-' : ''}${whole}${fraction === undefined ? '' : `.${fraction}`}`;
        const notation = notationOf({
          like: [form],
          currency: ['€', 'EUR', 'Fr.', '$'],
          positive: ['CR'],
          negative: ['DR'],
        });
        expect(readAmount(text, notation)).toBe(plain);
      }),
    );
  });
});

function write(form: string, whole: bigint, fraction: string | undefined): string {
  const decimal = form.at(-3)!;
  const mark = /\D/.exec(form)![0];
  const digits = String(whole);
  const grouping = form === '12,34,567.89' ? /(?<=\d)(?=(\d\d)*\d{3}$)/g : /\B(?=(\d{3})+$)/g;
  const grouped = mark === decimal ? digits : digits.replace(grouping, mark);
  return fraction === undefined ? grouped : `${grouped}${decimal}${fraction}`;
}

describe('the notation of a column', () => {
  test.each([
    [['1,234.56', '12,000.00', '15.00'], ['1,234.56']],
    [['1.234,56', '12000,00', '-15,00'], ['1.234,56']],
    [
      ['1.234,56', '12000,00', '15.00'],
      ['1.234,56', '1234.56'],
    ],
    [['1,00,000.00', '12,34,567.89', '99.00'], ['12,34,567.89']],
    [["1'234.50", '99.00'], ["1'234.56"]],
    [['1 234,50', '99,00'], ['1 234,56']],
    [['12.5', '7'], ['1234.56']],
    [['12,5', '7'], ['1234,56']],
  ])('of %j is like %j', (values, like) => {
    const [first] = detectNotation(values);
    expect(first!.notation.like).toEqual(like);
    expect(first!.share).toBe(1);
  });
  test('has the currencies and the words of the sides that occur', () => {
    const [first] = detectNotation(['CHF 1\u2019234.50 CR', '12.00 dr', '(€ 5.00)', '', ' ']);
    expect(first!.notation).toEqual({
      like: ["1'234.56"],
      currency: ['CHF', '€'],
      positive: ['CR'],
      negative: ['DR'],
    });
    expect(first!.share).toBe(1);
  });
  test('is uncertain where the texts mean other amounts in another notation', () => {
    expect(detectNotation(['1,234', '5,678'])[0]!.isCertain).toBe(false);
    expect(detectNotation(['1,234', '5,678.00'])[0]!.isCertain).toBe(true);
  });
  test('says how many it reads, and is none where nothing is an amount', () => {
    expect(detectNotation(['1,5', 'n/a', '2,25', 'x'])[0]).toMatchObject({ share: 0.5 });
    expect(detectNotation(['abc', ''])).toEqual([]);
  });
});

describe('a text that is no number', () => {
  test.each([
    ['1.234,56', 'looks like a decimal comma'],
    ['1234,5', 'looks like a decimal comma'],
    ['€ -15,00', 'looks like a decimal comma'],
    ['1,234.56', 'looks like thousands grouped by commas'],
    ['12,34,567.89', 'looks like thousands grouped by commas'],
    ['1,234', 'has a comma that may group thousands or be a decimal comma'],
    ['1 234.50', 'looks like thousands grouped by blanks'],
    ["1'234.50", 'looks like thousands grouped by apostrophes'],
    ['(123.45)', 'looks like a negative amount in parentheses'],
    ['5.00-', 'has its sign behind'],
    ['−3000.00', 'has a minus sign other than "-"'],
    ['500.00 CR', 'has a mark of debit or credit'],
    ['75.00 D', 'has a mark of debit or credit'],
    ['12.00 EUR', 'has a currency mark'],
    ['$12.00', 'has a currency mark'],
    ['="12.00"', 'is marked as text by a spreadsheet'],
    ["'12.00", 'is marked as text by a spreadsheet'],
    ['1.23E+15', 'is in scientific notation'],
    ['١٢٣', 'has digits other than 0 to 9'],
  ])('%s: %s', (text, hint) => {
    expect(hintsOfAmount(text)).toContain(hint);
  });
  test('gets no hint where nothing can be said', () => {
    expect(['4O.50', 'x', 'N/A', '12.345', ''].flatMap(hintsOfAmount)).toEqual([]);
  });
});
