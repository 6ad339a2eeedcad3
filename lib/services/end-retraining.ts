/** Where a retraining waits for people, and where every retraining ends: with a reason, on record and published. */
import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { AuditAct } from '../audit/audit-entry.ts';
import type { AuditChain } from '../aws/audit-chain.ts';
import type { RetrainingTable } from '../aws/retraining-table.ts';
import { errorName } from '../aws/store-error.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { SYSTEM } from '../registry/install-present.ts';
import { type FinalizeDeps, isUndecided } from '../retraining/finalize-model.ts';
import { planOf, type StepInput } from '../retraining/flow.ts';
import { endOfError, type RetrainingEnd } from '../retraining/outcome.ts';

export interface EndDeps {
  readonly table: RetrainingTable;
  readonly executions: SFNClient;
  readonly audit: AuditChain;
  readonly finalizing: FinalizeDeps;
  /** Publishes an event that is stored. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
}

/** Leaves the token for the one who decides; where they were faster, the machine goes on at once. */
export async function awaitApproval(
  { table, executions, finalizing }: EndDeps,
  { retraining, challenger, token }: Extract<StepInput, { readonly step: 'await' }>,
): Promise<Record<never, never>> {
  await table.awaiting(retraining.id, token, challenger);
  if (await isUndecided(retraining, finalizing)) return {};
  try {
    await executions.send(new SendTaskSuccessCommand({ taskToken: token, output: '{}' }));
  } catch (error) {
    // It went on already.
    if (!['TaskDoesNotExist', 'TaskTimedOut'].includes(errorName(error))) throw error;
  }
  return {};
}

/** Puts the end of a retraining on record, once, in the table and the log of acts, and publishes it. */
export async function endRetraining(
  { table, audit, finalizing, publish }: EndDeps,
  input: Extract<StepInput, { readonly step: 'end' }>,
): Promise<{ readonly end: RetrainingEnd }> {
  const { retraining } = input;
  const { domain, startedBy } = planOf(retraining);
  const { id } = retraining;
  const end = 'end' in input ? input.end : endOfError(new Error(input.error.Cause));
  const before = await table.get(id);
  // The first state may have failed before it put the retraining on record.
  if (before === null) await table.record({ id, domain, startedBy });
  const at = finalizing.now();
  const data = { outcome: end.outcome, reason: end.reason };
  const act: AuditAct = { event: 'retraining_ended', actor: SYSTEM, subject: id, at, data };
  // One write, and nothing if it had ended before. A promotion has an entry of its own.
  const acts = end.outcome === 'promoted' ? [] : [act];
  const model = before?.challenger ?? null;
  const event = makeEvent('RetrainingEnded', { at, domain, retraining: id, outcome: end.outcome, model });
  const write = table.ending(id, end.outcome, end.reason);
  if (await audit.appendWith(domain, acts, [write], [event])) await publish(event);
  return { end };
}
