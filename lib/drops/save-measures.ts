/** Beside its results a drop leaves what monitoring counts, and what is put up for blind review. */
import type { MeasuredDrop } from '../monitoring/measured-drop.ts';
import type { Reasons } from '../monitoring/model-drift.ts';
import type { ObjectStore } from '../object-store.ts';
import type { FlagLine } from '../scoring/flag-lines.ts';
import type { RunSummary } from '../scoring/run-summary.ts';
import type { ScoredRecords } from '../scoring/score-records.ts';
import type { BlindEntry } from './blind-items.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropPlan } from './drop-plan.ts';

/** Flags of a drop whose reasons are kept. */
const MAX_REASONS = 200;

/** Keeps the reasons of the flags with the smallest ids: as good as drawn by chance, and the same again. */
export class ReasonSample {
  #kept: { readonly id: string; readonly reasons: Reasons }[] = [];

  /** The lines as they come, each looked at in passing. */
  async *through(lines: AsyncIterable<FlagLine>): AsyncGenerator<FlagLine> {
    for await (const line of lines) {
      const { decision_id: id, contributions } = line.explanation;
      const reasons = contributions.map(({ column, contribution }) => ({ column, contribution }));
      this.#kept.push({ id, reasons });
      if (this.#kept.length >= 2 * MAX_REASONS) this.#trim();
      yield line;
    }
  }

  reasons(): readonly Reasons[] {
    this.#trim();
    return this.#kept.map(({ reasons }) => reasons);
  }

  #trim(): void {
    this.#kept = this.#kept.toSorted((a, b) => (a.id < b.id ? -1 : 1)).slice(0, MAX_REASONS);
  }
}

export interface Seen {
  readonly scored: ScoredRecords;
  readonly summary: RunSummary;
  readonly reasons: readonly Reasons[];
  readonly belowTheLine: number;
  /** Unflagged records that were put up for blind review. */
  readonly drawn: number;
}

/** Stores the counts that monitoring adds up over drops: `monitoring/<domain>/<drop>.json`. */
export async function saveMeasures(
  store: ObjectStore,
  { drop, plannedAt, model }: Pick<DropPlan, 'drop' | 'plannedAt' | 'model'>,
  { scored, summary, reasons, belowTheLine, drawn }: Seen,
): Promise<void> {
  const measured: MeasuredDrop = {
    format: 'assay-measured-drop/1',
    ...{ drop: drop.id, domain: drop.domain, model, at: plannedAt },
    ...{ received: summary.received, rejected: summary.rejected },
    ...{ scored: scored.scored, flagged: scored.flagged, inputs: scored.inputs, scores: scored.scores },
    ...{ belowTheLine, drawn, reasons },
  };
  await store.writeText(dropKeys(drop).measured, JSON.stringify(measured));
}

/** What the drawing for blind review uses: which drop, and how many records of each kind it has. */
export function drawingOf(
  plan: { readonly drop: { readonly domain: string; readonly id: string }; readonly plannedAt: string },
  { scored, flagged }: Pick<ScoredRecords, 'scored' | 'flagged'>,
) {
  const { domain, id } = plan.drop;
  return { domain, drop: id, plannedAt: plan.plannedAt, unflagged: scored - flagged, flagged };
}

/** How many of the records drawn for blind review are from below the line. */
export function countBelow(entries: readonly BlindEntry[]): number {
  return entries.filter(({ why }) => why === 'below_the_line').length;
}
