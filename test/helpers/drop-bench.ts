import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { FlagItem } from '../../lib/decisions/flag-item.ts';
import { type AssembleDeps, assemble, type DropOutcome } from '../../lib/drops/assemble.ts';
import type { BlindEntry } from '../../lib/drops/blind-items.ts';
import { buildDropWindows } from '../../lib/drops/build-windows.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import type { DropPlan, PlanSettings } from '../../lib/drops/drop-plan.ts';
import { sealName } from '../../lib/drops/erasable-drop.ts';
import type { DropRef } from '../../lib/drops/flow.ts';
import { identify } from '../../lib/drops/identify.ts';
import { intakeRange } from '../../lib/drops/intake-range.ts';
import { type Candidate, planDrop } from '../../lib/drops/plan-drop.ts';
import { readChunk } from '../../lib/drops/publish-chunks.ts';
import { scorePartition } from '../../lib/drops/score-partition.ts';
import { scoreWhole } from '../../lib/drops/score-whole.ts';
import { beginShadow, compareShadow } from '../../lib/drops/shadow-pass.ts';
import type { ShadowRun } from '../../lib/drops/shadow-run.ts';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import type { Segment } from '../../lib/history/past.ts';
import type { Model } from '../../lib/models/model-folder.ts';
import type { ObjectStore } from '../../lib/object-store.ts';
import type { OnlineDropStatus } from '../../lib/online/record-request.ts';
import { DomainStopped, type Stop, stopFor } from '../../lib/oversight/stop.ts';
import type { DomainKeys } from '../../lib/privacy/domain-keys.ts';
import { FolderStore } from './folder-store.ts';

const settings: PlanSettings = {
  rowsPerPartition: 250_000,
  bytesPerRange: 1 << 26,
  wholeBytes: 1 << 24,
  maxTextBytes: 2 ** 33,
};

export interface FinishedDrop {
  readonly plan: DropPlan;
  readonly outcome: DropOutcome;
  /** A result file's text. */
  readonly result: (name: string) => Promise<string>;
}

/** Who scores a drop; a model of this version that is known to the bench. */
export interface Scoring {
  readonly model: Model;
  /** The model that waits for approval. */
  readonly waiting: Candidate | null;
}

/** The stages of drops over folders, in the order of the state machine. */
export class DropBench {
  readonly folder: string;
  readonly deps: AssembleDeps;
  readonly audit: FolderStore;
  readonly history: HistoryEntry[] = [];
  /** What a compaction put together; the history is what was finished since. */
  readonly segments: Segment[] = [];
  /** What went wrong and stopped no drop. */
  readonly warnings: string[] = [];
  /** What people stopped. */
  readonly stops: Stop[] = [];
  /** Whether records are erasable: under which keys. */
  keys: DomainKeys | null = null;
  readonly #model: Model;
  #drops = 0;

  private constructor(folder: string, model: Model, others: readonly Model[]) {
    this.folder = folder;
    this.#model = model;
    this.audit = new FolderStore(join(folder, 'audit'));
    this.deps = {
      drops: new FolderStore(join(folder, 'drops')),
      data: new FolderStore(join(folder, 'data')),
      loadModel: async (_, version) => {
        const known = [model, ...others].find(({ card }) => card.version === version);
        if (known === undefined) throw new Error(`there is no model ${version}`);
        return known;
      },
      rates: new StoredRates(new FolderStore(join(folder, 'artifacts'))),
      warn: (what) => this.warnings.push(what),
      keysOf: async () => this.keys,
      threads: 2,
      memoryLimitMb: 1024,
      retain: (key, path) => this.audit.upload(path, key),
      now: () => new Date('2026-01-02T03:04:05Z'),
      expectRunning: async (_, version) => {
        const stop = stopFor(this.stops, version);
        if (stop !== null) throw new DomainStopped(stop);
      },
    };
  }

