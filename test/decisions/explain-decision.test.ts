import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DecisionFacts,
  explainDecision,
  type SourceFact,
} from '../../lib/decisions/explain-decision.ts';
import { explanationLine } from '../../lib/decisions/explanation-line.ts';

function sourceFact(source: string, contribution: number): SourceFact {
  return { source, kind: 'feature', value: 2, usual: 1, format: 'number', words: null, contribution };
}

function decisionFacts(score: number, base: number, sources: readonly SourceFact[]): DecisionFacts {
  return {
    recordId: 'T1',
    score,
    threshold: 0.5,
    base,
    sources,
    rules: [{ id: 'structuring', severity: 'high', words: '3 payments just below 10,000' }],
    model: 'abc',
    pack: 'finance@1',
    decisionId: 'd1',
    fields: {},
  };
}

/** The decimals of a line, read as text: billionths. */
function units(text: string): bigint {
  const [, sign, whole, fraction = ''] = /^(-?)(\d+)(?:\.(\d{1,9}))?$/.exec(text)!;
  return BigInt(`${sign}${whole}${fraction.padEnd(9, '0')}`);
}

function decimalsOf(line: string) {
  const one = (key: string) => units(new RegExp(`"${key}":([^,}]+)`).exec(line)![1]!);
  const contributions = [...line.matchAll(/"contribution":([^,}]+)/g)].map((match) => units(match[1]!));
  return {
    score: one('score'),
    base: one('base'),
    sum: contributions.reduce((a, b) => a + b, 0n),
    contributions,
  };
}

const cases = fc
  .record({
    base: fc.double({ min: 0, max: 1, noNaN: true }),
    contributions: fc.array(
      fc.oneof(fc.double({ min: -0.3, max: 0.3, noNaN: true }), fc.constantFrom(0, -0, 1e-12, 0.1, -0.1)),
      { minLength: 1, maxLength: 40 },
    ),
    off: fc.double({ min: -9e-6, max: 9e-6, noNaN: true }),
  })
  .map(({ base, contributions, off }) => {
    const score = Math.fround(contributions.reduce((sum, value) => sum + value, base) + off);
    const sources = contributions.map((contribution, index) => sourceFact(`s${index}`, contribution));
    return { given: contributions, facts: decisionFacts(score, base, sources) };
  });

