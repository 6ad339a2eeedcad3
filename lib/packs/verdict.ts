/** What a review can say of a flag. */
export const VERDICTS = ['true_positive', 'false_positive', 'inconclusive'] as const;
export type Verdict = (typeof VERDICTS)[number];
