/** A person ends a retraining that is under way: on record with the act and its event first, so that whatever still runs goes no further. */
import { type SFNClient, StopExecutionCommand } from '@aws-sdk/client-sfn';
import type { AuditChain } from '../aws/audit-chain.ts';
import type { RetrainingTable } from '../aws/retraining-table.ts';
import { doing, errorName } from '../aws/store-error.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { changeRegistry, type RegistryStore } from '../registry/change-registry.ts';
import { rejectModel } from '../registry/registry-approval.ts';
import { RetrainingRefused, type RetrainingStatus } from '../retraining/retraining-status.ts';

export interface CancelDeps {
  readonly table: RetrainingTable;
  readonly executions: SFNClient;
  readonly machineArn: string;
  readonly audit: AuditChain;
  readonly registry: RegistryStore;
  /** Publishes an event that is stored. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

export interface Cancellation {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
}

/** What Step Functions answers of an execution that does not run. */
const OVER: ReadonlySet<string> = new Set(['ExecutionDoesNotExist', 'ValidationException']);

/** Throws a RetrainingRefused where it is not under way. Asked again, it stops what still runs. */
export async function cancelRetraining(deps: CancelDeps, cancellation: Cancellation): Promise<void> {
  const { id } = cancellation;
  const status = await deps.table.get(id);
  if (status === null) throw new RetrainingRefused(`There is no retraining ${id}.`);
  if (status.state !== 'cancelled') await putOnRecord(deps, status, cancellation);
  await stopExecution(deps, id);
  await withdraw(deps, status, cancellation);
}

async function putOnRecord(
  { table, audit, publish, now }: CancelDeps,
  { id, domain, state, challenger }: RetrainingStatus,
  { by, reason }: Cancellation,
): Promise<void> {
  if (state === 'awaiting_approval') {
    throw new RetrainingRefused(
      `Retraining ${id} waits for approval: reject its model ${challenger} instead.`,
    );
  }
  const at = new Date(now()).toISOString();
  const data = { outcome: 'cancelled', reason };
  const act = { event: 'retraining_ended', actor: by, subject: id, at, data } as const;
  const event = makeEvent('RetrainingEnded', {
    ...{ at, domain, retraining: id, outcome: 'cancelled', model: challenger },
  });
  const write = table.ending(id, 'cancelled', `${by}: ${reason}`);
  if (state !== 'running' || !(await audit.appendWith(domain, [act], [write], [event])))
    throw new RetrainingRefused(`Retraining ${id} has ended already.`);
  await publish(event);
}

async function stopExecution({ executions, machineArn }: CancelDeps, id: string): Promise<void> {
  const executionArn = `${machineArn.replace(':stateMachine:', ':execution:')}:${id}`;
  await doing(`stopping retraining ${id}`, async () => {
    try {
      await executions.send(new StopExecutionCommand({ executionArn, error: 'Cancelled' }));
    } catch (error) {
      // It was never begun, or is over.
      if (!OVER.has(errorName(error))) throw error;
    }
  });
}

/** A model that it put forward at this very moment would wait for approval, and for nothing. */
async function withdraw(
  { registry, now }: CancelDeps,
  { id, domain }: RetrainingStatus,
  { by, reason }: Cancellation,
): Promise<void> {
  await changeRegistry(registry, domain, (before) => {
    const entry = Object.values(before.models).find(
      (one) => one.retraining === id && (one.state === 'candidate' || one.state === 'approved'),
    );
    const at = new Date(now()).toISOString();
    return entry === undefined ? null : rejectModel(before, entry.version, { by, at, reason });
  });
}