  /** `others`: models that may wait for approval, or be the champion of a drop. */
  static async open(model: Model, ...others: readonly Model[]): Promise<DropBench> {
    const folder = await mkdtemp(join(tmpdir(), 'assay-drops-'));
    await mkdir(join(folder, 'drops'));
    await mkdir(join(folder, 'data'));
    await mkdir(join(folder, 'audit'));
    return new DropBench(folder, model, others);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Drops a file and takes it through all stages; it is history for the next. */
  async drop(
    path: string,
    changed: Partial<PlanSettings> = {},
    { model = this.#model, waiting = null }: Partial<Scoring> = {},
  ): Promise<FinishedDrop> {
    const n = this.#drops++;
    const domain = this.#model.card.domain;
    const key = `drops/${domain}/${basename(path)}`;
    const file = join(this.folder, 'drops', key);
    await mkdir(dirname(file), { recursive: true });
    await copyFile(path, file);
    const receivedAt = new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString();
    const drop: DropRef = await sealName(
      { id: `d-${n}`, domain, bucket: 'drops', key, version: 'v', bytes: 0, receivedAt },
      this.deps,
    );
    const plan = await planDrop(this.deps, {
      drop,
      model,
      threshold: null,
      shadow: waiting,
      past: { segments: this.segments, recent: this.history },
      stops: this.stops,
      settings: { ...settings, ...changed },
      now: new Date(receivedAt),
    });
    await this.run(plan);
    const outcome = JSON.parse((await this.deps.data.readText(dropKeys(drop).outcome))!) as DropOutcome;
    this.history.push({ ...outcome.entry, finishedAt: receivedAt });
    return { plan, outcome, result: (name) => this.result(drop, name) };
  }

  async run({ drop, flow }: DropPlan): Promise<void> {
    if (flow.mode === 'whole') {
      await scoreWhole(this.deps, { drop });
      return;
    }
    await this.#scoreParts({ drop, flow });
    await assemble(this.deps, { drop });
  }

  /** What the machine goes on to where a model waits. */
  async shadow({ drop }: DropPlan): Promise<ShadowRun> {
    const { plan, run } = await beginShadow(this.deps, { drop });
    if (run !== null) return run;
    await this.#scoreParts(plan);
    return compareShadow(this.deps, { drop: plan.drop });
  }

  async #scoreParts({ drop, flow }: Pick<DropPlan, 'drop' | 'flow'>): Promise<void> {
    for (const range of flow.ranges) await intakeRange(this.deps, { drop, range });
    for (const partition of flow.partitions) await identify(this.deps, { drop, partition });
    for (const window of flow.windows) await buildDropWindows(this.deps, { drop, window });
    for (const partition of flow.partitions) await scorePartition(this.deps, { drop, partition });
  }

  private async result(drop: DropRef, name: string): Promise<string> {
    const { audit, results } = dropKeys(drop);
    const isProof = name === 'audit.jsonl' || name === 'seal.json';
    const folder = isProof ? join('audit', audit) : join('data', results);
    return readFile(join(this.folder, folder, name), 'utf8');
  }
}

/** What pieces of a drop put before people. */
export async function publishedOf(
  store: ObjectStore,
  drop: DropRef,
  chunks: readonly string[],
): Promise<{ readonly flags: FlagItem[]; readonly blind: BlindEntry[] }> {
  const read = await Promise.all(chunks.map((chunk) => readChunk(store, { drop, chunk })));
  return {
    flags: read.flatMap(({ flags = [] }) => flags),
    blind: read.flatMap(({ blind = [] }) => blind),
  };
}

/** What a recorder says of requests that it keeps: a drop is there once it is done. */
export function statusOf(states: Map<string, string>): OnlineDropStatus {
  return {
    receive: async ({ id }) => !states.has(id),
    planned: async () => undefined,
    done: async (id) => states.set(id, 'done'),
    get: async (id) => (states.has(id) ? { state: states.get(id)! } : null),
  };
}
