/** How a retraining ends. Every end but one leaves the champion in place, and says why. */

import { InputError } from '../errors.ts';
import type { Acceptance } from '../packs/pack.ts';
import { findShortage } from '../registry/acceptance.ts';
import type { GateResult } from '../registry/gate.ts';
import type { DatasetVersion } from './dataset-version.ts';
import { LeakFound } from './prepare-training.ts';

export type RetrainingOutcome =
  | 'too_few_labels'
  | 'one_class_only'
  | 'leak_found'
  | 'gate_failed'
  | 'not_enough_data'
  | 'same_as_champion'
  | 'rejected'
  | 'expired'
  | 'champion_changed'
  | 'another_running'
  | 'stopped'
  | 'cancelled'
  | 'failed'
  | 'promoted';

export interface RetrainingEnd {
  readonly outcome: RetrainingOutcome;
  /** For the one who started it. */
  readonly reason: string;
}

/** Null: there are labels enough to go on. */
export function endOfSnapshot(acceptance: Acceptance, { counts }: DatasetVersion): RetrainingEnd | null {
  return findShortage(acceptance, counts);
}

/** Null: the gate is open. */
export function endOfGate(gate: GateResult): RetrainingEnd | null {
  if (gate.challenger === gate.champion) {
    const reason = `The retraining led to model ${gate.challenger} again: the champion is what these records and labels make.`;
    return { outcome: 'same_as_champion', reason };
  }
  const failed = gate.criteria.filter(({ passed }) => !passed);
  if (failed.length === 0) return null;
  const outcome = gate.outcome === 'not_enough_data' ? 'not_enough_data' : 'gate_failed';
  return { outcome, reason: failed.map(({ sentence }) => sentence).join(' ') };
}

/** Of an error in any step. What is not meant for people is not shown: the log has it. */
export function endOfError(error: unknown): RetrainingEnd {
  if (error instanceof LeakFound) return { outcome: 'leak_found', reason: error.message };
  if (error instanceof InputError) return { outcome: 'failed', reason: error.message };
  return {
    outcome: 'failed',
    reason: 'An error occurred that is not about the data; the log of the step says which.',
  };
}
