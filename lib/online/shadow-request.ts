/**
 * Scores a request that is recorded by the model that waits for approval too: how the two differ on it, or why it was not scored. It
 * stops nothing.
 */
import type { DropRef } from '../drops/flow.ts';
import type { Candidate } from '../drops/plan-drop.ts';
import { compareDecisions } from '../drops/shadow.ts';
import type { MissedShadow, ShadowRun } from '../drops/shadow-run.ts';
import type { StageDeps } from '../drops/stage.ts';
import { InputError } from '../errors.ts';
import type { LastRequest, OnlineEngine } from './online-engine.ts';
import type { DecidedRecords } from './record-facts.ts';

/** A record is at the same line of the request for both models, whatever their packs call it. */
const byLineSql = ({ records, decisions }: DecidedRecords): string =>
  `(SELECT line AS seq, record_id, score, flagged FROM ${decisions} JOIN (SELECT seq, line FROM ${records}) USING (seq))`;

export async function shadowOnline(
  { engine, warn }: { readonly engine: OnlineEngine; readonly warn: StageDeps['warn'] },
  last: LastRequest,
  drop: DropRef,
  { version, model }: Candidate,
): Promise<ShadowRun> {
  const facts: Omit<MissedShadow, 'notScored'> = {
    ...{ format: 'assay-shadow/1', drop: drop.id },
    ...{ champion: last.model.card.version, challenger: version },
  };
  if (model === null) return { ...facts, notScored: 'it could not be read' };
  try {
    const challenger = byLineSql(await engine.decideBy(last, model));
    const { records } = last.intake;
    const champion = byLineSql({ records, decisions: last.scored.decisions });
    return { ...facts, ...(await compareDecisions(records.session, { champion, challenger })) };
  } catch (error) {
    warn('the challenger was not scored', drop, error);
    const { name, message } = error as Error;
    const notScored = error instanceof InputError ? message : `it could not be scored here (${name})`;
    return { ...facts, notScored };
  }
}
