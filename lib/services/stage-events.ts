/** What a drop's functions publish to other systems, and over which bus. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { documentClient } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import { EventBus } from '../aws/event-bus.ts';
import { Outbox } from '../aws/outbox.ts';
import type { FlagItem } from '../decisions/flag-item.ts';
import { isSendersFault } from '../drops/fault.ts';
import type { FailInput } from '../drops/flow.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import { flagsRaised } from '../events/flags-raised.ts';
import { errorFields, log } from '../observe/logger.ts';
import { isMostlyRejected, MAX_REJECTED_SHARE } from '../report/common-rejects.ts';
import type { RunSummary } from '../scoring/run-summary.ts';

export function eventBus(): EventBus {
  const { ASSAY_EVENT_BUS } = readEnvironment(['ASSAY_EVENT_BUS'], process.env);
  return new EventBus(new EventBridgeClient({ retryMode: 'adaptive', maxAttempts: 8 }), ASSAY_EVENT_BUS);
}

/** For what is published once it is stored, whatever the bus says: see outbox.ts. */
export function outbox(): Outbox {
  const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
  return new Outbox(documentClient(), ASSAY_DROPS_TABLE, eventBus(), logUnpublished);
}

export function logUnpublished({ type, detail }: AssayEvent, error: unknown): void {
  log.error('event not published yet', { stage: type, domain: detail.domain, ...errorFields(error) });
}

/** What is published of flags, by the setting of the stack. */
export function flagEvents(): (items: readonly FlagItem[]) => AssayEvent[] {
  const { ASSAY_EVENTS_MIN_SEVERITY } = readEnvironment(['ASSAY_EVENTS_MIN_SEVERITY'], process.env);
  return (items) => flagsRaised(items, ASSAY_EVENTS_MIN_SEVERITY);
}

/** The event of a drop that is done; `at` is ISO 8601. */
export function dropDone(drop: string, summary: RunSummary, at: string): AssayEvent {
  const { domain, model, received, scored, rejected, flagged } = summary;
  const mostly_rejected = isMostlyRejected(summary, MAX_REJECTED_SHARE);
  return makeEvent('DropDone', {
    ...{ at, domain, drop, model, received, scored, rejected, flagged, mostly_rejected },
  });
}

export function dropFailed({ drop, attempt, error }: FailInput, at: string): AssayEvent {
  const fault = isSendersFault(error) ? 'sender' : 'system';
  return makeEvent('DropFailed', { at, domain: drop.domain, drop: drop.id, attempt, fault });
}
