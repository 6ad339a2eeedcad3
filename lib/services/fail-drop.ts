/** The end of a drop that can't be finished: its sender learns why, and what is our fault waits among the dead letters. */
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { DropTable } from '../aws/drop-table.ts';
import { formatReason, isSendersFault } from '../drops/fault.ts';
import type { FailInput } from '../drops/flow.ts';
import { isOpen, readStoppedDrop, type StoppedExecution } from '../drops/stopped-drop.ts';
import type { AssayEvent } from '../events/event-schemas.ts';
import { DOMAIN_STOPPED } from '../oversight/stop.ts';
import { dropFailed } from './stage-events.ts';

export interface FailDeps {
  readonly drops: DropTable;
  readonly queue: SQSClient;
  readonly deadLettersUrl: string;
  readonly arrivalsUrl: string;
  /** Publishes an event that is stored. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
  /** ISO 8601. */
  readonly now: () => string;
}

/** A drop whose domain was stopped fails not: it arrives again, and waits. The letter first: run again after any break, nothing is left out. False: that attempt had ended before. */
export async function failDrop(deps: FailDeps, input: FailInput): Promise<boolean> {
  const { drops, queue, deadLettersUrl, arrivalsUrl, publish, now } = deps;
  const { drop, attempt, error } = input;
  if (error.Error === DOMAIN_STOPPED) {
    const MessageBody = JSON.stringify({ drop, attempt, error });
    await queue.send(new SendMessageCommand({ QueueUrl: arrivalsUrl, MessageBody }));
    return false;
  }
  if (!isSendersFault(error)) {
    const MessageBody = JSON.stringify({ drop, attempt, error });
    await queue.send(new SendMessageCommand({ QueueUrl: deadLettersUrl, MessageBody }));
  }
  const event = dropFailed(input, now());
  const why = { reason: formatReason(error), sealedWords: error.Sealed };
  const isFirst = await drops.failed(drop.id, why, attempt, event);
  if (isFirst) await publish(event);
  return isFirst;
}

/** What Step Functions reports of every execution that did not succeed, those included that failed by `failDrop`. Null: nothing to do. */
export async function failStoppedDrop(deps: FailDeps, event: StoppedExecution): Promise<FailInput | null> {
  const input = readStoppedDrop(event);
  if (input === null || !isOpen(await deps.drops.get(input.drop.id), input)) return null;
  return (await failDrop(deps, input)) ? input : null;
}
