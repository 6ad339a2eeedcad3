/** A finished run folder as a drop's objects: its results, its records and decisions, and its audit log where nothing can be changed. */

import { storePast } from '../history/past-list.ts';
import { inParallel } from '../in-parallel.ts';
import { MAX_TRANSFERS, type ObjectStore } from '../object-store.ts';
import { exists, type RunFolder } from '../scoring/run-folder.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';
import { storeRunModel } from './run-model.ts';

export interface StoringDeps {
  readonly data: ObjectStore;
  /** Keeps an object where nothing can be changed. The same bytes again are fine. */
  readonly retain: (key: string, path: string) => Promise<void>;
}

export interface StoredRun {
  readonly drop: Pick<DropRef, 'id' | 'domain'>;
  /** The version that scored it. */
  readonly model: string;
  /** The lines of `past.txt`. */
  readonly past: readonly string[];
}

export async function storeRun(
  deps: StoringDeps,
  run: RunFolder,
  { drop, model, past }: StoredRun,
): Promise<void> {
  const { data, retain } = deps;
  const keys = dropKeys(drop);
  await retain(`${keys.audit}/audit.jsonl`, run.audit);
  await retain(`${keys.audit}/seal.json`, run.seal);
  await storeRunModel(data, run, { domain: drop.domain, version: model });
  await storePast(data, drop, past);
  await inParallel(runObjects(run, drop), MAX_TRANSFERS, async ({ path, key, optional }) => {
    if (!optional || (await exists(path))) await data.upload(path, key);
  });
}

interface RunObject {
  readonly path: string;
  readonly key: string;
  /** A report is not drawn of every run, and earlier versions wrote no rule hits. */
  readonly optional: boolean;
}

/** The files of a run and their objects in the data bucket. */
export function runObjects(run: RunFolder, drop: Pick<DropRef, 'id' | 'domain'>): RunObject[] {
  const { records, decided, results } = dropKeys(drop);
  return [
    { path: run.records, key: records, optional: false },
    { path: run.decisions, key: decided, optional: false },
    { path: run.flags, key: `${results}/flagged_risks.csv`, optional: false },
    { path: run.explanations, key: `${results}/explanations.jsonl`, optional: false },
    { path: run.rejects, key: `${results}/rejects.csv`, optional: false },
    { path: run.ruleHits, key: `${results}/rule_hits.csv`, optional: true },
    { path: run.report, key: `${results}/report.html`, optional: true },
    { path: run.reportData, key: `${results}/report.json`, optional: true },
    { path: run.summary, key: `${results}/summary.json`, optional: false },
  ];
}

/** Should a drop be finished again, its seal says the same again: what is stored can't be replaced. `known`: what stands under the key. */
export async function sealingTime(
  store: Pick<ObjectStore, 'writeText'>,
  key: string,
  now: () => Date,
  known: string | null,
): Promise<Date> {
  if (known !== null) return new Date(known);
  const time = now();
  await store.writeText(key, time.toISOString());
  return time;
}
