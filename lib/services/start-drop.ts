/**
 * An arrived drop is put on record and started, once for each attempt, however often it is published. Where its domain is
 * stopped it waits in a queue of the domain, and the queue is worked off in order of arrival once it is resumed.
 */
import { ListExecutionsCommand, type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { DropTable } from '../aws/drop-table.ts';
import type { WaitingDrop, WaitingDrops } from '../aws/stop-table.ts';
import { doing, errorName } from '../aws/store-error.ts';
import type { UploadLog } from '../aws/upload-log.ts';
import { type Arrival, NO_DOMAIN } from '../drops/arrival.ts';
import type { DropStatus } from '../drops/drop-status.ts';
import { sealName } from '../drops/erasable-drop.ts';
import type { Stop } from '../oversight/stop.ts';
import type { KeysOf } from '../privacy/domain-keys.ts';

export interface DropStarter {
  readonly drops: DropTable;
  readonly uploads: Pick<UploadLog, 'uploaderOf'>;
  readonly executions: SFNClient;
  readonly machineArn: string;
  /** Drops under way at a time, about: an execution is listed some seconds after its start. */
  readonly maxDrops: number;
  /** What keeps the domain's drops from being scored by its champion; null: nothing. */
  readonly stopOf: (domain: string) => Promise<Stop | null>;
  readonly waiting: WaitingDrops;
  readonly keysOf: KeysOf;
}

/**
 * `full`: as many as may are under way, and the drop is on record but not started. `queued`: it is in its domain's queue. `behind`:
 * the same, and as many as may are under way, so that the queue is to be looked at again.
 */
export type Start = 'started' | 'known' | 'full' | 'queued' | 'behind';

export async function startDrop(starter: DropStarter, { drop: arrived, attempt }: Arrival): Promise<Start> {
  const { drops, uploads, stopOf, waiting } = starter;
  // A later attempt is at a file whose sender is on record.
  const isFirst = attempt === 1;
  const by = isFirst ? await uploads.uploaderOf(arrived.key) : ((await drops.get(arrived.id))?.by ?? null);
  const drop = await sealName(arrived, starter);
  const arrival = { drop, attempt };
  const isNew = await drops.receive(drop, attempt, by);
  if (drop.domain === NO_DOMAIN) {
    const reason = `${drop.key} names no domain: drops/<domain>/<file> is expected`;
    await drops.failed(drop.id, { reason }, attempt);
    return 'known';
  }
  if (!isNew && !isToStart(await drops.get(drop.id), attempt)) return 'known';
  const isStopped = (await stopOf(drop.domain)) !== null;
  if (!isStopped && (await waiting.oldest(drop.domain, 1)).length === 0) {
    if ((await placesFree(starter)) <= 0) return 'full';
    await startExecution(starter, arrival);
    return 'started';
  }
  await waiting.add(arrival);
  if (isStopped) await drops.waits(drop.id, attempt, true);
  // Resumed meanwhile, no one else would look at the queue again.
  return (await startWaiting(starter, drop.domain)) === 'full' ? 'behind' : 'queued';
}

/** The drops of a domain's queue, the oldest first. `full`: as many as may are under way, and others wait. */
export async function startWaiting(starter: DropStarter, domain: string): Promise<'done' | 'full'> {
  const { waiting, drops, stopOf } = starter;
  let free: number | null = null;
  for (;;) {
    if ((await stopOf(domain)) !== null) return 'done';
    const page = await waiting.oldest(domain, Math.max(1, free ?? starter.maxDrops));
    if (page.length === 0) return 'done';
    free ??= await placesFree(starter);
    if (free <= 0) return 'full';
    for (const one of page.slice(0, free)) {
      if ((await stopOf(domain)) !== null) return 'done';
      if (await startWaitingDrop(starter, one)) free--;
      await drops.waits(one.drop.id, one.attempt, false);
      await waiting.remove(one);
    }
  }
}

/** False: there is nothing to start any more. */
async function startWaitingDrop(starter: DropStarter, one: WaitingDrop): Promise<boolean> {
  if (!isToStart(await starter.drops.get(one.drop.id), one.attempt)) return false;
  await startExecution(starter, one);
  return true;
}

/** Not past this attempt, nor at its end. Known but not ended: its start may have been lost. */
function isToStart(status: DropStatus | null, attempt: number): boolean {
  return (
    status === null || (status.attempt === attempt && status.state !== 'done' && status.state !== 'failed')
  );
}

async function placesFree({ executions, machineArn, maxDrops }: DropStarter): Promise<number> {
  const running = await doing('counting the drops that are under way', () =>
    executions.send(
      new ListExecutionsCommand({
        stateMachineArn: machineArn,
        statusFilter: 'RUNNING',
        maxResults: maxDrops,
      }),
    ),
  );
  return maxDrops - (running.executions?.length ?? 0);
}

async function startExecution(
  { executions, machineArn }: DropStarter,
  { drop, attempt }: WaitingDrop,
): Promise<void> {
  await doing(`starting drop ${drop.id}`, async () => {
    try {
      const input = JSON.stringify({ drop, attempt });
      const name = `${drop.id}-${attempt}`;
      await executions.send(new StartExecutionCommand({ stateMachineArn: machineArn, name, input }));
    } catch (error) {
      if (errorName(error) !== 'ExecutionAlreadyExists') throw error;
    }
  });
}
