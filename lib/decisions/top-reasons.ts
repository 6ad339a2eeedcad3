import type { Explanation } from './explanation.ts';

/** The three sources that raised the score most, in words. */
export function topReasons(contributions: Explanation['contributions']): string[] {
  const raising = contributions.filter((one) => one.contribution > 0).slice(0, 3);
  return raising.map((one) => `${one.words} (+${one.contribution.toFixed(3)})`);
}
