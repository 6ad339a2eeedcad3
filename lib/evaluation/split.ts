/**
 * Gives each record a side: train, held-out, or unused, by its entity and time. Everything held out lies later in time than
 * everything trained on AND shares no entity with it, so a held-out figure is what to expect of tomorrow's records of accounts never
 * seen. What fits neither side is unused, and counted.
 *
 * An entity is set aside if its seeded hash is below q; the held-out part is what set-aside entities do from the cut c on,
 * so it is an even sample of all entities active then. The training part is what lies before c, of entities that are not
 * set aside or that have ended by c. The cut and q are chosen to use as many records as possible with a share h of the
 * used ones held out. If every entity is active all the time and a share t of the records lies before the cut:
 *
 *     train = t (1 - q),   held-out = (1 - t) q,   used is greatest, for a given h, at   t = 1 - q,   q = 1 / (1 + √((1 - h) / h))
 *
 * h = 0.2 gives q = 1/3, t = 2/3 and 5/9 of the records used: the price of keeping both promises. If entities come and go
 * (batches), q grows towards 1 and nearly everything is used. The real records decide: 200 cuts × 1000 shares are counted
 * exactly in one pass over the sorted times (see HoldoutTally).
 *
 * Where a label is known only after a delay d, what is trained on lies before c - d: at c, when the held-out part begins, no later label
 * was known. Records from c - d to c are unused.
 *
 * Without times the promise is by entity alone, without entities by time alone (every record is its own entity: q = 1), and
 * without both the records are split at random by the hash of their ids, each class by itself.
 */

import { InputError } from '../errors.ts';
import { codeEntities, type EntityCodes } from './entity-codes.ts';
import { type HoldoutPlan, isKnown, planHoldout } from './holdout-plan.ts';
import { HoldoutTally } from './holdout-tally.ts';
import { orderByScore } from './score-order.ts';
import type { SplitSummary } from './split-summary.ts';

export const SIDE = { unused: 0, train: 1, heldOut: 2 } as const;

export interface SplitColumns {
  readonly id: readonly string[];
  /** null: a record that is an entity of its own. */
  readonly entity: readonly (string | null)[];
  /** In any unit that grows with time; null: unknown, which leaves the record unused where others have times. */
  readonly time: readonly (number | null)[];
  readonly labels: Uint8Array;
}

export interface SplitOptions {
  /** Share of the used records to hold out; up to five points more are as welcome. */
  readonly heldOutShare: number;
  readonly seed: number;
  /** How many records each stands for: shares are of these. 1 each by default. */
  readonly weights?: Float64Array;
  /** How long after a record its label is known, in the unit of times; 0 by default. */
  readonly labelDelay?: number;
  /** The cut, in the unit of times; the best one is looked for by default. */
  readonly heldOutFrom?: number;
  /** How the cut time reads in the summary; the plain number by default. */
  readonly formatTime?: (time: number) => string;
}

export interface RecordSplit {
  /** One of SIDE a record. */
  readonly side: Uint8Array;
  readonly summary: SplitSummary;
}

export function splitByEntityAndTime(columns: SplitColumns, options: SplitOptions): RecordSplit {
  const { id, labels } = columns;
  if (!(options.heldOutShare > 0 && options.heldOutShare < 1)) {
    throw new RangeError(`heldOutShare ${options.heldOutShare} is not between 0 and 1`);
  }
  const times = columns.time.some((time) => time !== null)
    ? Float64Array.from(columns.time, (time) => time ?? Number.NaN)
    : null;
  const entities = columns.entity.some((entity) => entity !== null) ? columns.entity : null;
  if (times === null && entities === null) {
    const side = splitEachClass(id, labels, options);
    return { side, summary: summarize('random by record id, each class by itself', side, labels, null) };
  }
  const codes = codeEntities(entities, (row) => id[row]!, labels.length, options.seed);
  const order = times === null ? allRows(labels.length) : rowsByTime(times);
  const tally = new HoldoutTally(codes, labels, order, options.weights);
  const { heldOutShare, labelDelay = 0, heldOutFrom = null } = options;
  const hasEntities = entities !== null;
  const plan = planHoldout(tally, order, times, { heldOutShare, labelDelay, heldOutFrom, hasEntities });
  if (plan === null) throw refuse(labels, codes.count);
  const side = takeSides(plan, codes, tally.bucketOf, order, times, labelDelay);
  const method = entities === null ? 'by time' : times === null ? 'by entity' : 'by entity and time';
  const cutTime = plan.cut === null ? null : (options.formatTime ?? String)(plan.cut);
  return { side, summary: summarize(method, side, labels, cutTime) };
}

