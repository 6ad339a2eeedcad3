/**
 * Chooses the best cut in time and share of entities to hold out. Merit is the share of records used; a point of held-out share
 * outside the wanted band costs four points of use, and too few positives on a side cost twenty. A side without both classes is no
 * plan at all.
 */
import { BUCKETS, type Holdout, type HoldoutTally } from './holdout-tally.ts';

/** How far above `heldOutShare` costs nothing. */
const BAND = 0.05;
const CUTS = 200;
/** With fewer positives on a side its figures say little: worth giving up a fifth of the records. */
const FEW_POSITIVES = 10;

export interface HoldoutPlan extends Holdout {
  /** null: no cut. */
  readonly cut: number | null;
  readonly merit: number;
}

export interface PlanOptions {
  readonly heldOutShare: number;
  /** How long before the cut labels must lie to be known at it. */
  readonly labelDelay: number;
  /** The cut, where it is given; null: the best is looked for. */
  readonly heldOutFrom: number | null;
  /** Whether records have entities: else nothing after the cut is left out for another's sake. */
  readonly hasEntities: boolean;
}

/** `order` holds the rows in question, earliest first; null: no cut gives both sides positives and negatives. */
export function planHoldout(
  tally: HoldoutTally,
  order: Uint32Array,
  times: Float64Array | null,
  options: PlanOptions,
): HoldoutPlan | null {
  return times === null
    ? planWithoutTime(tally, options.heldOutShare)
    : planWithTime(tally, order, times, options);
}

/** The best plan over cuts about 1/200 of all weight apart; a cut never divides records of one time. */
function planWithTime(
  tally: HoldoutTally,
  order: Uint32Array,
  times: Float64Array,
  { heldOutShare, labelDelay, heldOutFrom, hasEntities }: PlanOptions,
): HoldoutPlan | null {
  let best: HoldoutPlan | null = null;
  const total = tally.totalWeight;
  let next = 0;
  let known = 0;
  for (let place = 0; place < order.length; place++) {
    const time = times[order[place]!]!;
    const isNew = place > 0 && time !== times[order[place - 1]!];
    const isCut = heldOutFrom === null ? isNew && tally.passedWeight >= next : isNew && time >= heldOutFrom;
    if (isCut) {
      const cut = heldOutFrom ?? time;
      while (known < place && isKnown(times[order[known]!]!, cut, labelDelay))
        tally.learnLabel(order[known++]!);
      const holdouts = [...tally.holdouts()];
      // A given cut of records without entities leaves nothing to choose: all that lies after it is held out.
      const offered = heldOutFrom !== null && !hasEntities ? holdouts.slice(-1) : holdouts;
      for (const holdout of offered) best = better(best, holdout, cut, total, heldOutShare);
      if (heldOutFrom !== null) return best;
      next = tally.passedWeight + total / CUTS;
    }
    tally.passCut(order[place]!);
  }
  return best;
}

/** Whether the label of a record before the cut is known at the cut. */
export function isKnown(time: number, cut: number, labelDelay: number): boolean {
  return labelDelay === 0 ? time < cut : time + labelDelay <= cut;
}

/** Without times nothing is lost: what is not set aside is trained on. */
function planWithoutTime(tally: HoldoutTally, heldOutShare: number): HoldoutPlan | null {
  let best: HoldoutPlan | null = null;
  const all = [...tally.holdouts()];
  const whole = all[BUCKETS - 1]!;
  for (const holdout of all) {
    const rest = {
      train: whole.heldOut - holdout.heldOut,
      trainPositives: whole.heldOutPositives - holdout.heldOutPositives,
      trainWeight: whole.heldOutWeight - holdout.heldOutWeight,
    };
    best = better(best, { ...holdout, ...rest }, null, tally.totalWeight, heldOutShare);
  }
  return best;
}

function better(
  best: HoldoutPlan | null,
  holdout: Holdout,
  cut: number | null,
  total: number,
  wanted: number,
): HoldoutPlan | null {
  const { train, trainPositives, heldOut, heldOutPositives, trainWeight, heldOutWeight } = holdout;
  const positives = Math.min(trainPositives, heldOutPositives);
  if (positives < 1 || train === trainPositives || heldOut === heldOutPositives) return best;
  const used = trainWeight + heldOutWeight;
  const share = heldOutWeight / used;
  const outside = Math.max(0, wanted - share, share - wanted - BAND);
  const merit =
    used / total - 4 * outside - (positives < FEW_POSITIVES ? 0.2 : 0) - 0.01 * Math.abs(share - wanted);
  return best === null || merit > best.merit ? { ...holdout, cut, merit } : best;
}
