/**
 * One entry of the process and audit-trail log, and what makes a quality unit write a deviation about it: never one thing
 * alone, but a reading near its limit on a machine long uncalibrated, a tired and unskilled hand at night, a late entry of
 * a doubtful reading, a changed record without a good reason, material that waited too long.
 */
import type { Equipment, Operator, Product, Step } from './pharma-plant.ts';

export interface Entry {
  /** When it was done and when it was written down: seconds since 1970. */
  readonly performedAt: number;
  readonly recordedAt: number;
  readonly batch: string;
  readonly product: Product;
  readonly site: string;
  readonly step: Step;
  readonly sequence: number;
  readonly operator: Operator;
  /** The second person; null while there is nothing to check yet. */
  readonly checker: Operator | null;
  /** Whether the audit trail recorded when the entry was made. */
  readonly auditTrail: boolean;
  readonly equipment: Equipment;
  /** Day number of the last calibration. */
  readonly calibratedDay: number;
  /** Unknown while the step is in progress, as is the reading. */
  readonly minutes: number | null;
  /** Distance from the target in tolerances: beyond ±1 it is out of specification. */
  readonly position: number | null;
  readonly type: 'create' | 'modify' | 'delete';
  readonly reason: string;
  readonly status: 'in_progress' | 'completed';
  /** How likely it leads to a deviation, 0 to 1. */
  readonly risk: number;
}

export interface Circumstances {
  readonly step: Step;
  readonly position: number;
  /** Days since calibration over the interval allowed. */
  readonly calibrationAge: number;
  readonly night: boolean;
  /** Entries the operator has made in this shift. */
  readonly workload: number;
  readonly skill: number;
  /** Minutes at another step by hand at the same time. */
  readonly overlap: number;
  readonly selfChecked: boolean;
  /** Waiting time over the usual. */
  readonly waited: number;
  readonly lateHours: number;
  /** The site's system was down: everyone enters late, and no one is to blame. */
  readonly outage: boolean;
  readonly outOfOrder: boolean;
  readonly repeat: 'none' | 'planned' | 'unplanned';
  readonly difficulty: number;
}

/** Rises from 0 to 1 around a point, within about twice the width on each side. */
function rise(value: number, point: number, width: number): number {
  return 1 / (1 + Math.exp((point - value) / width));
}

/** Several causes, each able to lead to a deviation alone: none of them strikes with the product of the complements. */
export function riskOf(c: Circumstances): number {
  const distance = Math.abs(c.position);
  const drift = 0.92 * rise(distance, 0.68, 0.025) * rise(c.calibrationAge, 0.5, 0.02);
  const outside = 0.6 * rise(distance, 1.02, 0.01);
  const fatigue = c.night ? 0.9 * rise(c.workload, 5.2, 0.2) * rise(-c.skill, 0.3, 0.08) : 0;
  const waiting = (c.step.perishable ? 0.93 : 0.02) * rise(c.waited, 2.7, 0.08);
  const late = c.outage ? 0 : 0.92 * rise(c.lateHours, 2.2, 0.1) * rise(distance, 0.35, 0.025);
  const order = c.outOfOrder ? (c.step.movable ? 0.02 : 0.9) : 0;
  const repeat = c.repeat === 'unplanned' ? 0.45 + 0.8 * c.difficulty : 0;
  const twoPlaces = c.step.manual ? 0.8 * rise(c.overlap, 12, 1.5) : 0;
  const unchecked = c.selfChecked ? (c.step.manual ? 0.85 : 0.1) : 0;
  const chance = 0.0012 * (1 + c.difficulty);
  let spared = 1;
  const causes = [drift, outside, fatigue, waiting, late, order, repeat, twoPlaces, unchecked, chance];
  for (const cause of causes) spared *= 1 - cause;
  return 1 - spared;
}

export interface Change {
  readonly position: number;
  /** The reason says nothing. */
  readonly vague: boolean;
  readonly night: boolean;
  readonly auditTrail: boolean;
}

/** A completed record changed afterwards: grave if the reading was doubtful and the reason says nothing, or no trail shows it. */
export function riskOfChange({ position, vague, night, auditTrail }: Change): number {
  const doubtful = rise(Math.abs(position), 0.45, 0.03);
  if (!auditTrail) return vague || Math.abs(position) > 0.45 ? 0.9 : 0.25;
  return vague ? 0.06 + 0.86 * doubtful + (night ? 0.06 : 0) : 0.01 + 0.05 * doubtful;
}