function takeSides(
  plan: HoldoutPlan,
  { code, count }: EntityCodes,
  bucketOf: Uint16Array,
  order: Uint32Array,
  times: Float64Array | null,
  labelDelay: number,
): Uint8Array {
  const { cut, buckets } = plan;
  const side = new Uint8Array(code.length);
  const met = new Uint8Array(count);
  const isAfter = (row: number) => times === null || times[row]! >= cut!;
  const isLearned = (row: number) => times === null || isKnown(times[row]!, cut!, labelDelay);
  for (const row of order) if (isAfter(row)) met[code[row]!] = 1;
  for (const row of order) {
    const entity = code[row]!;
    const aside = bucketOf[entity]! < buckets;
    if (aside && isAfter(row)) side[row] = SIDE.heldOut;
    else if (isLearned(row) && !(aside && met[entity] === 1)) side[row] = SIDE.train;
  }
  return side;
}

/** Of each class the records with the smallest hashes are held out; at least one, if there are two. */
function splitEachClass(ids: readonly string[], labels: Uint8Array, options: SplitOptions): Uint8Array {
  const { hash } = codeEntities(null, (row) => ids[row]!, labels.length, options.seed);
  const side = new Uint8Array(labels.length);
  const ascending = orderByScore(hash).reverse();
  const counts = [0, 0];
  for (const label of labels) counts[label]!++;
  const wanted = counts.map((count) =>
    Math.min(count - 1, Math.max(1, Math.round(count * options.heldOutShare))),
  );
  if (counts.some((count) => count < 2)) throw refuse(labels, labels.length);
  for (const row of ascending) side[row] = wanted[labels[row]!]!-- > 0 ? SIDE.heldOut : SIDE.train;
  return side;
}

function summarize(
  method: string,
  side: Uint8Array,
  labels: Uint8Array,
  cutTime: string | null,
): SplitSummary {
  const rows = [0, 0, 0];
  const positives = [0, 0, 0];
  for (let row = 0; row < side.length; row++) {
    rows[side[row]!]!++;
    positives[side[row]!]! += labels[row]!;
  }
  return {
    method,
    train: rows[SIDE.train]!,
    trainPositives: positives[SIDE.train]!,
    heldOut: rows[SIDE.heldOut]!,
    heldOutPositives: positives[SIDE.heldOut]!,
    unused: rows[SIDE.unused]!,
    cutTime,
  };
}

function refuse(labels: Uint8Array, entities: number): InputError {
  const positives = labels.reduce((total, label) => total + label, 0);
  return new InputError(
    `The records cannot be split into a training and a held-out part that both have positives and negatives: ` +
      `${labels.length} labelled records, ${positives} of them positive, of ${entities === 1 ? 'one entity' : `${entities} entities`}.`,
  );
}

function allRows(rows: number): Uint32Array {
  return Uint32Array.from({ length: rows }, (_, row) => row);
}

/** Positions of the records that have a time, earliest first. */
function rowsByTime(times: Float64Array): Uint32Array {
  const known = allRows(times.length).filter((row) => !Number.isNaN(times[row]!));
  const order = orderByScore(Float64Array.from(known, (row) => times[row]!)).reverse();
  return order.map((place) => known[place]!);
}
