/**
 * A drop's plan: everything that its stages must agree on, decided once and stored as an object, so that a stage that is run again
 * does the same again, whatever has changed around it since.
 */

import type { HistoryEntry } from '../history/history-entry.ts';
import type { Past } from '../history/past.ts';
import type { TextRange } from '../intake/cut-ranges.ts';
import type { Delivery } from '../intake/delivery.ts';
import type { ShapeCounts } from '../intake/shape-counts.ts';
import type { ObjectStore } from '../object-store.ts';
import type { Erasable } from '../privacy/erasable.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef, PlannedDrop } from './flow.ts';
import type { CurrentRates } from './stored-rates.ts';

export interface DropPlan extends PlannedDropFacts {
  readonly format: 'assay-drop-plan/1';
  readonly drop: DropRef;
  /** ISO 8601. */
  readonly plannedAt: string;
  readonly model: string;
  readonly threshold: number;
  /** The model that waits for approval and scores the same; null: there is none. */
  readonly shadow: string | null;
  /** Whether it has the champion's pack, so that it can be scored on the same features. */
  readonly shadowInPassing: boolean;
  /** How its records are sealed; absent: they are stored as they were delivered. */
  readonly erasable?: Erasable;
}

export interface PlanSettings {
  readonly rowsPerPartition: number;
  readonly bytesPerRange: number;
  /** Up to this many bytes of text a drop is scored in one go. */
  readonly wholeBytes: number;
  /** A text may be no larger once it is decompressed. */
  readonly maxTextBytes: number;
}

export interface PlannedDropFacts {
  readonly settings: PlanSettings;
  /** Without the path of the source, which is another on each machine. */
  readonly delivery: Omit<Delivery, 'source'> & { readonly source: Omit<Delivery['source'], 'path'> };
  readonly text: {
    /** Whether the text had to be written anew, as UTF-8. */
    readonly isCopy: boolean;
    /** Bytes before the text in its object: a byte order mark. */
    readonly markBytes: number;
    readonly bytes: number;
  };
  readonly ranges: readonly TextRange[];
  /** Of exchange, which amounts of money are converted by; absent in plans of packs without money. */
  readonly rates?: CurrentRates | null;
  /** Lines that hold no record. */
  readonly shape?: ShapeCounts;
  readonly partitions: number;
  /** Columns by which windows keep records together. */
  readonly keys: readonly (readonly string[])[];
  readonly flow: PlannedDrop;
  readonly past: Past;
}

export async function readPlan(store: ObjectStore, drop: DropRef): Promise<DropPlan> {
  const key = dropKeys(drop).plan;
  const text = await store.readText(key);
  if (text === null) throw new Error(`there is no ${key}: the drop ${drop.id} was not planned, or long ago`);
  return withPast(withHeaderFound(JSON.parse(text) as DropPlan));
}

/** A plan made by a version that listed all drops of the past. */
function withPast(plan: DropPlan & { readonly history?: readonly HistoryEntry[] }): DropPlan {
  const { history, ...rest } = plan;
  return history === undefined ? plan : { ...rest, past: { segments: [], recent: history } };
}

/** A plan made by a version that knew files with a header in their first line only. */
function withHeaderFound(plan: DropPlan): DropPlan {
  const delivery = Object.assign({ hasHeader: true, extraFields: 0, hasComments: false }, plan.delivery);
  return { ...plan, delivery };
}
