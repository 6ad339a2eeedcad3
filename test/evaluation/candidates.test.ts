import { describe, expect, test } from 'vitest';
import { sampleCandidates } from '../../lib/evaluation/candidates.ts';

describe.each(['forest', 'boosting'] as const)('sampleCandidates(%s)', (algorithm) => {
  test('names the same settings in every candidate', () => {
    const candidates = sampleCandidates(algorithm);
    const names = (at: number) => Object.keys(candidates[at]!.hyperParameters).sort();
    candidates.forEach((candidate, at) => {
      expect(candidate.algorithm).toBe(algorithm);
      expect(names(at)).toEqual(names(0));
      expect(names(at)).toContain(algorithm === 'forest' ? 'bootstrap' : 'learningRate');
    });
  });

  test('holds no candidate twice', () => {
    const candidates = sampleCandidates(algorithm);
    expect(new Set(candidates.map((candidate) => JSON.stringify(candidate.hyperParameters))).size).toBe(
      candidates.length,
    );
  });
});
