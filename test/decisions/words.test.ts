import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { describeFact, type Fact, renderWords } from '../../lib/decisions/words.ts';
import { formatValue, VALUE_FORMATS } from '../../lib/packs/format-value.ts';
import type { ValueFormat } from '../../lib/packs/pack.ts';
import type { Shown } from '../../lib/packs/shown-value.ts';
import { templateNames } from '../../lib/packs/template.ts';

const fact = (changes: Partial<Fact>): Fact => ({
  source: 'amount',
  kind: 'feature',
  value: 9800,
  usual: 120.5,
  format: 'money',
  words: null,
  ...changes,
});

describe('formatValue', () => {
  it.each<[Shown, ValueFormat | undefined, string]>([
    [9800, 'money', '9,800.00'],
    ['1234567.891', 'money', '1,234,567.89'],
    [-0.001, 'money', '0.00'],
    [1234567.891, 'number', '1,234,567.89'],
    [2.5, 'number', '2.5'],
    [0.0012345, 'number', '0.00123'],
    [-0.5, undefined, '-0.5'],
    [1e-9, 'number', '1.00e-9'],
    [1e25, 'number', '1e+25'],
    [1.5e30, 'number', '1.5e+30'],
    [-1234567.5, 'money', '-1,234,567.50'],
    [-1000, 'integer', '-1,000'],
    [999, 'integer', '999'],
    [-999, 'integer', '-999'],
    [0, 'number', '0'],
    [12, 'integer', '12'],
    [1234567, 'integer', '1,234,567'],
    [0.4, 'integer', '0.4'],
    [1.3333, 'integer', '1.3'],
    [12.6, 'integer', '13'],
    [0.12, 'percent', '12 %'],
    [0.125, 'percent', '12.5 %'],
    [0.00012345, 'percent', '0.0123 %'],
    [0.5, 'duration', '0.5 s'],
    [45, 'duration', '45 s'],
    [59.7, 'duration', '1 min'],
    [12_000, 'duration', '3 h 20 min'],
    [86_399, 'duration', '1 day'],
    [187_200, 'duration', '2 days 4 h'],
    [-12_000, 'duration', '-3 h 20 min'],
    [true, 'yesno', 'yes'],
    [0, 'yesno', 'no'],
    [0.6, 'yesno', 'yes'],
    [false, undefined, 'no'],
    ['Panama', 'text', 'Panama'],
    ['12', undefined, '12'],
    ['Panama', 'money', 'Panama'],
    ['a\r\nb\u202Ec', 'text', 'a bc'],
    [null, 'money', 'missing'],
    [Number.POSITIVE_INFINITY, 'number', 'infinite'],
    [Number.NaN, 'number', 'missing'],
  ])('%j as %s is %j', (value, format, text) => expect(formatValue(value, format)).toBe(text));

  it('cuts a text after 200 letters', () => {
    expect(formatValue('😀'.repeat(300), 'text')).toBe(`${'😀'.repeat(199)}…`);
  });

  it('makes one line of any value, without a minus before nothing', () => {
    const value = fc.oneof(fc.double(), fc.string({ unit: 'binary' }), fc.boolean());
    fc.assert(
      fc.property(value, fc.constantFrom(...VALUE_FORMATS), (any, format) => {
        const text = formatValue(any, format);
        expect(text).not.toMatch(/[\r\n]/);
        if (typeof any === 'number') expect(text).not.toMatch(/^-0(\.0+)?( |$)/);
      }),
    );
  });
});

describe('templateNames', () => {
  it('gives each name once, whatever its format or words', () => {
    expect(templateNames('{value} {value|payment|payments} of {amount:money} {{not this}} {a.b c}')).toEqual([
      'value',
      'amount',
      'a.b c',
    ]);
  });

  it.each([
    ['{value', 'the words "{value": \'{\' at 1 has no partner'],
    ['a } b', 'the words "a } b": \'}\' at 3 has no partner'],
    ['{}', 'the words "{}": {} names nothing'],
    ['{a|b}', 'the words "{a|b}": {a|b} needs two words, for one and for many: {name|payment|payments}'],
    [
      '{a:euro}',
      `the words "{a:euro}": {a:euro} has no format 'euro'; there are number, integer, money, percent, duration, yesno, text`,
    ],
  ])('%s is refused', (template, message) => expect(() => templateNames(template)).toThrow(message));
});

