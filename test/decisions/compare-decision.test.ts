import { describe, expect, it } from 'vitest';
import { compareDecision } from '../../lib/decisions/compare-decision.ts';

describe('compareDecision', () => {
  const line = '{"score":0.5,"contributions":[{"column":"a","words":"x"}],"rules":[]}';

  it('finds nothing between the same bytes', () => expect(compareDecision(line, line)).toEqual([]));

  it('names each field that differs', () => {
    const other = '{"score":0.25,"contributions":[{"column":"a","words":"y"},{"column":"b"}],"rules":{}}';
    expect(compareDecision(line, other)).toEqual([
      { field: 'score', stored: '0.5', recomputed: '0.25' },
      { field: 'contributions[0].words', stored: '"x"', recomputed: '"y"' },
      { field: 'contributions[1]', stored: undefined, recomputed: '{"column":"b"}' },
      { field: 'rules', stored: '[]', recomputed: '{}' },
    ]);
  });

  it('takes no field that every object has for one of the line', () => {
    const stored = '{"__proto__":{}}';
    expect(compareDecision(stored, '{}')).toEqual([
      { field: '__proto__', stored: '{}', recomputed: undefined },
    ]);
  });

  it('reports other bytes for the same content', () => {
    const spaced = line.replace(',"rules"', ', "rules"');
    expect(compareDecision(line, spaced)).toEqual([{ field: 'line', stored: line, recomputed: spaced }]);
  });

  it('reports a stored line that is no JSON', () => {
    expect(compareDecision('{', line)).toEqual([{ field: 'line', stored: '{', recomputed: line }]);
    expect(compareDecision(line, '{')).toEqual([{ field: 'line', stored: line, recomputed: '{' }]);
  });

  it('names a line that is no object, and what is null on one side only', () => {
    expect(compareDecision('1', '2')).toEqual([{ field: 'line', stored: '1', recomputed: '2' }]);
    expect(compareDecision('{"a":null}', '{"a":{}}')).toEqual([
      { field: 'a', stored: 'null', recomputed: '{}' },
    ]);
  });
});
