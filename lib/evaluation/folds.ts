/**
 * Deals records into folds 0 … k-1 by their entities. Every record of an entity is in the same fold, and folds have like numbers of
 * records and of positives: scikit-learn's StratifiedGroupKFold, as a greedy in one pass. Entities are dealt out largest first (ties
 * by a seeded hash), each to the fold where it adds least to Σ over folds and classes of (share of the class in the fold)², which is
 * smallest when all shares are equal.
 */
import { InputError } from '../errors.ts';
import { codeEntities } from './entity-codes.ts';
import { orderByScore } from './score-order.ts';

/** The fold of each record. `entities` null: every record is by itself, as is a record whose entity is null. Labels are 0 or 1. */
export function makeFolds(
  entities: readonly (string | null)[] | null,
  labels: Uint8Array,
  k: number,
  seed: number,
): Uint8Array {
  if (!(Number.isInteger(k) && k >= 2 && k <= 255)) throw new RangeError(`${k} folds; expected 2 to 255`);
  const { code, count, hash } = codeEntities(entities, String, labels.length, seed);
  const positives = new Float64Array(count);
  const negatives = new Float64Array(count);
  for (let row = 0; row < labels.length; row++) (labels[row] === 1 ? positives : negatives)[code[row]!]!++;
  const foldOf = dealEntities(positives, negatives, hash, k);
  return Uint8Array.from(code, (entity) => foldOf[entity]!);
}

/**
 * Spans of time as folds 0 … k-1, the earliest first: like numbers of records and positives in each, a period whole in one of them.
 * Null: some span would hold positives or negatives only.
 */
export function makeTimeFolds(period: readonly number[], labels: Uint8Array, k: number): Uint8Array | null {
  const count = period.reduce((most, one) => Math.max(most, one), 0) + 1;
  const rows = [new Float64Array(count), new Float64Array(count)] as const;
  const totals = [0, 0];
  for (const [row, one] of period.entries()) {
    rows[labels[row] === 1 ? 1 : 0][one]!++;
    totals[labels[row]!]!++;
  }
  if (totals.includes(0)) return null;
  const foldOf = new Uint8Array(count);
  const met = Array.from({ length: k }, () => [0, 0]);
  // Records and positives count alike: the middle of a period's share of both says where it belongs.
  for (let one = 0, before = 0; one < count; one++) {
    const [negatives, positives] = [rows[0][one]!, rows[1][one]!];
    const share = ((negatives + positives) / labels.length + positives / totals[1]!) / 2;
    const fold = Math.min(k - 1, Math.floor((before + share / 2) * k));
    foldOf[one] = fold;
    met[fold]![0]! += negatives;
    met[fold]![1]! += positives;
    before += share;
  }
  if (met.some((classes) => classes.includes(0))) return null;
  return Uint8Array.from(period, (one) => foldOf[one]!);
}

function dealEntities(
  positives: Float64Array,
  negatives: Float64Array,
  hash: Float64Array,
  k: number,
): Uint8Array {
  const perPositive = 1 / positives.reduce((total, count) => total + count, 0);
  const perNegative = 1 / negatives.reduce((total, count) => total + count, 0);
  const ofPositives = positives.map((count) => count * perPositive);
  const ofNegatives = negatives.map((count) => count * perNegative);
  const sizes = ofPositives.map((share, entity) => share ** 2 + ofNegatives[entity]! ** 2);
  const foldOf = new Uint8Array(hash.length);
  const foldPositives = new Float64Array(k);
  const foldNegatives = new Float64Array(k);
  for (const entity of orderByTwo(sizes, hash)) {
    const p = ofPositives[entity]!;
    const n = ofNegatives[entity]!;
    let best = 0;
    for (let fold = 1; fold < k; fold++) {
      const added = p * foldPositives[fold]! + n * foldNegatives[fold]!;
      if (added < p * foldPositives[best]! + n * foldNegatives[best]!) best = fold;
    }
    foldOf[entity] = best;
    foldPositives[best]! += p;
    foldNegatives[best]! += n;
  }
  refuseOneSided(foldPositives, foldNegatives, positives, negatives);
  return foldOf;
}

/** Entities by size, largest first, ties by hash. */
function orderByTwo(sizes: Float64Array, hash: Float64Array): Uint32Array {
  const byHash = orderByScore(hash);
  return orderByScore(Float64Array.from(byHash, (entity) => sizes[entity]!)).map((place) => byHash[place]!);
}

function refuseOneSided(
  foldPositives: Float64Array,
  foldNegatives: Float64Array,
  positives: Float64Array,
  negatives: Float64Array,
): void {
  if (foldPositives.every((share) => share > 0) && foldNegatives.every((share) => share > 0)) return;
  const withPositives = positives.filter((count) => count > 0).length;
  const withNegatives = negatives.filter((count) => count > 0).length;
  throw new InputError(
    `Cross-validation in ${foldPositives.length} folds needs positives and negatives in each: ` +
      `${withPositives === 1 ? '1 entity has' : `${withPositives} entities have`} positives and ${withNegatives} ${withNegatives === 1 ? 'has' : 'have'} negatives ` +
      'in the training part (where the pack names no entity, each record is one).',
  );
}
