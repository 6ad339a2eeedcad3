/** An arrived drop is put on record and started, once for each attempt, however often it is told. */
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { type Arrival, NO_DOMAIN } from '../drops/arrival.ts';
import type { DropTable } from './drop-table.ts';
import { doing, errorName } from './store-error.ts';

export interface DropStarter {
  readonly drops: DropTable;
  readonly executions: SFNClient;
  readonly machineArn: string;
}

/** Whether an execution was started, or runs already. */
export async function startDrop(
  { drops, executions, machineArn }: DropStarter,
  { drop, attempt }: Arrival,
): Promise<boolean> {
  const isNew = await drops.receive(drop, attempt);
  if (drop.domain === NO_DOMAIN) {
    await drops.failed(drop.id, `${drop.key} names no domain: drops/<domain>/<file> is expected`, attempt);
    return false;
  }
  const status = isNew ? null : await drops.get(drop.id);
  // Known, and not at this attempt or past it: the event came again. Known but not ended: its start may have been lost.
  if (status !== null && (status.attempt !== attempt || status.state === 'done' || status.state === 'failed'))
    return false;
  return doing(`starting drop ${drop.id}`, async () => {
    try {
      const input = JSON.stringify({ drop, attempt });
      const name = `${drop.id}-${attempt}`;
      await executions.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input }));
      return true;
    } catch (error) {
      if (errorName(error) === 'ExecutionAlreadyExists') return true;
      throw error;
    }
  });
}
