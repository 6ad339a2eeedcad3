/**
 * The last stage that computes: from what the ranges read and the partitions decided it writes the drop's run folder, as `assay
 * score` leaves it, and with it what is stored of the drop: records, decisions, results, the audit log and its seal, and what is put
 * up for blind review. The pieces of flags for officers the partitions have left.
 */
import { join } from 'node:path';
import { openAuditFile } from '../audit/audit-log.ts';
import type { Session } from '../engine/session.ts';
import type { Table } from '../engine/table.ts';
import { fetchAll } from '../history/fetch-files.ts';
import type { HistoryEntry } from '../history/history-entry.ts';
import { isEmpty } from '../history/past.ts';
import { pastLines } from '../history/past-list.ts';
import type { Stale } from '../history/stale.ts';
import type { IntakeResult } from '../intake/read-records.ts';
import type { Model } from '../models/model-folder.ts';
import type { SamplingFor } from '../reviews/below-the-line.ts';
import { mergeFlagLines } from '../scoring/flag-lines.ts';
import { mergeRecordHits } from '../scoring/rule-hits-of-run.ts';
import { createRunFolder } from '../scoring/run-folder.ts';
import type { RunSummary } from '../scoring/run-summary.ts';
import type { ScoredRecords } from '../scoring/score-records.ts';
import { finishRun, writeRun } from '../scoring/write-run.ts';
import { type BlindEntry, drawBlind } from './blind-items.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { AssembledDrop, AssembleInput } from './flow.ts';
import { gatherDecisions } from './gather-decisions.ts';
import { firstReject, gatherIntake } from './gather-intake.ts';
import { storedPack } from './plan-erasure.ts';
import { writeBlindChunks } from './publish-chunks.ts';
import type { Repeats } from './repeats.ts';
import { countBelow, drawingOf, ReasonSample, saveMeasures } from './save-measures.ts';
import { type SealedDrop, sealOf } from './sealed-drop.ts';
import { inSession, type StageDeps } from './stage.ts';
import { type StoringDeps, sealingTime, storeRun } from './store-run.ts';

export interface AssembleDeps extends StageDeps, StoringDeps {
  readonly now: () => Date;
  /** Throws a DomainStopped where people stopped the domain or that model. */
  readonly expectRunning: (domain: string, model: string) => Promise<void>;
  /** What is put up for blind review; absent: nothing. */
  readonly sampling?: SamplingFor;
}

export async function assemble(deps: AssembleDeps, { drop }: AssembleInput): Promise<AssembledDrop> {
  const plan = await readPlan(deps.data, drop);
  const model = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(deps, async (session) => {
    const sealed = await expectRunning(deps, plan);
    const { intake, repeats, stale } = await gatherIntake(deps, session, plan, model);
    const { chunks, ...scored } = await gatherDecisions(deps, session, plan);
    const flagFiles = await fetchAll(session, deps.data, 'flags', plan.flow.partitions.map(keys.flags));
    const hitFiles = await fetchAll(session, deps.data, 'hits', plan.flow.partitions.map(keys.hits));
    const gathered = { intake, scored, repeats, stale, flagFiles, hitFiles, chunks };
    return writeDrop(deps, session, { plan, model, sealed, ...gathered });
  });
}

/** Null: the drop is not sealed. What is sealed once is carried through to its flags: a log without them would say more than the stores. */
export async function expectRunning(deps: AssembleDeps, { drop, model }: DropPlan): Promise<string | null> {
  const sealed = await deps.data.readText(dropKeys(drop).sealedAt);
  if (sealed === null) await deps.expectRunning(drop.domain, model);
  return sealed;
}

export interface GatheredDrop {
  readonly plan: DropPlan;
  readonly model: Model;
  /** When it was sealed first, as `expectRunning` found it. */
  readonly sealed: string | null;
  readonly intake: IntakeResult;
  readonly scored: ScoredRecords;
  readonly repeats: Repeats;
  /** What is out of date since this drop. */
  readonly stale: Stale;
  readonly flagFiles: readonly string[];
  readonly hitFiles: readonly string[];
  /** The pieces that the flags were stored in. */
  readonly chunks: readonly string[];
}

