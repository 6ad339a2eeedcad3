/**
 * Counts blocks of a drop's matrix by the bins of the training profiles, and measures the drift of each input. Memory is a few
 * numbers a bin, whatever the number of rows, and the result does not depend on how the rows were cut into blocks.
 */
import {
  chanceIndex,
  clampToFinite,
  jensenShannonDistance,
  sharesOfProfile,
  stabilityIndex,
} from './drift-bins.ts';
import { ENTITY_GROUPS } from './entity-groups.ts';
import type { InputDrift, InputProfile } from './evaluation.ts';

/** As JSON: a bin that nothing fell into has no smallest and no largest value. */
export interface DriftCounts {
  readonly rows: number;
  readonly counts: readonly number[];
  readonly low: readonly (number | null)[];
  readonly high: readonly (number | null)[];
  /** Of those groups of entities that have records; absent: it is not known which they are of. */
  readonly groups?: readonly GroupCounts[];
}

export interface GroupCounts {
  readonly group: number;
  readonly rows: number;
  readonly counts: readonly number[];
}

/** So few that their values stay in the nearest cache while input after input is counted. */
const ROWS_AT_ONCE = 64;

const finiteOrNull = (value: number): number | null => (Number.isFinite(value) ? value : null);

export class DriftCounter {
  readonly #profiles: readonly InputProfile[];
  /** Edges and bins of all inputs, one after the other: input i owns start[i] … start[i+1]-1, its last bin unbounded. */
  readonly #start: Int32Array;
  readonly #upper: Float64Array;
  /** By bin, and in it by group of entities: an input's lie side by side. */
  readonly #counts: Float64Array;
  readonly #groupRows = new Float64Array(ENTITY_GROUPS);
  /** Whether all rows came with their groups; without they count as of the first. */
  #isGrouped = true;
  /** Smallest and largest value met in each bin: the median is placed between them. */
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  #rows = 0;

  constructor(profiles: readonly InputProfile[]) {
    this.#profiles = profiles;
    this.#start = new Int32Array(profiles.length + 1);
    profiles.forEach(({ edges }, input) => {
      this.#start[input + 1] = this.#start[input]! + edges.length + 1;
    });
    this.#upper = Float64Array.from(profiles.flatMap(({ edges }) => [...edges, Number.POSITIVE_INFINITY]));
    this.#counts = new Float64Array(this.#upper.length * ENTITY_GROUPS);
    this.#low = new Float64Array(this.#upper.length).fill(Number.POSITIVE_INFINITY);
    this.#high = new Float64Array(this.#upper.length).fill(Number.NEGATIVE_INFINITY);
  }

  /** `values` is row-major, rows × profiles; NaN is missing. `groups`: the group of each row's entity. */
  add(values: Float32Array, rows: number, groups?: Uint8Array): void {
    if (groups === undefined) this.#isGrouped = false;
    const groupOf = groups ?? new Uint8Array(rows);
    for (let row = 0; row < rows; row++) this.#groupRows[groupOf[row]!]!++;
    for (let from = 0; from < rows; from += ROWS_AT_ONCE) {
      const end = Math.min(rows, from + ROWS_AT_ONCE);
      for (let input = 0; input < this.#profiles.length; input++)
        this.#addInput(input, values, groupOf, from, end);
    }
    this.#rows += rows;
  }

  /** A value is mostly the one before it again: a category's, a window's that is empty. */
  #addInput(input: number, values: Float32Array, groupOf: Uint8Array, from: number, end: number): void {
    const inputs = this.#profiles.length;
    const [upper, counts, low, high] = [this.#upper, this.#counts, this.#low, this.#high];
    const first = this.#start[input]!;
    let last = Number.NaN;
    let bin = first;
    for (let row = from, at = from * inputs + input; row < end; row++, at += inputs) {
      const read = values[at]!;
      if (read !== last) {
        if (Number.isNaN(read)) continue;
        last = read;
        const value = clampToFinite(read);
        bin = first;
        while (value > upper[bin]!) bin++;
        if (value < low[bin]!) low[bin] = value;
        if (value > high[bin]!) high[bin] = value;
      }
      counts[bin * ENTITY_GROUPS + groupOf[row]!]!++;
    }
  }

  /** What was counted so far, to be merged into another counter of the same profiles. */
  counts(): DriftCounts {
    return {
      rows: this.#rows,
      counts: Array.from(this.#low, (_, bin) => this.#countIn(bin)),
      low: [...this.#low].map(finiteOrNull),
      high: [...this.#high].map(finiteOrNull),
      ...(this.#isGrouped && { groups: this.#filledGroups() }),
    };
  }

  #countIn(bin: number): number {
    let count = 0;
    for (let at = bin * ENTITY_GROUPS; at < (bin + 1) * ENTITY_GROUPS; at++) count += this.#counts[at]!;
    return count;
  }

  #filledGroups(): GroupCounts[] {
    return [...this.#groupRows.entries()]
      .filter(([, rows]) => rows > 0)
      .map(([group, rows]) => ({
        ...{ group, rows },
        counts: Array.from(this.#low, (_, bin) => this.#counts[bin * ENTITY_GROUPS + group]!),
      }));
  }

  merge({ rows, counts, low, high, groups }: DriftCounts): void {
    this.#rows += rows;
    if (groups === undefined && rows > 0) this.#isGrouped = false;
    for (const { group, rows: own, counts: binned } of groups ?? [{ group: 0, rows, counts }]) {
      this.#groupRows[group]! += own;
      for (let bin = 0; bin < binned.length; bin++)
        this.#counts[bin * ENTITY_GROUPS + group]! += binned[bin]!;
    }
    for (let bin = 0; bin < this.#low.length; bin++) {
      this.#low[bin] = Math.min(this.#low[bin]!, low[bin] ?? Number.POSITIVE_INFINITY);
      this.#high[bin] = Math.max(this.#high[bin]!, high[bin] ?? Number.NEGATIVE_INFINITY);
    }
  }

  /** How far what was added is from the profiles; nothing added is no drift. */
  drift(): InputDrift[] {
    return this.#profiles.map((profile, input) =>
      this.#driftOf(profile, this.#start[input]!, this.#start[input + 1]!),
    );
  }

  #driftOf(profile: InputProfile, start: number, end: number): InputDrift {
    const then = sharesOfProfile(profile);
    const counts = Array.from({ length: end - start }, (_, at) => this.#countIn(start + at));
    const present = counts.reduce((total, count) => total + count, 0);
    const missing = this.#rows - present;
    const now = this.#rows === 0 ? then : [...counts, missing].map((count) => count / this.#rows);
    return {
      name: profile.name,
      psi: stabilityIndex(then, now),
      noise: this.#rows === 0 ? 0 : chanceIndex(then, now, this.#rows),
      jensenShannon: jensenShannonDistance(then, now),
      missingShare: this.#rows === 0 ? 0 : missing / this.#rows,
      median: present === 0 ? null : this.#medianWithin(start, present / 2),
    };
  }

  /** The value at `rank` of the ordered values, on a straight line through its bin: exact in a bin of one value. */
  #medianWithin(start: number, rank: number): number {
    let bin = start;
    let left = rank;
    while (left > this.#countIn(bin)) left -= this.#countIn(bin++);
    const [low, high] = [this.#low[bin]!, this.#high[bin]!];
    return low + (high - low) * (left / this.#countIn(bin));
  }
}
