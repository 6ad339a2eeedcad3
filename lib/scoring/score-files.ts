/**
 * A drop on files, from end to end: records in, a run folder out. Read → features → score → explain → write, each stage
 * handing the next a table or a stream; the audit log is written along the way and sealed over everything else.
 */
import { rename, rm, writeFile } from 'node:fs/promises';
import { type AuditLog, openAuditFile } from '../decisions/audit-log.ts';
import type { Explanation } from '../decisions/explanation.ts';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { makeSeal } from '../decisions/seal.ts';
import { Session } from '../engine/session.ts';
import { buildFeatures } from '../features/build-features.ts';
import {
  type InputFile,
  type IntakeOptions,
  type IntakeResult,
  readRecords,
} from '../intake/read-records.ts';
import { libraryVersions } from '../models/library-versions.ts';
import { type Model, saveModel } from '../models/model-folder.ts';
import type { Progress } from '../progress.ts';
import { renderReport } from '../report/render-report.ts';
import { hashFiles } from './hash-files.ts';
import { createRunFolder, type RunFolder } from './run-folder.ts';
import { runInWords } from './run-in-words.ts';
import type { RunSummary } from './run-summary.ts';
import { scoreRecords } from './score-records.ts';
import { scoringReport } from './scoring-report.ts';
import { writeFlags } from './write-flags.ts';
import { writeDecisions, writeRecords, writeRejects } from './write-tables.ts';

/** The files that the seal vouches for, by their paths within the run. */
const sealedFiles = [
  'decisions.parquet',
  'explanations.jsonl',
  'flagged_risks.csv',
  'model/card.json',
  'model/model.onnx',
  'records.parquet',
  'rejects.csv',
];

export interface ScoreOptions {
  readonly model: Model;
  readonly inputs: readonly InputFile[];
  /** How text files are to be read, where that is not found right by itself. */
  readonly reading?: Pick<IntakeOptions, 'encoding' | 'delimiter'>;
  /** The folder for the run. */
  readonly out: string;
  /** Null: the card's. */
  readonly threshold: number | null;
  readonly threads: number;
  readonly memoryLimitMb: number;
  readonly progress: Progress;
  /** Clock of the caller: only the seal and the summary's seconds know the time. */
  readonly now: () => Date;
}

export interface FinishedRun {
  readonly summary: RunSummary;
  readonly warnings: readonly string[];
  /** What a person wants to read on the terminal. */
  readonly inWords: string;
}

export async function scoreFiles(options: ScoreOptions): Promise<FinishedRun> {
  const started = options.now();
  const run = await createRunFolder(options.out);
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    const audit = openAuditFile(run.unsealedAudit);
    const scored = await scoreInto(run, session, audit.log, options).finally(() => audit.close());
    return await finishRun(run, audit.log, scored, started, options.now());
  } finally {
    await session.close();
    await rm(run.unsealedAudit, { force: true });
  }
}

/** What is known of a run when its audit log is sealed. */
interface ScoredRun {
  readonly summary: RunSummary;
  readonly warnings: readonly string[];
  readonly top: readonly Explanation[];
}

async function scoreInto(
  run: RunFolder,
  session: Session,
  audit: AuditLog,
  options: ScoreOptions,
): Promise<ScoredRun> {
  const { model, progress } = options;
  const { card, pack } = model;
  // As it is stored, and as scores are: a decision is a comparison of the two numbers that the inspector sees.
  const threshold = roundToBillionths(options.threshold ?? card.threshold.value);
  progress.stage('reading records');
  const intake = await readRecords(session, pack, options.inputs, {
    ...options.reading,
    onProgress: (done, total) => progress.share(done / total),
  });
  progress.stage('computing features');
  await buildFeatures(session, pack, { encodings: false });
  progress.stage('scoring');
  const scored = await scoreRecords(session, model, threshold, intake.accepted, (share) =>
    progress.share(share),
  );
  progress.stage('writing decisions');
  await saveModel(run.model, model);
  await writeRecords(session, run.records);
  await writeRejects(
    session,
    run.rejects,
    intake.files.map(({ name }) => name),
  );
  await writeDecisions(session, card, run.decisions);
  progress.stage(`explaining ${scored.flagged.toLocaleString('en-US')} flags`);
  startAudit(
    audit,
    model,
    intake,
    threshold,
    await hashFiles(run.path, ['decisions.parquet', 'rejects.csv']),
  );
  const flags = await writeFlags(session, run, audit, {
    model,
    threshold,
    threads: options.threads,
    deliveries: intake.deliveries,
    onProgress: (share) => progress.share(share),
  });
  const summary: RunSummary = {
    received: intake.received,
    scored: scored.scored,
    rejected: intake.rejected,
    flagged: scored.flagged,
    unexplained: flags.unexplained,
    domain: card.domain,
    model: card.version,
    seconds: 0,
  };
  proveNothingDisappeared(summary);
  progress.stage('writing the report');
  const report = await scoringReport(session, { model, intake, scored, flags, summary, threshold });
  await writeFile(run.reportData, `${JSON.stringify(report)}\n`);
  await writeFile(run.report, renderReport(report));
  audit.seal('assay', `run of ${card.domain}`, await hashFiles(run.path, sealedFiles));
  return { summary, warnings: intake.warnings, top: flags.top };
}

/** Everything is written and sealed: only now does the folder hold a run. */
async function finishRun(
  run: RunFolder,
  audit: AuditLog,
  { summary, warnings, top }: ScoredRun,
  started: Date,
  finished: Date,
): Promise<FinishedRun> {
  await rename(run.unsealedAudit, run.audit);
  await writeFile(
    run.seal,
    makeSeal({
      head: audit.head,
      entries: audit.entries,
      sealed_at: finished.toISOString(),
      by: 'assay score',
      versions: libraryVersions(),
    }),
  );
  const done = { ...summary, seconds: (finished.getTime() - started.getTime()) / 1000 };
  await writeFile(run.summary, `${JSON.stringify(done)}\n`);
  return { summary: done, warnings, inWords: runInWords(done, top, run) };
}

function startAudit(
  log: AuditLog,
  { card, pack }: Model,
  intake: IntakeResult,
  threshold: number,
  hashes: Readonly<Record<string, string>>,
): void {
  const subject = `run of ${card.domain}`;
  const actor = 'assay';
  log.append({
    event: 'run_started',
    actor,
    subject,
    data: {
      run: 'score',
      domain: card.domain,
      pack: pack.hash,
      model: card.version,
      threshold,
      card_threshold: card.threshold.value,
      files: intake.files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
    },
  });
  if (threshold !== card.threshold.value) {
    const data = { model: card.version, from: card.threshold.value, to: threshold };
    log.append({ event: 'threshold_changed', actor, subject, data });
  }
  log.append({
    event: 'rejected',
    actor,
    subject,
    data: { count: intake.rejected, history: historyRejects(intake), sha256: hashes['rejects.csv']! },
  });
  log.append({
    event: 'scored',
    actor,
    subject,
    data: { count: intake.accepted, sha256: hashes['decisions.parquet']! },
  });
}

function historyRejects({ history }: IntakeResult): number {
  return history.received - history.accepted;
}

/** Per drop, received = scored + rejected. Were it ever not so, the run must not look finished. */
function proveNothingDisappeared({ received, scored, rejected }: RunSummary): void {
  if (received !== scored + rejected) {
    throw new Error(`${received} records received, but ${scored} scored and ${rejected} rejected`);
  }
}