export async function writeDrop(
  deps: AssembleDeps,
  session: Session,
  gathered: GatheredDrop,
): Promise<AssembledDrop> {
  const { plan, model, sealed, intake, scored, flagFiles, hitFiles } = gathered;
  const { drop } = plan;
  const keys = dropKeys(drop);
  const run = await createRunFolder(join(session.folder, 'run'));
  const sample = new ReasonSample();
  const past = pastLines(plan.past);
  const audit = openAuditFile(run.unsealedAudit);
  const written = await writeRun(run, audit.log, {
    model,
    threshold: plan.threshold,
    intake,
    scored,
    lines: sample.through(mergeFlagLines(flagFiles)),
    hits: mergeRecordHits(hitFiles),
    hasPast: !isEmpty(plan.past),
    ...(plan.erasable !== undefined && { erasable: plan.erasable }),
    context: {
      drop: drop.id,
      object: { key: drop.key, version: drop.version },
    },
    past,
  }).finally(() => audit.close());
  const finished = await sealingTime(deps.data, keys.sealedAt, deps.now, sealed);
  const summary = await finishRun(run, audit.log, written.summary, {
    started: new Date(drop.receivedAt),
    finished,
    by: 'assay',
  });
  await storeRun(deps, run, { drop, model: plan.model, past });
  const blind = await putUpBlind(deps, session, gathered);
  await saveMeasures(deps.data, plan, { scored, summary, reasons: sample.reasons(), ...blind.counts });
  const outcome: DropOutcome = {
    summary,
    sealed: sealOf(drop, audit.log, finished),
    entry: await historyEntry(deps, gathered, summary),
    warnings: [...intake.warnings, ...written.warnings],
    firstReject: await firstReject(intake.rejects),
  };
  await deps.data.writeText(keys.outcome, JSON.stringify(outcome));
  return { chunks: [...gathered.chunks, ...blind.chunks] };
}

interface PutUp {
  readonly chunks: readonly string[];
  readonly counts: { readonly belowTheLine: number; readonly drawn: number };
}

/** Draws what of the drop is reviewed blindly, and stores it in pieces. */
async function putUpBlind(
  deps: AssembleDeps,
  session: Session,
  { plan, model, intake, scored }: GatheredDrop,
): Promise<PutUp> {
  const sampling = (await deps.sampling?.(drawingOf(plan, scored))) ?? null;
  if (sampling === null) return { chunks: [], counts: { belowTheLine: 0, drawn: 0 } };
  let drawn = 0;
  async function* counted(): AsyncGenerator<BlindEntry> {
    const stored = { ...model, pack: storedPack(plan, model.pack) };
    for await (const entry of drawBlind({ records: intake.records, ...scored }, plan, stored, sampling!)) {
      drawn += countBelow([entry]);
      yield entry;
    }
  }
  const chunks = await writeBlindChunks(deps, session, plan.drop, counted());
  return { chunks, counts: { belowTheLine: sampling.belowTheLine, drawn } };
}

/** What is left to report when the flags are stored: kept as an object for the last state. */
export interface DropOutcome {
  readonly summary: RunSummary;
  /** Absent only of a drop that was under way when the version that writes it was deployed. */
  readonly sealed?: SealedDrop;
  readonly entry: HistoryEntry;
  readonly warnings: readonly string[];
  /** In words, where anything was rejected. */
  readonly firstReject: string | null;
}

/** The drop as the past of later ones, with the lists that they read beside it. */
async function historyEntry(
  deps: StageDeps,
  { plan, repeats, stale }: Pick<GatheredDrop, 'plan' | 'repeats' | 'stale'>,
  { scored }: RunSummary,
): Promise<HistoryEntry> {
  const { drop, plannedAt, partitions } = plan;
  const { allRepeats, allStale } = dropKeys(drop);
  return {
    drop: drop.id,
    domain: drop.domain,
    settledAt: plannedAt,
    keys: plan.keys,
    partitions,
    ranges: plan.ranges.length,
    rows: scored,
    repeats: await storeList(deps, repeats, allRepeats),
    stale: await storeList(deps, stale, allStale),
    ...(plan.erasable !== undefined && { sealed: true }),
  };
}

/** Its length; an empty one is not stored. */
async function storeList(deps: StageDeps, list: Table<object>, key: string): Promise<number> {
  const n = await list.count();
  if (n === 0) return 0;
  const path = join(list.session.folder, 'list.parquet');
  await list.copyToParquet(path);
  await deps.data.upload(path, key);
  return n;
}
