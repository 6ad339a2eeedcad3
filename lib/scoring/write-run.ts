/**
 * The end of every run, however it was computed: writes the run folder whole from its tables and the explained flags, its audit log
 * sealed over everything else.
 */
import { rename, writeFile } from 'node:fs/promises';
import type { AuditLog } from '../audit/audit-log.ts';
import type { JsonObject } from '../audit/canonical-json.ts';
import { runOrigin, signCheckpoint } from '../audit/log-tree.ts';
import { makeSeal } from '../audit/seal.ts';
import type { Explanation } from '../decisions/explanation.ts';
import type { Averages } from '../features/build-windows.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import { hashCard } from '../models/card-schema.ts';
import { libraryVersions } from '../models/library-versions.ts';
import { type Model, saveModel, sha256 } from '../models/model-folder.ts';
import { flagsByItself } from '../packs/rule-flags.ts';
import type { Erasable } from '../privacy/erasable.ts';
import { MAX_REJECTED_SHARE } from '../report/common-rejects.ts';
import { formatBase64 } from '../tlog/base64.ts';
import type { NoteSigner } from '../tlog/note-key.ts';
import type { FlagLine } from './flag-lines.ts';
import { hashFiles } from './hash-files.ts';
import { countDrops, pastText } from './past-text.ts';
import { type RecordHits, writeRuleHits } from './rule-hits-of-run.ts';
import type { RunFolder } from './run-folder.ts';
import type { RunSummary } from './run-summary.ts';
import { runWarnings } from './run-warnings.ts';
import type { ScoredRecords } from './score-records.ts';
import { scoringReport } from './scoring-report.ts';
import { writeFlags } from './write-flags.ts';
import { writeDecisions, writeRecords, writeRejects } from './write-tables.ts';

/** As `buildFeatures` rounds them, and as a replay has to. */
const AVERAGES = 'once' satisfies Averages;

/** The files that the seal vouches for, by their paths within the run. */
const sealedFiles = [
  'decisions.parquet',
  'explanations.jsonl',
  'flagged_risks.csv',
  'model/card.json',
  'model/model.onnx',
  'past.txt',
  'records.parquet',
  'rejects.csv',
  'report.html',
  'report.json',
  'rule_hits.csv',
];

export interface RunFacts {
  readonly model: Model;
  /** As decisions were made by it. */
  readonly threshold: number;
  readonly intake: IntakeResult;
  readonly scored: ScoredRecords;
  /** In order of `seq`. */
  readonly lines: AsyncIterable<FlagLine>;
  /** In order of `seq`. */
  readonly hits: AsyncIterable<RecordHits>;
  /** What else the first entry of the audit log is to say. */
  readonly context?: JsonObject;
  /** Of a drop: the lines of `past.txt`. The log states how many drops they name, and their hash. */
  readonly past?: readonly string[];
  /** Whether the run is drawn; it is unless that is not wanted. */
  readonly report?: boolean;
  /** Absent: half. */
  readonly maxRejectedShare?: number;
  readonly hasPast: boolean;
  /** How its records were sealed; absent: they are stored as they were delivered. */
  readonly erasable?: Erasable;
  readonly onStage?: (name: string) => void;
}

export interface WrittenRun {
  /** Its seconds are nothing yet. */
  readonly summary: RunSummary;
  /** The most urgent first. */
  readonly top: readonly Explanation[];
  readonly warnings: readonly string[];
}

