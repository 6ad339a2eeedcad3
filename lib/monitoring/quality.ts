/**
 * What reviews say of a live model: how many of its flags are right, what share of all there is to find it finds, and what share
 * of the innocent it flags. Precision is on reviewed flags; the other two need reviews below the line, without which no one
 * knows what was missed.
 *
 * Recall = TP / (TP + FN). Where every flag is reviewed TP is known, and the interval is that of FN; otherwise both are
 * estimated, each with half of the allowed error (Bonferroni), so that the interval claims too little rather than too much.
 */
import { wilsonEstimate } from '../evaluation/intervals.ts';
import { measureShareOfEntities, type Portion } from './grouped-share.ts';
import { CONFIDENCE, isFigure, type Measured, NEEDED, type NotEnoughData, notEnough } from './measured.ts';
import { type Count, countMissed, type Stratum } from './missed-positives.ts';

/** What became of the flags of a time. */
export interface ReviewedFlags {
  /** All of them, reviewed or not. */
  readonly flagged: number;
  readonly truePositives: number;
  readonly falsePositives: number;
  /** Of each entity with reviewed flags, the true positives among them; absent: each flag counts by itself. */
  readonly entities?: readonly Portion[];
}

export interface Quality {
  readonly precision: Measured;
  readonly recall: Measured;
  readonly falsePositiveRate: Measured;
}

export function measureQuality(flags: ReviewedFlags, below: readonly Stratum[]): Quality {
  const reviewed = flags.truePositives + flags.falsePositives;
  const sampled = below.reduce((sum, stratum) => sum + stratum.reviewed, 0);
  return {
    precision: measureShareOfEntities(entitiesOf(flags), NEEDED.reviewedFlags),
    ...measureBelow(flags, below, reviewed, sampled),
  };
}

function entitiesOf({ truePositives, falsePositives, entities }: ReviewedFlags): readonly Portion[] {
  const alone = (count: number, part: number): Portion[] =>
    Array.from({ length: count }, () => ({ part, whole: 1 }));
  return entities ?? [...alone(truePositives, 1), ...alone(falsePositives, 0)];
}

/** A share of observations, with Wilson's interval. */
export function measureShare(part: number, whole: number, needed: number): Measured {
  if (whole < needed) return notEnough(whole, needed);
  const { value, low, high } = wilsonEstimate(part / whole, whole, CONFIDENCE);
  return { value, low: low!, high: high!, n: whole };
}

function measureBelow(
  flags: ReviewedFlags,
  below: readonly Stratum[],
  reviewed: number,
  sampled: number,
): Omit<Quality, 'precision'> {
  const { flagged } = flags;
  const lacking = (missing: Measured) => ({ recall: missing, falsePositiveRate: missing });
  if (sampled < NEEDED.reviewedBelow) return lacking(notEnough(sampled, NEEDED.reviewedBelow));
  const isWhole = reviewed === flagged;
  const needed = Math.min(NEEDED.reviewedFlags, flagged);
  if (reviewed < needed) return lacking(notEnough(reviewed, needed));
  const missed = countMissed(below, isWhole ? CONFIDENCE : (1 + CONFIDENCE) / 2);
  const unseen = below.filter((stratum) => stratum.reviewed === 0 && stratum.unflagged > 0).length;
  if (missed === null) return lacking(notEnough(sampled, sampled + unseen));
  const found = countFound(flags, reviewed);
  if ('needed' in found) return lacking(found);
  const unflagged = below.reduce((sum, stratum) => sum + stratum.unflagged, 0);
  const falsely = (right: number, lost: number) => share(flagged - right, unflagged - lost);
  return {
    recall:
      found.high + missed.high === 0
        ? notEnough(0, 1)
        : {
            value: share(found.value, missed.value),
            low: share(found.low, missed.high),
            high: share(found.high, missed.low),
            n: reviewed + sampled,
          },
    falsePositiveRate: {
      value: falsely(found.value, missed.value),
      low: falsely(found.high, missed.low),
      high: falsely(found.low, missed.high),
      n: reviewed + sampled,
    },
  };
}

/** True positives among all flags. */
function countFound(flags: ReviewedFlags, reviewed: number): Count | NotEnoughData {
  const { flagged, truePositives } = flags;
  if (reviewed === flagged) return { value: truePositives, low: truePositives, high: truePositives };
  const share = measureShareOfEntities(entitiesOf(flags), 1, (1 + CONFIDENCE) / 2);
  if (!isFigure(share)) return share;
  return { value: share.value * flagged, low: share.low * flagged, high: share.high * flagged };
}

/** part / (part + other), 0 of nothing. */
function share(part: number, other: number): number {
  return part === 0 ? 0 : part / (part + other);
}
