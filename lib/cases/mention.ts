/** People whom the words of an act on a case speak to: they find the case among their mentions until they are done with it. */

/** Of one act. */
export const MAX_MENTIONS = 10;

export interface MentionMade {
  readonly domain: string;
  readonly caseId: string;
  /** Who wrote the words, and when (ISO 8601). */
  readonly by: string;
  readonly at: string;
  /** Ids of the people, each once. */
  readonly people: readonly string[];
}

/** The last one of a person in a case. */
export interface Mention {
  readonly caseId: string;
  readonly by: string;
  readonly at: string;
}
