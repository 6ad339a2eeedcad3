/**
 * Takes a drop that is done through the stages once more, and compares what the model that waits for approval would have decided.
 * The drop is taken through the stages as the shadow of itself: planned with the challenger's pack, with the past that the drop saw,
 * cut as large as the drop was. So what it decides is what it would have decided as the champion.
 */
import { createHash } from 'node:crypto';
import { parquetSql } from '../engine/parquet.ts';
import { fetchAll } from '../history/fetch-files.ts';
import { dropKeys } from './drop-keys.ts';
import { type DropPlan, readPlan } from './drop-plan.ts';
import { type Fault, isSendersFault, kindOf } from './fault.ts';
import type { DropRef, ShadowInput } from './flow.ts';
import { planDrop } from './plan-drop.ts';
import { readShadow } from './read-leftovers.ts';
import { scoreWholeShadow } from './score-whole.ts';
import { compareDecisions } from './shadow.ts';
import type { MissedShadow, ShadowRun } from './shadow-run.ts';
import { inSession, type StageDeps } from './stage.ts';

export interface BegunShadow {
  readonly plan: DropPlan;
  /** Null: its parts are to be scored yet. */
  readonly run: ShadowRun | null;
}

/** A small drop is scored at once. What was scored in passing need not be scored again. */
export async function beginShadow(
  deps: StageDeps,
  { drop }: Pick<ShadowInput, 'drop'>,
): Promise<BegunShadow> {
  const decided = await readPlan(deps.data, drop);
  const passed = await readShadow(deps.data, decided);
  if (passed !== null) return { plan: decided, run: passed };
  const plan = await planShadow(deps, decided);
  if (plan.flow.mode === 'parts') return { plan, run: null };
  await scoreWholeShadow(deps, plan);
  return { plan, run: await compareShadow(deps, { drop: plan.drop }) };
}

async function planShadow(deps: StageDeps, decided: DropPlan): Promise<DropPlan> {
  const { drop, plannedAt, past, settings } = decided;
  const challenger = challengerOf(decided);
  return planDrop(deps, {
    drop: { ...drop, id: shadowId(drop, challenger), shadowOf: drop.id },
    model: await deps.loadModel(drop.domain, challenger),
    threshold: null,
    ...{ stops: [], past, settings, now: new Date(plannedAt) },
  });
}

/** What both decided, record by record: a record is at the same line for both, whatever their packs call it. */
export async function compareShadow(
  deps: StageDeps,
  { drop }: Pick<ShadowInput, 'drop'>,
): Promise<ShadowRun> {
  const shadow = await readPlan(deps.data, drop);
  const decided = await readPlan(deps.data, originalOf(drop));
  return inSession(deps, async (session) => {
    const sqlOf = async (plan: DropPlan, name: string) => {
      const keys = plan.flow.partitions.map(dropKeys(plan.drop).decisions);
      return parquetSql(await fetchAll(session, deps.data, name, keys));
    };
    const changes = await compareDecisions(session, {
      champion: await sqlOf(decided, 'champion'),
      challenger: await sqlOf(shadow, 'challenger'),
    });
    return { ...factsOf(decided), ...changes };
  });
}

/** What the report says of a drop whose shadow ended in an error. */
export async function missShadow(
  deps: Pick<StageDeps, 'data'>,
  drop: DropRef,
  error: Fault['fault'],
): Promise<MissedShadow> {
  const decided = await readPlan(deps.data, originalOf(drop));
  const notScored = isSendersFault(error) ? error.Cause : `it could not be scored here (${kindOf(error)})`;
  return { ...factsOf(decided), notScored };
}

function factsOf(decided: DropPlan): Pick<MissedShadow, 'format' | 'drop' | 'champion' | 'challenger'> {
  const { drop, model } = decided;
  return { format: 'assay-shadow/1', drop: drop.id, champion: model, challenger: challengerOf(decided) };
}

function challengerOf({ drop, shadow }: DropPlan): string {
  if (shadow === null) throw new Error(`no model waited for approval when ${drop.id} was planned`);
  return shadow;
}

function shadowId({ id }: DropRef, challenger: string): string {
  return `s-${createHash('sha256').update(`${id}\n${challenger}`).digest('hex').slice(0, 20)}`;
}

function originalOf(drop: DropRef): DropRef {
  return { ...drop, id: drop.shadowOf ?? drop.id };
}
