/** A finished run folder as a drop's objects: its results, its records and decisions, and its audit log where nothing can be changed. */
import { join } from 'node:path';
import { inParallel } from '../in-parallel.ts';
import type { RunFolder } from '../scoring/run-folder.ts';
import { dropKeys } from './drop-keys.ts';
import type { DropRef } from './flow.ts';
import type { ObjectStore } from './object-store.ts';
import { MAX_TRANSFERS } from './stage.ts';

export interface KeepingTools {
  readonly data: ObjectStore;
  /** Keeps an object where nothing can be changed. The same bytes again are fine. */
  readonly retain: (key: string, path: string) => Promise<void>;
}

export async function storeRun(
  tools: KeepingTools,
  run: RunFolder,
  drop: Pick<DropRef, 'id' | 'domain'>,
): Promise<void> {
  const keys = dropKeys(drop);
  await tools.retain(`${keys.audit}/audit.jsonl`, run.audit);
  await tools.retain(`${keys.audit}/seal.json`, run.seal);
  await inParallel([...runObjects(run, drop), ...proofCopies(run, drop)], MAX_TRANSFERS, ([path, key]) =>
    tools.data.upload(path, key),
  );
}

type FileAndKey = readonly [path: string, key: string];

/** The files of a run and their objects in the data bucket. */
export function runObjects(run: RunFolder, drop: Pick<DropRef, 'id' | 'domain'>): FileAndKey[] {
  const keys = dropKeys(drop);
  return [
    [run.records, keys.records],
    [run.decisions, keys.decided],
    [run.flags, `${keys.results}/flagged_risks.csv`],
    [run.explanations, `${keys.results}/explanations.jsonl`],
    [run.rejects, `${keys.results}/rejects.csv`],
    [run.ruleHits, `${keys.results}/rule_hits.csv`],
    [run.report, `${keys.results}/report.html`],
    [run.reportData, `${keys.results}/report.json`],
    [run.summary, `${keys.results}/summary.json`],
    [join(run.model, 'card.json'), `${keys.results}/model/card.json`],
    [join(run.model, 'model.onnx'), `${keys.results}/model/model.onnx`],
  ];
}

/** Beside the results, for who may not read the bucket of audit logs. */
function proofCopies(run: RunFolder, drop: Pick<DropRef, 'id' | 'domain'>): FileAndKey[] {
  const { results } = dropKeys(drop);
  return [
    [run.audit, `${results}/audit.jsonl`],
    [run.seal, `${results}/seal.json`],
  ];
}

/** Should a drop be settled again, its seal says the same again: what is kept can't be replaced. */
export async function sealingTime(store: ObjectStore, key: string, now: () => Date): Promise<Date> {
  const known = await store.readText(key);
  if (known !== null) return new Date(known);
  const time = now();
  await store.writeText(key, time.toISOString());
  return time;
}
