/** One call of a function of a drop, over folders instead of buckets: prints what it took as JSON. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type AssembleDeps, assemble } from '../../lib/drops/assemble.ts';
import { buildDropWindows } from '../../lib/drops/build-windows.ts';
import { readPlan } from '../../lib/drops/drop-plan.ts';
import type { DropRef, WindowTask } from '../../lib/drops/flow.ts';
import { identify } from '../../lib/drops/identify.ts';
import { intakeRange } from '../../lib/drops/intake-range.ts';
import { planDrop } from '../../lib/drops/plan-drop.ts';
import { readOutcome } from '../../lib/drops/read-outcome.ts';
import { scorePartition } from '../../lib/drops/score-partition.ts';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { functionSize } from '../../lib/services/stage-deps.ts';
import { CountingStore, printTaken } from './measured-call.ts';

export interface DropTask {
  /** Holds the buckets. */
  readonly folder: string;
  readonly drop: DropRef;
  readonly call: DropCall;
  readonly recordsPerPart: number;
  /** Of DuckDB and of explaining; null: as many as the function has. */
  readonly threads: number | null;
}

export type DropCall =
  | { readonly stage: 'plan' | 'assemble' | 'finish' }
  | { readonly stage: 'intake'; readonly range: number }
  | { readonly stage: 'identify' | 'score'; readonly partition: number }
  | { readonly stage: 'windows'; readonly window: WindowTask };

const RANGE_BYTES = 64 * 1024 ** 2;
const WHOLE_BYTES = 16 * 1024 ** 2;
const MAX_TEXT_BYTES = 2 ** 40;

/** As they are where nothing else is set; the key is for this measurement only. */
const SAMPLING = { key: Buffer.alloc(32, 7), belowTheLine: 0.01, secondOpinion: 0.05 };

if (import.meta.main) {
  const task = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as DropTask;
  const [drops, data, audit, artifacts] = ['drops', 'data', 'audit', 'artifacts'].map(
    (name) => new CountingStore(join(task.folder, name)),
  ) as [CountingStore, CountingStore, CountingStore, CountingStore];
  const model = await loadShippedChampion(task.drop.domain);
  const { threads, memoryLimitMb } = functionSize();
  const outcome = await callStage(task, {
    ...{ drops, data, loadModel: async () => model, rates: new StoredRates(artifacts) },
    warn: (what, _, error) => process.stderr.write(`${what}: ${error}\n`),
    ...{ threads: task.threads ?? threads, memoryLimitMb },
    // As the adapter does: an object under Object Lock goes up in one request.
    retain: async (key, path) => {
      await readFile(path);
      await audit.upload(path, key);
    },
    now: () => new Date(task.drop.receivedAt),
    expectRunning: async () => {},
    sampling: async () => SAMPLING,
  });
  printTaken(outcome, [drops, data, audit, artifacts]);
}

async function callStage({ drop, call, recordsPerPart }: DropTask, deps: AssembleDeps): Promise<unknown> {
  switch (call.stage) {
    case 'plan': {
      const settings = {
        ...{ rowsPerPartition: recordsPerPart, bytesPerRange: RANGE_BYTES },
        ...{ wholeBytes: WHOLE_BYTES, maxTextBytes: MAX_TEXT_BYTES },
      };
      const model = await deps.loadModel(drop.domain, '');
      const past = { segments: [], recent: [] };
      const request = { drop, model, threshold: null, past, settings, stops: [] };
      return (await planDrop(deps, { ...request, now: new Date(drop.receivedAt) })).flow;
    }
    case 'intake':
      return (await intakeRange(deps, { drop, range: call.range })).received;
    case 'identify':
      return identify(deps, { drop, partition: call.partition });
    case 'windows':
      return buildDropWindows(deps, { drop, window: call.window });
    case 'score': {
      const { scored, flagged } = await scorePartition(deps, { drop, partition: call.partition });
      return { scored, flagged };
    }
    case 'assemble':
      return (await assemble(deps, { drop })).chunks.length;
    case 'finish': {
      // What it reads; what it writes to tables is not measured here.
      await readPlan(deps.data, drop);
      const { summary } = await readOutcome(deps.data, drop);
      return summary;
    }
  }
}
