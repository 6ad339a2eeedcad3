/**
 * A drop on files, from end to end: records in, a run folder out. Read → features → score → explain → write, each stage
 * handing the next a table or a stream; the audit log is written along the way and sealed over everything else.
 */
import { writeFile } from 'node:fs/promises';
import { openAuditFile } from '../decisions/audit-log.ts';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { makeSeal } from '../decisions/seal.ts';
import { Session } from '../engine/session.ts';
import { buildFeatures } from '../features/build-features.ts';
import { type InputFile, type IntakeResult, readRecords } from '../intake/read-records.ts';
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
    return await scoreInto(run, session, options, started);
  } finally {
    await session.close();
  }
}

async function scoreInto(
  run: RunFolder,
  session: Session,
  options: ScoreOptions,
  started: Date,
): Promise<FinishedRun> {
  const { model, progress } = options;
  const { card, pack } = model;
  // As it is stored, and as scores are: a decision is a comparison of the two numbers that the inspector sees.
  const threshold = roundToBillionths(options.threshold ?? card.threshold.value);
  progress.stage('reading records');
  const intake = await readRecords(session, pack, options.inputs, {
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
  await writeRejects(session, run.rejects, options.inputs.length > 1);
  await writeDecisions(session, card, run.decisions);
  progress.stage(`explaining ${scored.flagged.toLocaleString('en-US')} flags`);
  const audit = openAuditFile(run.audit);
  startAudit(
    audit.log,
    model,
    intake,
    threshold,
    await hashFiles(run.path, ['decisions.parquet', 'rejects.csv']),
  );
  const flags = await writeFlags(session, run, audit.log, {
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
  audit.log.seal('assay', `run of ${card.domain}`, await hashFiles(run.path, sealedFiles));
  audit.close();
  const finished = options.now();
  await writeFile(
    run.seal,
    makeSeal({
      head: audit.log.head,
      entries: audit.log.entries,
      sealed_at: finished.toISOString(),
      by: 'assay score',
      versions: libraryVersions(),
    }),
  );
  const done = { ...summary, seconds: (finished.getTime() - started.getTime()) / 1000 };
  await writeFile(run.summary, `${JSON.stringify(done)}\n`);
  return { summary: done, warnings: intake.warnings, inWords: runInWords(done, flags.top, run) };
}

function startAudit(
  log: ReturnType<typeof openAuditFile>['log'],
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
    data: { count: intake.rejected, sha256: hashes['rejects.csv']! },
  });
  log.append({
    event: 'scored',
    actor,
    subject,
    data: { count: intake.accepted, sha256: hashes['decisions.parquet']! },
  });
}

/** Per drop, received = scored + rejected. Were it ever not so, the run must not look finished. */
function proveNothingDisappeared({ received, scored, rejected }: RunSummary): void {
  if (received !== scored + rejected) {
    throw new Error(`${received} records received, but ${scored} scored and ${rejected} rejected`);
  }
}