export async function writeRun(run: RunFolder, audit: AuditLog, facts: RunFacts): Promise<WrittenRun> {
  const { model, intake, scored, onStage } = facts;
  onStage?.('writing decisions');
  // What draws plots takes long to load: that is done while DuckDB writes, and a failure shows where it is used.
  const renderer = facts.report === false ? undefined : import('../report/render-report.ts');
  renderer?.catch(() => {});
  await saveModel(run.model, model);
  await writeRecords(intake.records, run.records);
  await writeRejects(
    intake.rejects,
    run.rejects,
    intake.files.map(({ name }) => name),
  );
  await writeDecisions(scored.decisions, model.card, run.decisions);
  const ruleHits = await writeRuleHits(facts.hits, run.ruleHits);
  const { past = [] } = facts;
  if (past.length > 0) await writeFile(run.past, pastText(past));
  startAudit(audit, facts, await hashFiles(run.path, ['decisions.parquet', 'rejects.csv']));
  onStage?.(`explaining ${scored.flagged.toLocaleString('en-US')} flags`);
  const flags = await writeFlags(facts.lines, {
    ...{ run, audit, deliveries: intake.deliveries, pack: model.pack },
    ...{ records: intake.records, decisions: scored.decisions },
    ...(facts.erasable !== undefined && { erasable: facts.erasable }),
  });
  const summary: RunSummary = {
    received: intake.received,
    scored: scored.scored,
    rejected: intake.rejected,
    flagged: scored.flagged,
    unexplained: flags.unexplained,
    domain: model.card.domain,
    model: model.card.version,
    seconds: 0,
  };
  proveNothingDisappeared(summary);
  if (renderer !== undefined) {
    onStage?.('writing the report');
    const report = await scoringReport({ ...facts, flags, ruleHits, summary });
    await writeFile(run.reportData, `${JSON.stringify(report)}\n`);
    const { renderReport } = await renderer;
    await writeFile(run.report, renderReport(report));
  }
  // The summary is the last file that is written, so that only a finished run has one: its bytes are known by now.
  const hashes = await hashFiles(run.path, sealedFiles);
  audit.seal('assay', `run of ${summary.domain}`, {
    ...hashes,
    'summary.json': sha256(summaryText(summary)),
  });
  const { maxRejectedShare = MAX_REJECTED_SHARE } = facts;
  const warnings = await runWarnings({ ...facts, maxRejectedShare });
  return { summary, top: flags.top.map(({ explanation }) => explanation), warnings };
}

export interface Finishing {
  readonly started: Date;
  readonly finished: Date;
  readonly by: string;
  /** Signs the log's checkpoint. */
  readonly signer?: NoteSigner;
}

/** Everything is written and sealed: only now does the folder hold a run. */
export async function finishRun(
  run: RunFolder,
  audit: AuditLog,
  summary: RunSummary,
  { started, finished, by, signer }: Finishing,
): Promise<RunSummary> {
  await rename(run.unsealedAudit, run.audit);
  const { head, entries, tree } = audit;
  const seal = makeSeal({
    head,
    entries,
    root: formatBase64(tree.root),
    sealed_at: finished.toISOString(),
    by,
    versions: libraryVersions(),
  });
  if (signer !== undefined) {
    const origin = runOrigin(signer.key.name, summary.domain, head);
    await writeFile(run.checkpoint, await signCheckpoint(signer, origin, tree, seal));
  }
  await writeFile(run.seal, seal);
  const done = { ...summary, seconds: (finished.getTime() - started.getTime()) / 1000 };
  await writeFile(run.summary, summaryText(summary));
  return done;
}

/** Without the seconds that it took: what the log vouches for holds no clock. */
function summaryText({ seconds: _, ...counts }: RunSummary): string {
  return `${JSON.stringify(counts)}\n`;
}

function startAudit(
  log: AuditLog,
  { model: { card, pack }, intake, threshold, context, past, erasable }: RunFacts,
  hashes: Readonly<Record<string, string>>,
): void {
  const subject = `run of ${card.domain}`;
  const actor = 'assay';
  log.append({
    event: 'run_started',
    actor,
    subject,
    data: {
      format: 'assay-run/2',
      run: 'score',
      domain: card.domain,
      pack: pack.hash,
      model: card.version,
      card: hashCard(card),
      threshold,
      card_threshold: card.threshold.value,
      rules_flag: pack.rules.filter(flagsByItself).map(({ id }) => id),
      averages: AVERAGES,
      files: intake.files.map(({ name, sha256, bytes }) => ({ name, sha256, bytes })),
      ...context,
      ...(erasable !== undefined && { erasable: { ...erasable } }),
      ...(past !== undefined && { past: { drops: countDrops(past), sha256: sha256(pastText(past)) } }),
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
