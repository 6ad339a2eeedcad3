/**
 * A run is a folder: what one `assay score` decided, why, and everything needed to prove it. Its files by name.
 *
 * The audit log gets its name only once it is sealed: a folder without it holds no run, whatever else is there, so a run
 * that failed midway neither looks finished nor stands in the way of the next.
 */
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.ts';

export interface RunFolder {
  readonly path: string;
  readonly flags: string;
  readonly explanations: string;
  readonly decisions: string;
  readonly records: string;
  /** Of a drop that was fetched from a stack: earlier drops' records that its windows saw. Not there: `records` has them all. */
  readonly history: string;
  /** The drops that it saw as its past (`past-text.ts`). Not there: it saw none. */
  readonly past: string;
  readonly rejects: string;
  /** Not there in a run of a version that did not write it. */
  readonly ruleHits: string;
  readonly audit: string;
  /** The audit log until it is sealed. */
  readonly unsealedAudit: string;
  readonly seal: string;
  /** Of the log, signed. Not there: no key was given. */
  readonly checkpoint: string;
  readonly summary: string;
  readonly report: string;
  readonly reportData: string;
  readonly model: string;
}

function runFolder(path: string): RunFolder {
  return {
    path,
    flags: join(path, 'flagged_risks.csv'),
    explanations: join(path, 'explanations.jsonl'),
    decisions: join(path, 'decisions.parquet'),
    records: join(path, 'records.parquet'),
    history: join(path, 'history.parquet'),
    past: join(path, 'past.txt'),
    rejects: join(path, 'rejects.csv'),
    ruleHits: join(path, 'rule_hits.csv'),
    audit: join(path, 'audit.jsonl'),
    unsealedAudit: join(path, 'audit.jsonl.unsealed'),
    seal: join(path, 'seal.json'),
    checkpoint: join(path, 'checkpoint'),
    summary: join(path, 'summary.json'),
    report: join(path, 'report.html'),
    reportData: join(path, 'report.json'),
    model: join(path, 'model'),
  };
}

/** A folder for a new run. What an earlier run decided is never overwritten: throws an InputError where there is one. */
export async function createRunFolder(path: string): Promise<RunFolder> {
  const run = runFolder(path);
  for (const file of [run.audit, run.summary]) {
    if (await exists(file)) {
      throw new InputError(
        `${path} already holds a run, which is not overwritten (${file}): name another --out`,
      );
    }
  }
  await mkdir(run.model, { recursive: true });
  return run;
}

/** The folder of a finished run; throws an InputError naming what is missing. */
export async function openRunFolder(path: string): Promise<RunFolder> {
  const run = runFolder(path);
  for (const file of [run.summary, run.audit, run.decisions, run.records, run.explanations]) {
    if (!(await exists(file)))
      throw new InputError(`${path} is not a finished run of assay score: ${file} is missing`);
  }
  return run;
}

/** Whether there is anything at a path. */
export async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
