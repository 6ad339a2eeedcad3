/**
 * Scores a drop on files, from end to end, into a run folder. Read → features → score → explain → write, each stage handing the next
 * a table or a stream; the audit log is written along the way and sealed over everything else.
 */
import { type AuditLog, openAuditFile } from '../audit/audit-log.ts';
import { dayOf } from '../days.ts';
import { roundToBillionths } from '../decisions/nine-decimals.ts';
import { Session } from '../engine/session.ts';
import { holdTemporary, removeTemporary } from '../engine/temporary-files.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { ReadingOptions } from '../intake/delivery.ts';
import { type InputFile, type IntakeResult, readRecords } from '../intake/read-records.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import { type Erasable, planSealing, quotingNothing } from '../privacy/erasable.ts';
import { sealRecords } from '../privacy/seal-records.ts';
import type { SubjectKeys } from '../privacy/subject-keys.ts';
import type { Progress } from '../progress.ts';
import type { NoteSigner } from '../tlog/note-key.ts';
import { beeswarmSize, explainedLines } from './flag-lines.ts';
import { formatRun } from './format-run.ts';
import { recordHits } from './rule-hits-of-run.ts';
import { createRunFolder, type RunFolder } from './run-folder.ts';
import type { RunSummary } from './run-summary.ts';
import { scoreRecords } from './score-records.ts';
import { finishRun, type WrittenRun, writeRun } from './write-run.ts';

export interface ScoreOptions {
  readonly model: Model;
  readonly inputs: readonly InputFile[];
  /** How text files are to be read, where that is not found right by itself. */
  readonly reading?: ReadingOptions;
  /** The folder for the run. */
  readonly out: string;
  /** Null: the card's. */
  readonly threshold: number | null;
  /** Of the records, how many may be rejected before that is warned of; absent: half. */
  readonly maxRejectedShare?: number;
  readonly threads: number;
  readonly memoryLimitMb: number;
  readonly progress: Progress;
  /** Signs the log's checkpoint; absent: none is written. */
  readonly signer?: NoteSigner;
  /** Makes the records erasable: opens the keys of their subjects for as long as a work lasts. Absent: they are stored as they are. */
  readonly subjectKeys?: OpenSubjectKeys;
  /** Clock of the caller: only the seal and the summary's seconds know the time. */
  readonly now: () => Date;
}

export type OpenSubjectKeys = <Result>(work: (keys: SubjectKeys) => Promise<Result>) => Promise<Result>;

export interface FinishedRun {
  readonly summary: RunSummary;
  readonly warnings: readonly string[];
  /** What a person wants to read on the terminal. */
  readonly inWords: string;
}

export async function scoreFiles(options: ScoreOptions): Promise<FinishedRun> {
  const started = options.now();
  const erasable = await options.subjectKeys?.(async ({ register }) =>
    planSealing(options.model.pack, register),
  );
  const run = await createRunFolder(options.out);
  const session = await Session.open({ threads: options.threads, memoryLimitMb: options.memoryLimitMb });
  try {
    holdTemporary(run.unsealedAudit);
    const audit = openAuditFile(run.unsealedAudit);
    const scored = await scoreInto(run, session, audit.log, { ...options, erasable }).finally(() =>
      audit.close(),
    );
    const summary = await finishRun(run, audit.log, scored.summary, {
      started,
      finished: options.now(),
      by: 'assay score',
      ...(options.signer !== undefined && { signer: options.signer }),
    });
    return { summary, warnings: scored.warnings, inWords: formatRun(summary, scored.top, run) };
  } finally {
    await session.close();
    await removeTemporary(run.unsealedAudit);
  }
}

async function scoreInto(
  run: RunFolder,
  session: Session,
  audit: AuditLog,
  options: ScoreOptions & { readonly erasable: Erasable | undefined },
): Promise<WrittenRun> {
  const { model, progress } = options;
  const { card, pack } = model;
  // As it is stored, and as scores are: a decision is a comparison of the two numbers that the inspector sees.
  const threshold = roundToBillionths(options.threshold ?? card.threshold.value);
  progress.stage('reading records');
  const intake = await readAndSeal(session, pack, options);
  progress.stage('computing features');
  const features = await buildFeatures(intake.records, pack, { encodings: false });
  progress.stage('scoring');
  const scored = await scoreRecords(features, model, threshold, intake.accepted, (share) =>
    progress.share(share),
  );
  const { decisions, matrix } = scored;
  const written = await writeRun(run, audit, {
    model,
    threshold,
    intake,
    scored,
    lines: explainedLines(
      { features, decisions, matrix },
      { model, threshold, threads: options.threads, onProgress: (share) => progress.share(share) },
      beeswarmSize,
    ),
    hits: recordHits({ features, decisions }, model),
    ...(options.erasable !== undefined && { erasable: options.erasable }),
    hasPast: options.inputs.some(({ history }) => history === true),
    ...(options.maxRejectedShare !== undefined && { maxRejectedShare: options.maxRejectedShare }),
    onStage: (name) => progress.stage(name),
  });
  return { ...written, warnings: [...intake.warnings, ...written.warnings] };
}

async function readAndSeal(
  session: Session,
  pack: Pack,
  options: ScoreOptions & { readonly erasable: Erasable | undefined },
): Promise<IntakeResult> {
  const { erasable, subjectKeys, progress } = options;
  const isErasable = erasable !== undefined && subjectKeys !== undefined;
  const intake = await readRecords(session, isErasable ? quotingNothing(pack) : pack, options.inputs, {
    ...options.reading,
    onProgress: (done, total) => progress.share(done / total),
    ...(isErasable && { rejectEntities: true }),
  });
  if (!isErasable) return intake;
  progress.stage('sealing personal data');
  const today = dayOf(options.now().getTime());
  return await subjectKeys((keys) => sealRecords(pack, erasable, { keys, intake, today }));
}