describe('explainDecision', () => {
  it('gives contributions that add up to the score exactly, as decimals', () => {
    fc.assert(
      fc.property(cases, ({ facts, given }) => {
        const { explanation, additive } = explainDecision(facts);
        const line = explanationLine(explanation);
        const { score, base, sum } = decimalsOf(line);
        expect(additive).toBe(true);
        expect(base + sum).toBe(score);
        expect(Math.abs(Number(score) / 1e9 - facts.score)).toBeLessThanOrEqual(5.1e-10);
        expect(Math.abs(Number(base) / 1e9 - facts.base)).toBeLessThanOrEqual(5.1e-10);
        for (const { column, contribution } of explanation.contributions) {
          expect(Math.abs(contribution - given[Number(column.slice(1))]!)).toBeLessThanOrEqual(1e-5 + 1e-9);
        }
        expect(line).not.toMatch(/-0[,}]|e-\d/);
        expect(JSON.stringify(JSON.parse(line))).toBe(JSON.stringify(explanation));
      }),
      { numRuns: 500 },
    );
  });

  it('lists all, largest first, ties by name, in whatever order they came', () => {
    fc.assert(
      fc.property(cases, fc.nat(), ({ facts }, seed) => {
        const { contributions } = explainDecision(facts).explanation;
        expect(contributions).toHaveLength(facts.sources.length);
        contributions.slice(1).forEach(({ contribution, column }, index) => {
          const before = contributions[index]!;
          const [a, b] = [Math.abs(before.contribution), Math.abs(contribution)];
          expect(a > b || (a === b && before.column < column)).toBe(true);
        });
        const shuffled = facts.sources.toSorted((a, b) => hash(a.source, seed) - hash(b.source, seed));
        const again = explainDecision({ ...facts, sources: shuffled }).explanation;
        // Sums of floats depend on their order: only names decide it.
        expect(explanationLine(again)).toBe(explanationLine(explainDecision(facts).explanation));
      }),
    );
  });

  it('leaves open what the parts do not explain', () => {
    const facts = decisionFacts(0.9, 0.1, [sourceFact('b', 0.3), sourceFact('a', -0.2)]);
    const { explanation, additive } = explainDecision(facts);
    expect(additive).toBe(false);
    expect(explanation.unexplained).toBe(0.7);
    expect(explanation.contributions.map(({ column, contribution }) => [column, contribution])).toEqual([
      ['b', 0.3],
      ['a', -0.2],
    ]);
    expect(explanationLine(explanation)).toContain('}],"unexplained":0.7,"rules":[{');
    // Not even where the score is the base: the parts say otherwise.
    const level = explainDecision(decisionFacts(0.5, 0.5, [sourceFact('a', 0.25)]));
    expect([level.additive, level.explanation.unexplained]).toEqual([false, -0.25]);
  });

  it('leaves open what a contribution that is no number should have explained', () => {
    const { explanation, additive } = explainDecision(
      decisionFacts(0.5, 0.25, [sourceFact('a', Number.NaN), sourceFact('b', 0.125)]),
    );
    expect(additive).toBe(false);
    expect(explanation.unexplained).toBe(0.125);
  });

  it('is additive at 1e-5, and no longer above it', () => {
    const off = (by: number) =>
      explainDecision(decisionFacts(0.5 + by, 0.25, [sourceFact('a', 0.25)])).additive;
    expect([off(9.9e-6), off(-9.9e-6), off(1.01e-5), off(-1.01e-5)]).toEqual([true, true, false, false]);
  });

  it('takes the score for the base where a model has no sources', () => {
    const { explanation, additive } = explainDecision(decisionFacts(0.250001, 0.25, []));
    expect([explanation.base, additive]).toEqual([0.250001, true]);
    expect(explainDecision(decisionFacts(0.25001, 0.25, [])).additive).toBe(true);
    expect(explainDecision(decisionFacts(0.250010001, 0.25, [])).additive).toBe(false);
    expect(explainDecision(decisionFacts(0.3, 0.25, [])).explanation).toMatchObject({
      base: 0.25,
      unexplained: 0.05,
    });
  });

  it('shows a value that is not a number as missing, and an infinite one in a word', () => {
    const shown = (value: number) =>
      explainDecision(decisionFacts(0.5, 0.25, [{ ...sourceFact('a', 0.25), value }])).explanation
        .contributions[0]!;
    expect(shown(Number.NaN)).toMatchObject({ value: null, words: 'a is missing' });
    expect(shown(Number.NEGATIVE_INFINITY)).toMatchObject({ value: '-infinite' });
    expect(shown(Number.POSITIVE_INFINITY)).toMatchObject({
      value: 'infinite',
      words: 'a is infinite; usual is 1',
    });
    expect(Object.is(shown(-0).value, 0)).toBe(true);
  });

  it.each([
    ['score of NaN', decisionFacts(Number.NaN, 0, [])],
    ['base value of Infinity', decisionFacts(0.5, Number.POSITIVE_INFINITY, [])],
    ['threshold of -1000000', { ...decisionFacts(0.5, 0.5, []), threshold: -1e6 }],
  ])('refuses a %s', (what, facts) => {
    expect(() => explainDecision(facts)).toThrow(
      `record T1: the model gives a ${what}; a number below a million was expected`,
    );
  });

  it('carries what is known of the score and of each source, and no key for what is not', () => {
    const band = { from: 0.5, to: 1, score: 0.6, records: 50, observed: { value: 0.7, low: 0.5, high: 0.8 } };
    const plain = decisionFacts(0.5, 0.25, [
      { ...sourceFact('amount', 0.125), group: 'The amount', context: true },
      { ...sourceFact('ratio', 0.0625), group: 'The amount' },
      { ...sourceFact('channel', 0.03125), context: true, kind: 'category', value: 'web', format: 'text' },
      { ...sourceFact('night', 0.03125), value: true, usual: null },
    ]);
    const { explanation } = explainDecision({ ...plain, covers: 'training_rows', scoreBands: [band] });
    expect(explanation).toStrictEqual({
      ...{ record_id: 'T1', score: 0.5, threshold: 0.5, base: 0.25 },
      contributions: [
        {
          ...{ column: 'amount', value: 2, usual: 1, contribution: 0.125, words: 'amount is 2; usual is 1' },
          ...{ group: 'The amount', context: true },
        },
        {
          ...{ column: 'ratio', value: 2, usual: 1, contribution: 0.0625, words: 'ratio is 2; usual is 1' },
          group: 'The amount',
        },
        {
          ...{ column: 'channel', value: 'web', usual: 1, contribution: 0.03125, words: 'channel is web' },
          context: true,
        },
        { column: 'night', value: true, usual: null, contribution: 0.03125, words: 'night: yes' },
      ],
      covers: 'training_rows',
      standing: {
        ...{ tier: 'act', confirmed: 0.7, low: 0.5, high: 0.8, records: 50 },
        words: 'of records scored like this, about 7 in 10 were confirmed (50% to 80%)',
      },
      ...{ rules: plain.rules, model: 'abc', pack: 'finance@1', decision_id: 'd1' },
    });
    expect(Object.keys(explainDecision(plain).explanation)).toEqual([
      ...['record_id', 'score', 'threshold', 'base', 'contributions', 'rules', 'model', 'pack'],
      'decision_id',
    ]);
  });
});