describe('renderWords', () => {
  const template = '{value} {value|payment|payments} from this account in 24 hours; it usually makes {usual}';
  const formats = { value: 'integer', usual: 'integer', amount: 'money' } as const;

  it.each([
    [12, 1, '12 payments from this account in 24 hours; it usually makes 1'],
    [1, 0.4, '1 payment from this account in 24 hours; it usually makes 0.4'],
    [12, null, '12 payments from this account in 24 hours'],
  ])('counts %j against %j', (value, usual, words) =>
    expect(renderWords(template, { value, usual }, formats)).toBe(words),
  );

  it('fills in fields by their own format, or the one the template asks for', () => {
    const fields = { amount: 9800, share: 0.5, list: 'a, b' };
    expect(renderWords('{amount} {amount:integer} {share:percent} {list} {{x}}', fields, formats)).toBe(
      '9,800.00 9,800 50 % a, b {x}',
    );
  });

  it('calls what is not there missing, also what every object has', () => {
    expect(renderWords('{a} {toString}', { a: null })).toBe('missing missing');
  });

  it('leaves out only the clauses that need an unknown usual value', () => {
    expect(renderWords('first {usual}; second {usual}; third', { usual: null })).toBe('first missing; third');
    expect(renderWords('{a}; b; {usual}', { a: 1, usual: null })).toBe('1; b');
    expect(renderWords('{a}; b {a}; {usual}', { a: 1, usual: null })).toBe('1; b 1');
  });
});

describe('describeFact', () => {
  it.each<[Partial<Fact>, string]>([
    [{}, 'amount is 9,800.00; usual is 120.50'],
    [{ value: 120.5 }, 'amount is 120.50, as usual'],
    [{ usual: null }, 'amount is 9,800.00'],
    [{ value: null }, 'amount is missing'],
    [{ value: null, words: '{value} paid' }, 'amount is missing'],
    [{ words: '{value} paid by {who}; {usual} usually' }, '9,800.00 paid by Ann; 120.50 usually'],
    [{ source: 'high_value', value: true, usual: false, format: 'yesno' }, 'high value: yes; usually no'],
    [{ source: 'high_value', value: 0, usual: 0.02, format: 'yesno' }, 'high value: no, as usual'],
    [{ source: 'undated', value: false, usual: 0, format: 'number' }, 'undated: no, as usual'],
    [{ source: 'undated', value: true, usual: 0.1, format: 'number' }, 'undated: yes; usually no'],
    [
      {
        source: 'r',
        kind: 'encoding',
        value: 0.12,
        usual: 0.12,
        format: 'percent',
        of: ['step', 'machine_no'],
      },
      'past rate for step Granulation, machine no 12 is 12 %; overall 12 %',
    ],
    // The most frequent one is no usual value of a single record's.
    [{ source: 'kind', kind: 'category', value: 'cash', usual: 'card', format: 'text' }, 'kind is cash'],
    [
      { source: 'counterparty_country', kind: 'category', value: 'Panama', usual: null, format: 'text' },
      'counterparty country is Panama',
    ],
    [
      { source: 'step_rate', kind: 'encoding', value: 0.12, usual: 0.04, format: 'percent', of: ['step'] },
      'past rate for step Granulation is 12 %; overall 4 %',
    ],
    [
      { source: 'step_rate', kind: 'encoding', value: 0.12, usual: null, format: 'percent' },
      'step rate is 12 %',
    ],
  ])('%j', (changes, words) => {
    expect(describeFact(fact(changes), { who: 'Ann', step: 'Granulation', machine_no: 12 })).toBe(words);
  });
});
