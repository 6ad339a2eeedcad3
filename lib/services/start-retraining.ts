/** A retraining is asked for: put on record, and its state machine started. Throws a RetrainingRefused where another is under way. */
import { type SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { RetrainingTable } from '../aws/retraining-table.ts';
import { doing } from '../aws/store-error.ts';
import { formatStop, type Stop } from '../oversight/stop.ts';
import { anotherRunning, RetrainingRefused, retrainingId } from '../retraining/retraining-status.ts';

export interface RetrainingStarter {
  readonly table: RetrainingTable;
  readonly executions: SFNClient;
  readonly machineArn: string;
  /** What keeps the domain as a whole from scoring; null: nothing. */
  readonly stopOf: (domain: string) => Promise<Stop | null>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** From 0 to 1. */
  readonly chance: () => number;
}

export async function startRetraining(
  { table, executions, machineArn, stopOf, now, chance }: RetrainingStarter,
  request: { readonly domain: string; readonly startedBy: string },
): Promise<string> {
  const stop = await stopOf(request.domain);
  if (stop !== null) throw new RetrainingRefused(`No retraining starts: ${formatStop(stop)}`);
  const id = retrainingId(now(), chance());
  await doing(`starting a retraining of ${request.domain}`, async () => {
    const { running } = await table.start({ id, ...request });
    if (running !== null) throw new RetrainingRefused(anotherRunning(request.domain, running));
    try {
      await executions.send(
        new StartExecutionCommand({ stateMachineArn: machineArn, name: id, input: JSON.stringify(request) }),
      );
    } catch (error) {
      await table.end(id, 'failed', 'It could not be started; the log says why.');
      throw error;
    }
  });
  return id;
}
