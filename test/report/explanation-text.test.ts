import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { renderExplanationText } from '../../lib/report/explanation-text.ts';
import { fakeExplanation } from '../helpers/report-data.ts';

describe('renderExplanationText', () => {
  it('gives a bar, a signed number and words for each contribution, and a sum that adds up', () => {
    const explanation = {
      ...fakeExplanation(5, 0),
      record_id: 'TX-1',
      score: 0.6,
      base: 0.1,
      threshold: 0.5,
      contributions: [
        { column: 'a', value: 1, usual: 1, contribution: 0.8, words: 'Raises it' },
        { column: 'b', value: 1, usual: 1, contribution: -0.3, words: 'Lowers it' },
      ],
      rules: [{ id: 'r', severity: 'high' as const, words: 'Too much' }],
    };
    expect(renderExplanationText(explanation, { columns: 60 })).toBe(
      [
        'TX-1  score 0.600 ≥ threshold 0.500',
        '',
        '▲ +0.800 ████████████  Raises it',
        '▼ −0.300 ████▌         Lowers it',
        '',
        '0.100 start +0.500 = 0.600',
        'rule hit (high): Too much',
        '',
      ].join('\n'),
    );
  });

  it('sums what is too small to show into one line', () => {
    expect(renderExplanationText(fakeExplanation(5, 25))).toContain('10 others together');
    expect(renderExplanationText(fakeExplanation(5, 16))).not.toContain('other');
  });

  it('never writes a line longer than the terminal is wide, nor a control character', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 40, max: 200 }),
        fc.oneof(
          fc.string({ maxLength: 400, unit: 'binary' }),
          fc
            .array(fc.string({ maxLength: 9, unit: 'binary' }), { size: 'large' })
            .map((parts) => parts.join(' ')),
        ),
        fc.integer({ min: 0, max: 20 }),
        (columns, words, count) => {
          const fake = fakeExplanation(count, count);
          const contributions = fake.contributions.map((contribution) => ({ ...contribution, words }));
          const rules = [{ id: 'r', severity: 'low' as const, words }];
          const text = renderExplanationText(
            { ...fake, record_id: words, contributions, rules },
            { columns },
          );
          for (const line of text.split('\n')) expect([...line].length).toBeLessThanOrEqual(columns);
          // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
          expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
        },
      ),
      { numRuns: 200 },
    );
  });
});
