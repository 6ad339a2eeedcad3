/** What a drop's functions tell other systems, and over which bus. */
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { isSendersFault } from '../drops/fault.ts';
import type { FlagItem } from '../drops/flag-item.ts';
import type { FailInput } from '../drops/flow.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';
import type { RunSummary } from '../scoring/run-summary.ts';
import { readEnvironment } from './environment.ts';
import { EventBus } from './event-bus.ts';

export function eventBus(): EventBus {
  const { ASSAY_EVENT_BUS } = readEnvironment(['ASSAY_EVENT_BUS'], process.env);
  return new EventBus(new EventBridgeClient({ retryMode: 'adaptive', maxAttempts: 8 }), ASSAY_EVENT_BUS);
}

export function flagRaised(item: FlagItem): AssayEvent {
  const { flag, domain, drop, score, threshold, severity, rules, model, flagged_at: at } = item;
  return makeEvent('FlagRaised', {
    ...{ at, domain, flag, drop, score, threshold, severity, model },
    rules: [...rules],
  });
}

export function dropDone(drop: string, summary: RunSummary, at: string): AssayEvent {
  const { domain, model, received, scored, rejected, flagged } = summary;
  return makeEvent('DropDone', { at, domain, drop, model, received, scored, rejected, flagged });
}

export function dropFailed({ drop, attempt, error }: FailInput, at: string): AssayEvent {
  const fault = isSendersFault(error) ? 'sender' : 'system';
  return makeEvent('DropFailed', { at, domain: drop.domain, drop: drop.id, attempt, fault });
}
