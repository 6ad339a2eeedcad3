import { describe, expect, test } from 'vitest';
import { sampleCandidates } from '../../lib/evaluation/candidates.ts';

describe.each(['forest', 'boosting'] as const)('sampleCandidates(%s)', (algorithm) => {
  const candidates = sampleCandidates(algorithm);

  test('names the same settings in every candidate', () => {
    const names = (at: number) => Object.keys(candidates[at]!.hyperParameters).sort();
    candidates.forEach((candidate, at) => {
      expect(candidate.algorithm).toBe(algorithm);
      expect(names(at)).toEqual(names(0));
    });
  });

  test('holds no candidate twice', () => {
    expect(new Set(candidates.map((candidate) => JSON.stringify(candidate.hyperParameters))).size).toBe(
      candidates.length,
    );
  });
});
