/**
 * A small drop, all its stages one after the other in one session: the same as in parts, with one of each, and nothing put back and
 * fetched again between them. Its own past is looked up by its records, so that it does not matter how much there is.
 */
import { join } from 'node:path';
import type { Session } from '../engine/session.ts';
import { createTable } from '../engine/table.ts';
import { buildFeatures } from '../features/build-features.ts';
import type { Features } from '../features/feature-tables.ts';
import { dropOfPlace } from '../history/past.ts';
import { PastReader } from '../history/past-reader.ts';
import { createStale, type Stale } from '../history/stale.ts';
import type { ReadRange } from '../intake/read-range.ts';
import type { RangeRecords, Records } from '../intake/records.ts';
import type { Model } from '../models/model-folder.ts';
import type { Pack } from '../packs/pack.ts';
import type { ScoredRecords } from '../scoring/score-records.ts';
import { type AssembleDeps, expectRunning, writeDrop } from './assemble.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import type { AssembledDrop, WholeInput } from './flow.ts';
import { describeIntake, fetchOriginal } from './gather-intake.ts';
import { readWhole } from './intake-range.ts';
import { createRecords, type OwnRecords } from './load-records.ts';
import { storedPack } from './plan-erasure.ts';
import { flagChunks } from './publish-chunks.ts';
import { type Repeats, repeatsSql } from './repeats.ts';
import {
  type Decided,
  decideAll,
  explainAll,
  shadowInPassing,
  storeDecisions,
  storeFlags,
} from './score-partition.ts';
import { inSession, type StageDeps } from './stage.ts';

export async function scoreWhole(deps: AssembleDeps, { drop }: WholeInput): Promise<AssembledDrop> {
  const plan = await readPlan(deps.data, drop);
  const model = await deps.loadModel(drop.domain, plan.model);
  const keys = dropKeys(drop);
  return inSession(deps, async (session) => {
    const sealed = await expectRunning(deps, plan);
    const { path, read, records, own, repeats, stale, features, scored } = await decideWhole(
      deps,
      session,
      plan,
      model,
    );
    const decided: Decided = { features, decisions: scored.decisions, matrix: scored.matrix };
    // A pass of its own, later, compares the two.
    if (plan.shadow !== null) await storeDecisions(deps, scored.decisions, keys.decisions(0));
    const { flags, hits } = await explainAll(deps, decided, plan, model);
    await storeFlags(deps, features, plan, model, { partition: 0, flags });
    // The past was only looked at: what is stored is what was delivered.
    await session.run(`DELETE FROM ${records} WHERE history`);
    await storeRows(deps, read.records, plan);
    const { rejects, result } = read;
    const delivered = { records, own, repeats, rejects, path, results: [result] };
    const intake = await describeIntake(deps, plan, model.pack, delivered);
    const gathered = { plan, model, sealed, intake, scored, flagFiles: [flags], hitFiles: [hits] };
    const chunks = flagChunks(0, scored.flagged);
    const assembled = await writeDrop(deps, session, { ...gathered, repeats, stale, chunks });
    if (plan.shadowInPassing) await shadowInPassing(deps, decided, plan, 0);
    return assembled;
  });
}

/** What a model that waits for approval would have decided of a small drop. */
export async function scoreWholeShadow(deps: StageDeps, plan: DropPlan): Promise<void> {
  const model = await deps.loadModel(plan.drop.domain, plan.model);
  await inSession(deps, async (session) => {
    const { scored } = await decideWhole(deps, session, plan, model);
    await storeDecisions(deps, scored.decisions, dropKeys(plan.drop).decisions(0));
  });
}

interface DecidedDrop extends OwnRecords {
  /** Of the file as it was delivered. */
  readonly path: string;
  readonly read: ReadRange;
  readonly features: Features;
  readonly scored: ScoredRecords;
}

/** The records are with what their windows see. */
async function decideWhole(
  deps: StageDeps,
  session: Session,
  plan: DropPlan,
  model: Model,
): Promise<DecidedDrop> {
  const { pack } = model;
  const path = await fetchOriginal(deps, session, plan.drop);
  const read = await readWhole(deps, session, plan, pack, path);
  const ids = `SELECT line, record_id FROM ${read.records}`;
  const repeats: Repeats = await createTable(session, 'repeats', repeatsSql(pack, ids));
  const stored = storedPack(plan, pack);
  const records = await createRecords(repeats, stored, `${read.records}`);
  const stale = await loadPast(deps, { records, own: read.records }, plan, stored);
  const features = await buildFeatures(records, pack, { encodings: false });
  const scored = await decideAll(features, model, plan.threshold);
  return { path, read, records, own: `${read.records}`, repeats, stale, features, scored };
}

async function loadPast(
  deps: StageDeps,
  { records, own }: { readonly records: Records; readonly own: RangeRecords },
  plan: DropPlan,
  pack: Pack,
): Promise<Stale> {
  const { session } = records;
  const folder = join(session.folder, 'past');
  const reader = new PastReader({ store: deps.data, folder, maxBytes: Number.POSITIVE_INFINITY });
  const again = await reader.listAgain(own, pack, plan.past);
  await reader.load(records, pack, plan.past);
  const stale = await createStale(session);
  await session.run(`INSERT INTO ${stale} SELECT DISTINCT ${dropOfPlace('place')}, record_id FROM ${again}`);
  return stale;
}

/** The drop as the past of later ones. */
async function storeRows(deps: StageDeps, rows: RangeRecords, { drop }: DropPlan): Promise<void> {
  const path = join(rows.session.folder, 'rows.parquet');
  await rows.copyToParquet(path, { orderBy: 'line' });
  await deps.data.upload(path, dropKeys(drop).rows(0, 0, 0));
}
