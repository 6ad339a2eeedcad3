/** One step of a retraining as the function `retrain` runs it, over a folder instead of a bucket: prints what it took as JSON. */
import { copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { loadModel } from '../../lib/models/model-folder.ts';
import { parsePack } from '../../lib/packs/parse-pack.ts';
import { noProgress } from '../../lib/progress.ts';
import type { StepOutcome } from '../../lib/retraining/flow.ts';
import { DELIVERED, READS, runStep } from '../../lib/retraining/run-step.ts';
import { readLabels } from '../../lib/reviews/read-labels.ts';
import { functionSize } from '../../lib/services/stage-deps.ts';
import { withinWorkFolder } from '../../lib/services/work-folder.ts';
import { ALL_RECEIVED, type LargeDomain } from './large-domain.ts';
import { CountingStore, printTaken } from './measured-call.ts';

export interface StepTask {
  readonly input: Parameters<typeof runStep>[0];
  /** Stands for the data bucket. */
  readonly bucket: string;
  /** Of the retraining's work folder in it. */
  readonly prefix: string;
  readonly pack: string;
  readonly domain: LargeDomain;
  /** The champion's folder. */
  readonly champion: string | null;
  readonly treeGroups: number;
}

if (import.meta.main) {
  const task = JSON.parse(await readFile(process.argv[2]!, 'utf8')) as StepTask;
  const store = new CountingStore(task.bucket);
  printTaken(await takeStep(task, store), [store]);
}

async function takeStep(task: StepTask, store: CountingStore): Promise<StepOutcome> {
  const { input, prefix, pack, domain, champion, treeGroups } = task;
  return withinWorkFolder(store, { prefix, reads: READS[input.step], except: DELIVERED }, (folder) =>
    runStep(input, folder, {
      machine: { ...functionSize(), progress: noProgress },
      treeGroups,
      gather: async (_, delivered) => {
        await mkdir(delivered, { recursive: true });
        const drops = [];
        for (const drop of domain.drops) {
          const path = join(delivered, basename(drop.path));
          await copyFile(drop.path, path);
          store.bytesIn += (await stat(path)).size;
          drops.push({ ...drop, path });
        }
        const bytes = await readFile(domain.labelsFile);
        store.bytesIn += bytes.length;
        const fromFile = readLabels({ bytes, name: 'labels.csv', receivedAt: ALL_RECEIVED });
        return { pack: parsePack(pack, 'large.yaml'), drops, claims: [...domain.reviews, ...fromFile] };
      },
      champion: async () => (champion === null ? null : await loadModel(champion)),
      saveDataset: async () => {},
      saveModels: async () => {},
    }),
  );
}
