/** Which flags one of two models raises and the other does not on the same records, with examples to look at. */
export interface FlagChange {
  readonly recordId: string;
  readonly champion: number;
  readonly challenger: number;
}

export interface FlagChanges {
  readonly records: number;
  readonly both: number;
  /** By the challenger only. */
  readonly gained: number;
  /** By the champion only. */
  readonly lost: number;
  /** Those that the two disagree on most. */
  readonly gainedExamples: readonly FlagChange[];
  readonly lostExamples: readonly FlagChange[];
}

const EXAMPLES = 20;

export interface ShadowedScores {
  readonly recordIds: readonly string[];
  readonly champion: Float32Array;
  readonly challenger: Float32Array;
  readonly thresholds: { readonly champion: number; readonly challenger: number };
}

export function compareFlags({ recordIds, champion, challenger, thresholds }: ShadowedScores): FlagChanges {
  const gained: FlagChange[] = [];
  const lost: FlagChange[] = [];
  let both = 0;
  for (const [row, recordId] of recordIds.entries()) {
    const was = champion[row]! >= thresholds.champion;
    const is = challenger[row]! >= thresholds.challenger;
    if (was && is) both++;
    if (was === is) continue;
    (is ? gained : lost).push({ recordId, champion: champion[row]!, challenger: challenger[row]! });
  }
  return {
    records: recordIds.length,
    both,
    gained: gained.length,
    lost: lost.length,
    gainedExamples: farthest(gained),
    lostExamples: farthest(lost),
  };
}

function farthest(changes: readonly FlagChange[]): FlagChange[] {
  const apart = ({ champion, challenger }: FlagChange) => Math.abs(challenger - champion);
  return changes
    .toSorted((a, b) => apart(b) - apart(a) || (a.recordId < b.recordId ? -1 : 1))
    .slice(0, EXAMPLES);
}
