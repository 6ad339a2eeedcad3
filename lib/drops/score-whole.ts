/**
 * A small drop, all its stages one after the other in one session: the same as in parts, with one of each, and nothing put back and
 * fetched again between them. Its own past is looked up by its records, so that it does not matter how much there is.
 */
import { join } from 'node:path';
import { quoteText, type Session } from '../engine/session.ts';
import { buildFeatures } from '../features/build-features.ts';
import { createStale } from '../history/load-past.ts';
import { dropOfPlace } from '../history/past.ts';
import { PastReader } from '../history/past-reader.ts';
import type { RangeResult } from '../intake/read-range.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import { type AssembleDeps, expectRunning, writeDrop } from './assemble.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { AssembledDrop, WholeInput } from './flow.ts';
import { describeIntake, fetchOriginal } from './gather-intake.ts';
import { repeatsSql } from './identify.ts';
import { readWhole } from './intake-range.ts';
import { createRecords } from './load-records.ts';
import { decideAll, explainAll, type Measures, shadowInPassing, storeDecisions } from './score-partition.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function scoreWhole(deps: AssembleDeps, { drop }: WholeInput): Promise<AssembledDrop> {
  const plan = await readPlan(deps.data, drop);
  const model = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(deps, async (session) => {
    const sealed = await expectRunning(deps, plan);
    const { path, results, scored } = await decideWhole(deps, session, plan, model);
    // A pass of its own, later, compares the two.
    if (plan.shadow !== null) await storeDecisions(deps, session, keys.decisions(0));
    const { flags, hits } = await explainAll(deps, session, plan, model);
    // The past was only looked at: what is stored is what was delivered.
    await session.run('DELETE FROM records WHERE history');
    await storeRows(deps, session, plan);
    await session.run('CREATE TEMP TABLE read_rejects AS SELECT * FROM rejects');
    const intake = await describeIntake(session, plan, model.pack, { path, results });
    const gathered = { plan, model, sealed, intake, scored, flagFiles: [flags], hitFiles: [hits] };
    const assembled = await writeDrop(deps, session, gathered);
    // Leaves the challenger's decisions in place of the champion's.
    if (plan.shadowInPassing) await shadowInPassing(deps, session, plan, 0);
    return assembled;
  });
}

/** What a model that waits for approval would have decided of a small drop. */
export async function scoreWholeShadow(deps: StageDeps, plan: DropPlan): Promise<void> {
  const model = await deps.loadModel(plan.drop.domain, plan.model);
  await inSession(deps, async (session) => {
    await decideWhole(deps, session, plan, model);
    await storeDecisions(deps, session, dropKeys(plan.drop).decisions(0));
  });
}

interface DecidedDrop {
  /** Of the file as it was delivered. */
  readonly path: string;
  readonly results: readonly RangeResult[];
  readonly scored: Measures;
}

/** Leaves the tables `records` (with what windows see), `range_records`, `rejects`, `repeats`, `stale`, `features`, `decisions`, `flagged`. */
async function decideWhole(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  model: Model,
): Promise<DecidedDrop> {
  const { pack } = model;
  const path = await fetchOriginal(deps, session, plan.drop);
  const result = await readWhole(deps, session, plan, pack, path);
  const ids = 'SELECT line, record_id FROM range_records';
  await session.run(`CREATE TEMP TABLE repeats AS ${repeatsSql(pack, ids)}`);
  await createRecords(session, pack, 'range_records');
  await loadPast(deps, session, plan, pack);
  await buildFeatures(session, pack, { encodings: false });
  return { path, results: [result], scored: await decideAll(session, model, plan.threshold) };
}

async function loadPast(deps: StageDeps, session: Session, plan: DropPlan, pack: Pack): Promise<void> {
  const folder = join(session.folder, 'past');
  const reader = new PastReader({ store: deps.data, folder, maxBytes: Number.POSITIVE_INFINITY });
  await session.run('CREATE TEMP VIEW own AS SELECT record_id FROM range_records');
  await reader.listAgain(session, pack, plan.past);
  await reader.load(session, pack, plan.past);
  await createStale(session);
  await session.run(`INSERT INTO stale SELECT DISTINCT ${dropOfPlace('place')}, record_id FROM again`);
}

/** The drop as the past of later ones. */
async function storeRows(deps: StageDeps, session: Session, { drop }: DropPlan): Promise<void> {
  const path = join(session.folder, 'rows.parquet');
  await session.run(
    `COPY (SELECT * FROM range_records ORDER BY line) TO ${quoteText(path)} (FORMAT parquet, COMPRESSION zstd)`,
  );
  await deps.data.upload(path, dropKeys(drop).rows(0, 0, 0));
}
