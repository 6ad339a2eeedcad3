import type { Explanation } from './explanation.ts';
import { raisingReasons } from './reasons.ts';

/** The three facts that raised the score most, in words. */
export function topReasons(contributions: Explanation['contributions']): string[] {
  return raisingReasons(contributions, 3).map(
    ({ words, contribution }) => `${words} (+${contribution.toFixed(3)})`,
  );
}
