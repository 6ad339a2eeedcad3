/** The hash of a review as its table has it, with all that the log leaves out: the reason, the note, by which chance it was drawn. */
import { rowHash } from '../audit/row-hash.ts';
import type { Review } from './review.ts';

/** Hex. Of what was said, whether it was withdrawn since or not. */
export function reviewHash({ withdrawnAt: _, ...said }: Review): string {
  return rowHash(said);
}
