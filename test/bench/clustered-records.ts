/**
 * Scored records of entities that are alike, for simulations of intervals and of the gate: an entity is suspicious as a whole and
 * some of its records are positive, and all of its scores are shifted by something of its own. Two models see the same
 * with noise of their own.
 */
import { averagePrecision } from '../../lib/evaluation/average-precision.ts';
import { Random } from '../../samples/generators/random.ts';

export interface Clustered {
  readonly entities: number;
  /** Records of an entity, on average; their number is geometric. */
  readonly size: number;
  /** Of all records, the share that is positive. */
  readonly positive: number;
  /** Of the records of a suspicious entity, the share that is positive: 1 / how clustered positives are. */
  readonly within: number;
  /** Standard deviation of what shifts all scores of an entity. */
  readonly shift: number;
  /** The same of all records of a day, and over how many days they are spread; absent: days are alike. */
  readonly dayShift?: number;
  readonly days?: number;
  /** How far positives lie above negatives, in standard deviations of a record's own noise. */
  readonly apart: number;
  /** Standard deviation of each model's own noise. */
  readonly noise: { readonly champion: number; readonly challenger: number };
}

export interface Drawn {
  readonly labels: Uint8Array;
  readonly entity: readonly string[];
  /** Null: the records have no time. */
  readonly day: readonly number[] | null;
  readonly champion: Float32Array;
  readonly challenger: Float32Array;
}

export function drawClustered(random: Random, given: Clustered): Drawn {
  const { dayShift = 0, days = 0 } = given;
  const ofDay = Array.from({ length: days }, () => dayShift * random.normal());
  const day: number[] = [];
  const labels: number[] = [];
  const entity: string[] = [];
  const champion: number[] = [];
  const challenger: number[] = [];
  for (let one = 0; one < given.entities; one++) {
    const shift = given.shift * random.normal();
    const isSuspicious = random.chance(given.positive / given.within);
    let more = true;
    while (more) {
      const label = isSuspicious && random.chance(given.within) ? 1 : 0;
      const when = days === 0 ? 0 : random.below(days);
      const seen = given.apart * label + shift + (ofDay[when] ?? 0) + random.normal();
      day.push(when);
      labels.push(label);
      entity.push(`e${one}`);
      champion.push(logistic(seen + given.noise.champion * random.normal() - 3));
      challenger.push(logistic(seen + given.noise.challenger * random.normal() - 3));
      more = random.chance(1 - 1 / given.size);
    }
  }
  return {
    labels: Uint8Array.from(labels),
    entity,
    day: days === 0 ? null : day,
    champion: Float32Array.from(champion),
    challenger: Float32Array.from(challenger),
  };
}

/** The noise of the challenger at which its PR-AUC is lower by `loss` than the champion's, on some 200,000 records. */
export function findNoise(given: Clustered, loss: number): number {
  let low = given.noise.champion;
  let high = low + 2;
  for (let step = 0; step < 12; step++) {
    const challenger = (low + high) / 2;
    const noise = { ...given.noise, challenger };
    const drawn = drawClustered(new Random(999, 0), {
      ...given,
      entities: Math.round(200_000 / given.size),
      noise,
    });
    const apart =
      averagePrecision(drawn.champion, drawn.labels) - averagePrecision(drawn.challenger, drawn.labels);
    if (apart < loss) low = challenger;
    else high = challenger;
  }
  return (low + high) / 2;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
