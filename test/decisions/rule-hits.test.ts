import { describe, expect, it } from 'vitest';
import { compareUrgency, ruleHits, severityRank } from '../../lib/decisions/rule-hits.ts';
import type { Rule, Severity } from '../../lib/packs/pack.ts';

const rule = (id: string, severity: Severity, because = `because {n} ${id}`): Rule => ({
  id,
  when: 'true',
  because,
  severity,
  flag: false,
  line: 1,
});

describe('ruleHits', () => {
  it('gives the rules that hit, the most severe first, else in the order of the pack', () => {
    const rules = [
      rule('a', 'low'),
      rule('b', 'high'),
      rule('c', 'critical'),
      rule('d', 'high'),
      rule('e', 'medium'),
    ];
    const hits = ruleHits(rules, [true, 1, null, true, 0], { n: 1200 });
    expect(hits).toEqual([
      { id: 'b', severity: 'high', words: 'because 1,200 b' },
      { id: 'd', severity: 'high', words: 'because 1,200 d' },
      { id: 'a', severity: 'low', words: 'because 1,200 a' },
    ]);
    expect([severityRank(hits), severityRank([])]).toEqual([3, 0]);
  });
});

describe('compareUrgency', () => {
  it('puts the most severe rule before the score, and the score before the record id', () => {
    const flag = (record_id: string, score: number, ...severities: Severity[]) => ({
      record_id,
      score,
      rules: severities.map((severity) => ({ id: 'r', severity, words: '' })),
    });
    const flags = [
      flag('z', 0.9),
      flag('d', 0.5, 'low', 'high'),
      flag('c', 0.6, 'low'),
      flag('b', 0.9),
      flag('e', 0.4, 'high'),
    ];
    expect(flags.toSorted(compareUrgency).map(({ record_id }) => record_id)).toEqual([
      'd',
      'e',
      'c',
      'b',
      'z',
    ]);
    const [one, two] = [flag('a', 0.5, 'low'), flag('b', 0.5, 'low')];
    expect([compareUrgency(one, two), compareUrgency(two, one), compareUrgency(one, one)]).toEqual([
      ...[-1, 1, 0],
    ]);
  });
});
