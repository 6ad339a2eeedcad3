/**
 * What passes through the state machine of a drop, from its arrival to its end. One type for all of it: each state's payload
 * is a pick of it, so a change breaks the compiler, not production. Anything large (the plan, tables) uses the store,
 * under keys that follow from the drop's id; what stands here stays under the 256 KB of a state's payload.
 *
 *     plan ─► whole ──────────────────────────────────────────────────────► publish (map) ─► finish
 *        └──► intake (map) ─► identify (map) ─► windows (map) ─► score (map) ─► assemble ─┘
 *
 * A drop that is done goes on where a model waits for approval: as the shadow of itself, which that model takes through the same
 * stages. What it leaves is a comparison; whatever becomes of it, the drop stays done.
 *
 *     finish ─► shadow ─► intake (map) ─► identify (map) ─► windows (map) ─► score (map) ─► shadow ─► finish
 */

/** A delivered object, as the bucket's event names it. */
export interface DropRef {
  /** `d-` and 20 hex digits of a sha256 over bucket, key and version: the same event twice is the same drop. */
  readonly id: string;
  readonly domain: string;
  readonly bucket: string;
  /** Of the object; where the domain's records are erasable, with a hash in place of the file's name. */
  readonly key: string;
  /** Then the object's key, sealed under a key of the drop. */
  readonly sealedKey?: string;
  readonly version: string;
  readonly bytes: number;
  /** ISO 8601, from the event. */
  readonly receivedAt: string;
  /** Of a shadow: the drop that was decided. All that a shadow leaves in the store expires with its work. */
  readonly shadowOf?: string;
}

/** What the plan leaves in the payload. The plan itself is the object `work/<drop>/plan.json`. */
export interface PlannedDrop {
  readonly mode: 'whole' | 'parts';
  /** 0 … n−1 each: the items of the maps. */
  readonly ranges: readonly number[];
  readonly partitions: readonly number[];
  readonly windows: readonly WindowTask[];
  /** Whether the stages that see the whole drop need more than a function has. Absent: an earlier version planned it. */
  readonly isLarge?: boolean;
}

/** A partition of the records by the key of a window group. */
export interface WindowTask {
  readonly group: number;
  readonly partition: number;
}

export interface AssembledDrop {
  /** Pieces of what is put before people, by name: the items of the map that stores them. */
  readonly chunks: readonly string[];
}

export interface DropFlow {
  readonly drop: DropRef;
  /** 1, and one more each time it is retried. */
  readonly attempt: number;
  readonly plan: PlannedDrop;
  readonly assembled: AssembledDrop;
  readonly shadow: ShadowFlow;
  readonly range: number;
  readonly partition: number;
  readonly window: WindowTask;
  readonly chunk: string;
  /** What a state that failed leaves behind. */
  readonly error: DropError;
}

export interface DropError {
  readonly Error: string;
  readonly Cause: string;
  /** Of an erasable drop the words, which may quote the file, sealed under its key. */
  readonly Sealed?: string;
}

export type PlanInput = Pick<DropFlow, 'drop' | 'attempt'>;
export type WholeInput = Pick<DropFlow, 'drop'>;
export type IntakeInput = Pick<DropFlow, 'drop' | 'range'>;
export type IdentifyInput = Pick<DropFlow, 'drop' | 'partition'>;
export type WindowsInput = Pick<DropFlow, 'drop' | 'window'>;
export type ScoreInput = Pick<DropFlow, 'drop' | 'partition'>;
export type AssembleInput = Pick<DropFlow, 'drop'>;
export type PublishInput = Pick<DropFlow, 'drop' | 'chunk'>;
export type FinishInput = Pick<DropFlow, 'drop' | 'attempt'>;
/** Of a drop whose shadow has come to an end, or of that shadow: nothing reads what was delivered any more. */
export type EndedInput = FinishInput & { readonly ended: true };
/** As the flow goes on with a shadow: its own drop and plan in place of those that it began with. */
export type ShadowFlow = Pick<DropFlow, 'drop' | 'attempt' | 'plan'>;
/** Of the drop itself, to begin; of its shadow, once that is scored; with an error, to report it. */
export type ShadowInput = Pick<DropFlow, 'drop' | 'attempt'>;
export type ShadowFailInput = Pick<DropFlow, 'drop' | 'attempt' | 'error'>;
export type FailInput = Pick<DropFlow, 'drop' | 'attempt' | 'error'>;
