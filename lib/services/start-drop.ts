/** An arrived drop is put on record and started, once for each attempt, however often it is published. */
import { ListExecutionsCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { DropTable } from '../aws/drop-table.ts';
import { doing, errorName } from '../aws/store-error.ts';
import type { UploadLog } from '../aws/upload-log.ts';
import { type Arrival, NO_DOMAIN } from '../drops/arrival.ts';

export interface DropStarter {
  readonly drops: DropTable;
  readonly uploads: Pick<UploadLog, 'uploaderOf'>;
  readonly executions: SFNClient;
  readonly machineArn: string;
  /** Drops under way at a time, about: an execution is listed some seconds after its start. */
  readonly maxDrops: number;
}

/** `waiting`: as many as may are under way, and the drop is on record but not started. */
export type Start = 'started' | 'known' | 'waiting';

export async function startDrop(
  { drops, uploads, executions, machineArn, maxDrops }: DropStarter,
  { drop, attempt }: Arrival,
): Promise<Start> {
  // A later attempt is at a file whose sender is on record.
  const isFirst = attempt === 1;
  const by = isFirst ? await uploads.uploaderOf(drop.key) : ((await drops.get(drop.id))?.by ?? null);
  const isNew = await drops.receive(drop, attempt, by);
  if (drop.domain === NO_DOMAIN) {
    await drops.failed(drop.id, `${drop.key} names no domain: drops/<domain>/<file> is expected`, attempt);
    return 'known';
  }
  const status = isNew ? null : await drops.get(drop.id);
  // Known, and not at this attempt or past it: the event came again. Known but not ended: its start may have been lost.
  if (status !== null && (status.attempt !== attempt || status.state === 'done' || status.state === 'failed'))
    return 'known';
  return doing(`starting drop ${drop.id}`, async () => {
    const running = await executions.send(
      new ListExecutionsCommand({
        stateMachineArn: machineArn,
        statusFilter: 'RUNNING',
        maxResults: maxDrops,
      }),
    );
    if ((running.executions?.length ?? 0) >= maxDrops) return 'waiting';
    try {
      const input = JSON.stringify({ drop, attempt });
      const name = `${drop.id}-${attempt}`;
      await executions.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input }));
      return 'started';
    } catch (error) {
      if (errorName(error) === 'ExecutionAlreadyExists') return 'started';
      throw error;
    }
  });
}