describe('explanationLine', () => {
  it('has the keys that only some explanations have where the contract puts them', () => {
    const part = { column: 'a', value: true, usual: null, contribution: 0.25, words: 'a: yes' };
    expect(
      explanationLine({
        ...{ decision_id: 'd1', pack: 'finance@1', model: 'abc' },
        rules: [
          { words: 'w', severity: 'high', id: 'r' },
          { words: 'v', severity: 'low', id: 's' },
        ],
        standing: { words: 'x', records: 9, high: null, low: 0.1, confirmed: 0.4, tier: 'look' },
        ...{ covers: 'training_rows', unexplained: -1e-9, base: 0, threshold: 0.5, score: 0.5 },
        contributions: [
          { context: true, group: 'G', ...part },
          { group: 'G', ...part },
          { context: true, ...part },
        ],
        record_id: 'T"1',
      }),
    ).toBe(
      '{"record_id":"T\\"1","score":0.5,"threshold":0.5,"base":0,"contributions":[' +
        '{"column":"a","value":true,"usual":null,"contribution":0.25,"words":"a: yes","group":"G","context":true},' +
        '{"column":"a","value":true,"usual":null,"contribution":0.25,"words":"a: yes","group":"G"},' +
        '{"column":"a","value":true,"usual":null,"contribution":0.25,"words":"a: yes","context":true}],' +
        '"unexplained":-0.000000001,"covers":"training_rows",' +
        '"standing":{"tier":"look","confirmed":0.4,"low":0.1,"high":null,"records":9,"words":"x"},' +
        '"rules":[{"id":"r","severity":"high","words":"w"},{"id":"s","severity":"low","words":"v"}],' +
        '"model":"abc","pack":"finance@1","decision_id":"d1"}',
    );
  });

  it('has its keys in the order of the contract and plain decimals', () => {
    const { explanation } = explainDecision(
      decisionFacts(0.5, 0.25, [sourceFact('a', 0.249999997), sourceFact('b', 3e-9)]),
    );
    expect(explanationLine(explanation)).toBe(
      '{"record_id":"T1","score":0.5,"threshold":0.5,"base":0.25,"contributions":[' +
        '{"column":"a","value":2,"usual":1,"contribution":0.249999997,"words":"a is 2; usual is 1"},' +
        '{"column":"b","value":2,"usual":1,"contribution":0.000000003,"words":"b is 2; usual is 1"}],' +
        '"rules":[{"id":"structuring","severity":"high","words":"3 payments just below 10,000"}],' +
        '"model":"abc","pack":"finance@1","decision_id":"d1"}',
    );
  });
});

function hash(text: string, seed: number): number {
  return [...text].reduce((h, c) => Math.imul(h ^ c.charCodeAt(0), 0x01000193), seed | 0);
}
