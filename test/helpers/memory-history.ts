/** The index of a history in memory, over the arrays of a bench: as the table is, without a table. */
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import type { CompactedHistory, HistoryIndex, IndexedPast } from '../../lib/history/history-index.ts';
import type { Segment } from '../../lib/history/past.ts';

export class MemoryHistory implements HistoryIndex {
  readonly #recent: HistoryEntry[];
  readonly #segments: Segment[];
  readonly replaced: { readonly at: string; readonly segment: Segment }[] = [];
  version = 1;

  constructor({ history, segments }: { readonly history: HistoryEntry[]; readonly segments: Segment[] }) {
    this.#recent = history;
    this.#segments = segments;
  }

  async begin(): Promise<IndexedPast> {
    return { version: this.version, segments: [...this.#segments], recent: [...this.#recent] };
  }

  async commit(_domain: string, done: CompactedHistory): Promise<boolean> {
    if (done.version !== this.version) return false;
    this.version++;
    this.#segments.splice(0, Number.POSITIVE_INFINITY, ...done.segments);
    const taken = new Set(done.taken.map(({ drop }) => drop));
    const left = this.#recent.filter(({ drop }) => !taken.has(drop));
    this.#recent.splice(0, Number.POSITIVE_INFINITY, ...left);
    this.replaced.push(...done.replaced.map((segment) => ({ at: done.at, segment })));
    return true;
  }

  async replacedBefore(_domain: string, before: string): Promise<readonly Segment[]> {
    return this.replaced.filter(({ at }) => at < before).map(({ segment }) => segment);
  }

  async forget(_domain: string, segment: Segment): Promise<void> {
    const at = this.replaced.findIndex((one) => one.segment === segment);
    this.replaced.splice(at, 1);
  }
}
