/** How a model that waits for approval differs from the champion: the values that stages leave and reports are made of. */

/** Null: the model's pack rejects the record. */
export interface ShadowChange {
  readonly recordId: string;
  readonly champion: number | null;
  readonly challenger: number | null;
}

export interface ShadowChanges {
  /** Scored by both. */
  readonly records: number;
  /** Records that one scored and the other's pack rejects. */
  readonly onlyChampion: number;
  readonly onlyChallenger: number;
  /** Flagged by both. */
  readonly both: number;
  /** By the challenger only. */
  readonly gained: number;
  /** By the champion only. */
  readonly lost: number;
  /** Those that the two disagree on most. */
  readonly gainedExamples: readonly ShadowChange[];
  readonly lostExamples: readonly ShadowChange[];
}

interface ShadowOf {
  readonly format: 'assay-shadow/1';
  readonly drop: string;
  readonly champion: string;
  readonly challenger: string;
}

/** How a challenger differed from the champion on one drop. */
export interface ScoredShadow extends ShadowOf, ShadowChanges {}

/** A drop that it was not scored on, and why, in words. */
export interface MissedShadow extends ShadowOf {
  readonly notScored: string;
}

export type ShadowRun = ScoredShadow | MissedShadow;

export function isScored(run: ShadowRun): run is ScoredShadow {
  return !('notScored' in run);
}

/** Examples of each kind that are kept. */
export const EXAMPLES = 20;

/** Of parts of the same records as one: the counts of all, the examples that the two models disagree on most. */
export function joinShadowChanges(parts: readonly ShadowChanges[]): ShadowChanges {
  const sum = (name: 'records' | 'onlyChampion' | 'onlyChallenger' | 'both' | 'gained' | 'lost') =>
    parts.reduce((total, part) => total + part[name], 0);
  return {
    records: sum('records'),
    onlyChampion: sum('onlyChampion'),
    onlyChallenger: sum('onlyChallenger'),
    both: sum('both'),
    gained: sum('gained'),
    lost: sum('lost'),
    gainedExamples: farthest(parts.flatMap(({ gainedExamples }) => gainedExamples)),
    lostExamples: farthest(parts.flatMap(({ lostExamples }) => lostExamples)),
  };
}

/** Nothing is farther apart than a score and none. */
function farthest(changes: readonly ShadowChange[]): ShadowChange[] {
  const apart = ({ champion, challenger }: ShadowChange) =>
    champion === null || challenger === null ? 1 : Math.abs(challenger - champion);
  return changes
    .toSorted((a, b) => apart(b) - apart(a) || (a.recordId < b.recordId ? -1 : 1))
    .slice(0, EXAMPLES);
}
