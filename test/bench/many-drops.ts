/**
 * Many small files that arrive together: plans each, one process after the other's past, over folders instead of buckets. The past is as
 * long as it can be, since none of it is put together meanwhile. Prints how long the first and the last tenth of them took.
 *
 *     node test/bench/many-drops.ts [--drops 1000] [--records 400]
 */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { DropRef } from '../../lib/drops/flow.ts';
import { planDrop } from '../../lib/drops/plan-drop.ts';
import { StoredRates } from '../../lib/drops/stored-rates.ts';
import type { HistoryEntry } from '../../lib/history/history-entry.ts';
import { loadShippedChampion } from '../../lib/models/shipped-models.ts';
import { financeHeader, generateFinance } from '../../samples/generators/finance.ts';
import { toText } from '../../samples/generators/write-sample.ts';
import { CountingStore } from './measured-call.ts';

const { values } = parseArgs({
  options: {
    drops: { type: 'string', default: '1000' },
    records: { type: 'string', default: '400' },
  },
});
const root = await mkdtemp(join(tmpdir(), 'assay-many-drops-'));
try {
  await measure(Number(values.drops), Number(values.records));
} finally {
  await rm(root, { recursive: true, force: true });
}

async function measure(drops: number, records: number): Promise<void> {
  const model = await loadShippedChampion('finance');
  const [delivered, data, artifacts] = ['drops', 'data', 'artifacts'].map(
    (name) => new CountingStore(join(root, name)),
  ) as [CountingStore, CountingStore, CountingStore];
  const deps = {
    ...{ drops: delivered, data, loadModel: async () => model, rates: new StoredRates(artifacts) },
    ...{ warn: () => {}, threads: 1, memoryLimitMb: 1024 },
  };
  const folder = join(root, 'drops', 'drops', 'finance');
  await mkdir(folder, { recursive: true });
  const lines = generateFinance({ records, seed: 1, start: '2025-01-06', days: 120 });
  const text = `${[financeHeader, ...[...lines].map((line) => toText(line, false))].join('\n')}\n`;
  const recent: HistoryEntry[] = [];
  const seconds: number[] = [];
  for (let n = 0; n < drops; n++) {
    await writeFile(join(folder, `${n}.csv`), text);
    const drop: DropRef = {
      ...{ id: `d-${n}`, domain: 'finance', bucket: 'drops', key: `drops/finance/${n}.csv`, version: 'v' },
      ...{ bytes: text.length, receivedAt: '2026-01-02T03:04:05.000Z' },
    };
    const began = performance.now();
    const plan = await planDrop(deps, {
      ...{ drop, model, threshold: null, stops: [], now: new Date(drop.receivedAt) },
      past: { segments: [], recent },
      settings: { rowsPerPartition: 250_000, bytesPerRange: 2 ** 26, wholeBytes: 2 ** 24, maxTextBytes: 4e9 },
    });
    seconds.push((performance.now() - began) / 1000);
    recent.push({
      ...{ drop: drop.id, domain: 'finance', settledAt: drop.receivedAt, keys: plan.keys, partitions: 1 },
      ...{ ranges: 1, rows: records, repeats: 0, stale: 0, finishedAt: drop.receivedAt },
    });
  }
  const tenth = Math.max(1, Math.floor(drops / 10));
  const mean = (some: readonly number[]) =>
    Math.round((1000 * some.reduce((sum, one) => sum + one, 0)) / some.length);
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const cpu = Math.round((userCPUTime + systemCPUTime) / 1e3 / drops);
  process.stdout.write(
    `${drops} drops of ${records} records: a plan took ${mean(seconds.slice(0, tenth))} ms at first and ` +
      `${mean(seconds.slice(-tenth))} ms at last, ${cpu} ms of CPU in the mean; ${Math.round(maxRSS / 1024)} MB at most\n`,
  );
}
