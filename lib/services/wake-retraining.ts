/** A retraining that waits for people goes on: the decision wakes it. One that does not wait is left alone. */
import { SendTaskSuccessCommand, type SFNClient } from '@aws-sdk/client-sfn';
import type { RetrainingTable } from '../aws/retraining-table.ts';
import { doing, errorName } from '../aws/store-error.ts';

/** It went on already, or its time was over. */
const GONE: ReadonlySet<string> = new Set(['TaskDoesNotExist', 'TaskTimedOut', 'InvalidToken']);

export async function wakeRetraining(
  { table, executions }: { readonly table: RetrainingTable; readonly executions: SFNClient },
  id: string,
): Promise<void> {
  const taskToken = await table.token(id);
  if (taskToken === null) return;
  await doing(`waking retraining ${id}`, async () => {
    try {
      await executions.send(new SendTaskSuccessCommand({ taskToken, output: '{}' }));
    } catch (error) {
      if (!GONE.has(errorName(error))) throw error;
    }
  });
}
