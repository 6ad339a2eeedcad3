/**
 * What a cut in time and a share of entities set aside would hold out and train on, kept up to date while the cut moves forward
 * a record at a time. Entities fall into `BUCKETS` buckets by their hash; setting aside a share q sets aside the first
 * q × BUCKETS buckets, so a single pass over the buckets gives every share at once.
 *
 *                      before the cut        after the cut
 *     set aside        lost  (*)             held out
 *     not set aside    trained on            lost
 *
 *     (*) trained on after all where the entity has no record after the cut: it cannot be met in the held-out part.
 *
 * Where labels are known only after a delay, a record first passes the cut, and is in neither part until the delay has passed, too.
 */
import type { EntityCodes } from './entity-codes.ts';

export const BUCKETS = 1000;

export interface Holdout {
  /** Buckets set aside. */
  readonly buckets: number;
  readonly train: number;
  readonly trainPositives: number;
  readonly heldOut: number;
  readonly heldOutPositives: number;
  /** How many records they stand for. */
  readonly trainWeight: number;
  readonly heldOutWeight: number;
}

export class HoldoutTally {
  readonly bucketOf: Uint16Array;
  readonly #entities: EntityCodes;
  readonly #labels: Uint8Array;
  readonly #weights: Float64Array | undefined;
  /** An entity's records (and positives) before and after the cut. */
  readonly #before: Int32Array;
  readonly #beforePositives: Int32Array;
  readonly #beforeWeight: Float64Array;
  readonly #after: Int32Array;
  /** By bucket: what setting it aside holds out, and what it takes away from training. */
  readonly #held = new Float64Array(BUCKETS);
  readonly #heldPositives = new Float64Array(BUCKETS);
  readonly #lost = new Float64Array(BUCKETS);
  readonly #lostPositives = new Float64Array(BUCKETS);
  readonly #heldWeight = new Float64Array(BUCKETS);
  readonly #lostWeight = new Float64Array(BUCKETS);
  #early = 0;
  #passedWeight = 0;
  #earlyWeight = 0;
  #earlyPositives = 0;

  /** All of `rows` lie after the cut at first. */
  constructor(entities: EntityCodes, labels: Uint8Array, rows: Uint32Array, weights?: Float64Array) {
    this.#entities = entities;
    this.#labels = labels;
    this.#weights = weights;
    this.bucketOf = Uint16Array.from(entities.hash, (hash) => Math.floor(hash * BUCKETS));
    this.#before = new Int32Array(entities.count);
    this.#beforePositives = new Int32Array(entities.count);
    this.#beforeWeight = new Float64Array(entities.count);
    this.#after = new Int32Array(entities.count);
    for (const row of rows) {
      const entity = entities.code[row]!;
      this.#after[entity]!++;
      this.#held[this.bucketOf[entity]!]!++;
      this.#heldWeight[this.bucketOf[entity]!]! += weights?.[row] ?? 1;
      this.#heldPositives[this.bucketOf[entity]!]! += labels[row]!;
    }
  }

  /** Of the records before the cut. */
  get passedWeight(): number {
    return this.#passedWeight;
  }

  /** Of the records before the cut and after it. */
  get totalWeight(): number {
    return this.#heldWeight.reduce((sum, weight) => sum + weight, this.#passedWeight);
  }

  /** The cut moves past one record, whose label is known at once. */
  moveBefore(row: number): void {
    this.passCut(row);
    this.learnLabel(row);
  }

  /** The cut moves past one record: it is held out no more. */
  passCut(row: number): void {
    const entity = this.#entities.code[row]!;
    const bucket = this.bucketOf[entity]!;
    const label = this.#labels[row]!;
    const weight = this.#weights?.[row] ?? 1;
    this.#held[bucket]!--;
    this.#heldWeight[bucket]! -= weight;
    this.#heldPositives[bucket]! -= label;
    this.#passedWeight += weight;
    if (--this.#after[entity]! > 0) return;
    this.#lost[bucket]! -= this.#before[entity]!;
    this.#lostWeight[bucket]! -= this.#beforeWeight[entity]!;
    this.#lostPositives[bucket]! -= this.#beforePositives[entity]!;
  }

  /** A record that has passed the cut may be trained on from here. */
  learnLabel(row: number): void {
    const entity = this.#entities.code[row]!;
    const bucket = this.bucketOf[entity]!;
    const label = this.#labels[row]!;
    const weight = this.#weights?.[row] ?? 1;
    this.#early++;
    this.#earlyWeight += weight;
    this.#earlyPositives += label;
    if (this.#after[entity]! > 0) {
      this.#lost[bucket]!++;
      this.#lostWeight[bucket]! += weight;
      this.#lostPositives[bucket]! += label;
    }
    this.#before[entity]!++;
    this.#beforeWeight[entity]! += weight;
    this.#beforePositives[entity]! += label;
  }

  /** Every share of entities at this cut. */
  *holdouts(): Generator<Holdout> {
    let train = this.#early;
    let trainWeight = this.#earlyWeight;
    let trainPositives = this.#earlyPositives;
    let heldOut = 0;
    let heldOutPositives = 0;
    let heldOutWeight = 0;
    for (let bucket = 0; bucket < BUCKETS; bucket++) {
      train -= this.#lost[bucket]!;
      trainWeight -= this.#lostWeight[bucket]!;
      trainPositives -= this.#lostPositives[bucket]!;
      heldOut += this.#held[bucket]!;
      heldOutWeight += this.#heldWeight[bucket]!;
      heldOutPositives += this.#heldPositives[bucket]!;
      const counts = { train, trainPositives, heldOut, heldOutPositives };
      yield { buckets: bucket + 1, ...counts, trainWeight, heldOutWeight };
    }
  }
}
