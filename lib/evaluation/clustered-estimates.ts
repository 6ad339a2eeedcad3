/**
 * Intervals where records are not independent: those of one entity are alike, and so are those of one time. The errors are
 * those of lib/evaluation/cluster-error.ts, those of areas by leaving out each entity. Of two ways of being alike they add up, less what both have in common
 * (Cameron, Gelbach & Miller 2011). Shares keep the shape of Wilson's interval, with as many trials as the error is worth
 * (as survey statistics do it: Dean & Pagano 2015); areas are symmetric on their logit.
 */

import {
  type ClusterError,
  type Clusters,
  clusterError,
  correctSmall,
  halfWidth,
  leaveOut,
} from './cluster-error.ts';
import type { AtThreshold, Estimate } from './evaluation.ts';
import {
  type LinearizedArea,
  linearizeAveragePrecision,
  linearizeRocAuc,
  linearizeShare,
} from './influence.ts';
import { logitEstimate, wilsonEstimate } from './intervals.ts';
import { normalWidth } from './normal-quantile.ts';
import { effectiveCount } from './score-groups.ts';
import type { Scored } from './scored.ts';

/** What makes records alike. */
export interface Dependence {
  readonly entity: Clusters;
  /** Null: the records have no time. */
  readonly period: Clusters | null;
}

/** Resting on fewer entities no interval keeps its promise: there is none. */
const MIN_ENTITIES = 4;

export function estimateClustered(
  { scores, labels, weights }: Scored,
  threshold: number,
  dependence: Dependence,
  confidence: number,
): Pick<AtThreshold, 'precision' | 'recall' | 'falsePositiveRate'> & Record<'rocAuc' | 'prAuc', Estimate> {
  const rows = labels.length;
  const isFlagged = (row: number) => scores[row]! >= threshold;
  const flagged = (row: number) => (isFlagged(row) ? 1 : 0);
  const share = (part: (row: number) => number, isOf: (row: number) => boolean) =>
    estimateShare({ rows, part, isOf, weights }, dependence, confidence);
  return {
    rocAuc: estimateArea(linearizeRocAuc(scores, labels, weights), labels, dependence, confidence),
    prAuc: estimateArea(linearizeAveragePrecision(scores, labels, weights), labels, dependence, confidence),
    precision: share((row) => labels[row]!, isFlagged),
    recall: share(flagged, (row) => labels[row] === 1),
    falsePositiveRate: share(flagged, (row) => labels[row] === 0),
  };
}

function estimateArea(
  { value, influence, portion }: LinearizedArea,
  labels: Uint8Array,
  dependence: Dependence,
  confidence: number,
): Estimate {
  const { effectiveEntities } = dependentError(() => influence, dependence);
  const error = dependentError((clusters) => leaveOut(influence, portion, labels, clusters), dependence);
  if (effectiveEntities < MIN_ENTITIES) return { value, low: null, high: null };
  const { standardError, degreesOfFreedom } = correctSmall(error);
  return logitEstimate(value, standardError, confidence, degreesOfFreedom);
}

export interface Share {
  readonly rows: number;
  /** What a record counts, 0 to 1. */
  readonly part: (row: number) => number;
  /** Whether it is of those that the share is of. */
  readonly isOf: (row: number) => boolean;
  readonly weights: Float64Array | undefined;
}

/** A share (0 to 1) with bounds at `confidence` that allow for records of one entity being alike; null with too few entities. */
export function estimateShare(share: Share, dependence: Dependence, confidence: number): Estimate {
  const { rows, part, isOf, weights } = share;
  const { value, influence } = linearizeShare(rows, part, isOf, weights);
  if (Number.isNaN(value)) return { value: 0, low: null, high: null };
  const entities = countEntities(share, dependence.entity);
  if (entities < MIN_ENTITIES) return { value, low: null, high: null };
  // All alike: the error is not known, but there are no more trials than entities.
  if (value < 1e-12 || value > 1 - 1e-12) return wilsonEstimate(value, entities, confidence);
  const width = halfWidth(
    dependentError(() => influence, dependence),
    confidence,
  );
  return wilsonEstimate(value, (value * (1 - value)) / (width / normalWidth(confidence)) ** 2, confidence);
}

/** Kish's effective number of the entities that the share is of. */
function countEntities({ rows, isOf, weights }: Share, { code, count }: Clusters): number {
  const sums = new Float64Array(count);
  for (let row = 0; row < rows; row++) if (isOf(row)) sums[code[row]!]! += weights?.[row] ?? 1;
  let total = 0;
  let squares = 0;
  for (const own of sums) {
    total += own;
    squares += own ** 2;
  }
  return effectiveCount(total, squares);
}

function dependentError(
  influenceBy: (clusters: Clusters) => Float64Array,
  { entity, period }: Dependence,
): ClusterError {
  const errorBy = (clusters: Clusters) => clusterError(influenceBy(clusters), clusters);
  const byEntity = errorBy(entity);
  if (period === null) return byEntity;
  const byPeriod = errorBy(period);
  const inBoth = errorBy(crossed(entity, period));
  const variance = byEntity.standardError ** 2 + byPeriod.standardError ** 2 - inBoth.standardError ** 2;
  if (variance <= byEntity.standardError ** 2) return byEntity;
  return {
    standardError: Math.sqrt(variance),
    effectiveEntities: Math.min(byEntity.effectiveEntities, byPeriod.effectiveEntities),
  };
}

/** The records of one entity at one time. */
function crossed(entity: Clusters, period: Clusters): Clusters {
  const known = new Map<number, number>();
  const code = entity.code.map((own, row) => {
    const key = own * period.count + period.code[row]!;
    const place = known.get(key) ?? known.size;
    known.set(key, place);
    return place;
  });
  return { code, count: known.size };
}

/** Of some rows. */
export function pickDependence({ entity, period }: Dependence, rows: readonly number[]): Dependence {
  const pick = ({ code, count }: Clusters): Clusters => ({
    code: Int32Array.from(rows, (row) => code[row]!),
    count,
  });
  return { entity: pick(entity), period: period && pick(period) };
}
