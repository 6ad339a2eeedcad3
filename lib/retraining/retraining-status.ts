/** How far a retraining has come, as those see it who wait for it. */
import { InputError } from '../errors.ts';
import type { RetrainingOutcome } from './outcome.ts';

/** Under way, waiting for two people, or ended: then how. */
export const RETRAINING_STATES = [
  'running',
  'awaiting_approval',
  'too_few_labels',
  'one_class_only',
  'leak_found',
  'gate_failed',
  'not_enough_data',
  'same_as_champion',
  'rejected',
  'expired',
  'champion_changed',
  'another_running',
  'stopped',
  'cancelled',
  'failed',
  'promoted',
] as const satisfies readonly ('running' | 'awaiting_approval' | RetrainingOutcome)[];

export type RetrainingState = (typeof RETRAINING_STATES)[number];

export interface RetrainingStatus {
  readonly id: string;
  readonly domain: string;
  readonly state: RetrainingState;
  /** The step it is in, or ended in; null: it was only asked for. */
  readonly step: string | null;
  readonly started_by: string;
  /** ISO 8601. */
  readonly started_at: string;
  readonly updated_at: string;
  /** Why it ended as it did; null until then. */
  readonly reason: string | null;
  /** The model that it made; null: none yet. */
  readonly challenger: string | null;
}

/** One that has not moved for so long was broken off, and stands in the way of none. */
const MAX_STEP_MS = 24 * 3_600_000;

/** Whether no other of its domain may start. */
export function isUnderWay(
  { state, updated_at }: Pick<RetrainingStatus, 'state' | 'updated_at'>,
  now: number,
): boolean {
  return state === 'running' && now - Date.parse(updated_at) < MAX_STEP_MS;
}

/** Why a retraining is not started, or not cancelled. */
export class RetrainingRefused extends InputError {}

/** The sentence that refuses a second retraining of a domain. */
export function anotherRunning(domain: string, id: string): string {
  return `Retraining ${id} of ${domain} is under way: wait for its end, or cancel it.`;
}

/** Whether nothing more happens to it by itself or by people. */
export function hasEnded({ state }: Pick<RetrainingStatus, 'state'>): boolean {
  return state !== 'running' && state !== 'awaiting_approval';
}

/** A retraining's id: those of later ones sort behind. `chance` is a random number from 0 to 1. */
export function retrainingId(startedAt: number, chance: number): string {
  const time = Math.floor(startedAt).toString(16).padStart(11, '0');
  const rest = Math.floor(chance * 16 ** 9)
    .toString(16)
    .padStart(9, '0');
  return `r-${time}${rest}`;
}
