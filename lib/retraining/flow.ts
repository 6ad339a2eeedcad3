/**
 * What passes through the state machine of a retraining. The id is the execution's name, so that the one who starts it can ask for
 * it; anything large uses the files of its folder (work-files.ts).
 *
 *     snapshot ─► prepare ─► tune (map) ─► choose ─► train (map) ─► assemble ─► compare ─► propose ─► await ─► finalize
 *         └──────────┴────────────── an end found, or an error ─────────┴──────────┴─────────┴──────────┴──► end
 */
import { z } from 'zod';
import type { TreeGroup } from '../forest/train/random-forest.ts';
import type { FoldTask } from '../training/cross-validation.ts';
import type { RetrainingEnd } from './outcome.ts';
import type { TrainingPlan } from './training-plan.ts';

/** The input of an execution. */
export const RetrainingRequest = z.object({
  domain: z.string().regex(/^[a-z0-9][a-z0-9_-]*$/, 'expected the name of a domain'),
  /** A person, or a part of the system: the schedule, the monitor. */
  startedBy: z.string().min(1),
  tune: z.boolean().default(true),
  algorithm: z.enum(['forest', 'boosting']).nullable().default(null),
  resample: z.enum(['none', 'undersample', 'smote']).default('none'),
  seed: z.number().int().default(1),
});

export interface RetrainingRef {
  readonly id: string;
  /** ISO 8601: labels that become known later are left out. */
  readonly startedAt: string;
  /** As it was asked for, to be read by `RetrainingRequest`. */
  readonly request: z.input<typeof RetrainingRequest>;
}

export function planOf({ request }: RetrainingRef): TrainingPlan & { domain: string; startedBy: string } {
  return RetrainingRequest.parse(request);
}

/** What a state may be asked to do; each is one call of the function. */
export type StepInput = { readonly retraining: RetrainingRef } & (
  | { readonly step: 'snapshot' | 'prepare' | 'choose' | 'assemble' | 'compare' }
  | { readonly step: 'tune'; readonly task: FoldTask }
  | { readonly step: 'train'; readonly group: TreeGroup }
  | { readonly step: 'propose'; readonly challenger: string; readonly approvalSeconds: number }
  | { readonly step: 'await'; readonly challenger: string; readonly token: string }
  | { readonly step: 'finalize'; readonly challenger: string }
  | { readonly step: 'end'; readonly end: RetrainingEnd }
  | { readonly step: 'end'; readonly error: { readonly Error: string; readonly Cause: string } }
);

export type StepName = StepInput['step'];

/** What a state leaves in the flow. */
export interface StepOutcome {
  /** There: the retraining ends here. */
  readonly end?: RetrainingEnd;
  /** Of `prepare`: the items of the map that tunes. */
  readonly tasks?: readonly FoldTask[];
  /** Of `choose`: the items of the map that trains. */
  readonly groups?: readonly TreeGroup[];
  /** Of `compare`: the version of the model that was made. */
  readonly challenger?: string;
}

/** What Step Functions reports of an execution that ended by itself: stopped by someone, out of time, or failed beyond its own end. */
export interface StoppedExecution {
  readonly detail: {
    readonly name: string;
    readonly status: string;
    /** Milliseconds since 1970. */
    readonly startDate: number;
    /** JSON; null where it was too large to be passed on. */
    readonly input: string | null;
  };
}

/** A retraining whose machine stopped ends all the same, with its reason. */
export function stepOf(event: StepInput | StoppedExecution): StepInput {
  if (!('detail' in event)) return event;
  const { name: id, status, startDate, input } = event.detail;
  const request = JSON.parse(input ?? '{}') as RetrainingRef['request'];
  const how =
    status === 'ABORTED' ? 'was stopped by hand' : status === 'TIMED_OUT' ? 'ran out of time' : 'failed';
  return {
    step: 'end',
    retraining: { id, startedAt: new Date(startDate).toISOString(), request },
    end: {
      outcome: 'failed',
      reason: `Its state machine ${how}; the model that decided before still decides.`,
    },
  };
}
