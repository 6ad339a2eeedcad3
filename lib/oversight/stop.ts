/**
 * The stop switch: a domain, or one of its models, that people stopped. While it is stopped nothing new is scored by it: drops
 * wait in order of arrival, online scoring refuses, retrainings do not start.
 */
import type { AuditAct } from '../audit/audit-entry.ts';
import { InputError } from '../errors.ts';
import { type AssayEvent, makeEvent } from '../events/event-schemas.ts';

export interface Stop {
  readonly domain: string;
  /** The version that is stopped; null: the domain as a whole. */
  readonly model: string | null;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
  readonly reason: string;
}

/** What keeps records from being scored by that model: the domain's stop before the model's. Null: nothing does. */
export function stopFor(stops: readonly Stop[], model: string | null): Stop | null {
  return (
    stops.find((stop) => stop.model === null) ??
    stops.find((stop) => model !== null && stop.model === model) ??
    null
  );
}

/** `finance`, or `model 7f426b346af8 of finance`. */
export function stoppedThing({ domain, model }: Pick<Stop, 'domain' | 'model'>): string {
  return model === null ? domain : `model ${model} of ${domain}`;
}

/** What is stopped, since when and why, as a sentence. */
export function formatStop(stop: Stop): string {
  return `${stoppedThing(stop)} is stopped since ${stop.at}: ${stop.reason}`;
}

/** A stage of a drop that must not go on: the drop waits, and is retried once the stop is lifted. */
export class DomainStopped extends Error {
  override readonly name = 'DomainStopped';

  constructor(stop: Stop) {
    super(formatStop(stop));
  }
}

/** The name by which the state machine recognizes it. */
export const DOMAIN_STOPPED = 'DomainStopped';

/** It is stopped already, or is not stopped. */
export class StopRefused extends InputError {}

export interface StopStore {
  active(domain: string): Promise<Stop[]>;
  /** With the act and the event, in one write. False: it is stopped already. */
  stop(stop: Stop, act: AuditAct, event: AssayEvent): Promise<boolean>;
  /** With the act and the event, in one write. False: it is not stopped. */
  resume(stop: Stop, act: AuditAct, event: AssayEvent): Promise<boolean>;
}

export interface StopDeps {
  readonly stops: StopStore;
  /** Publishes what was stored with the act; what the bus refuses now is published later. */
  readonly publish: (event: AssayEvent) => Promise<unknown>;
}

/** Throws a StopRefused where it is stopped already. */
export async function stopScoring({ stops, publish }: StopDeps, stop: Stop): Promise<void> {
  const { domain, model, at } = stop;
  const event = makeEvent('DomainStopped', { at, domain, model });
  if (!(await stops.stop(stop, actOf('stopped', stop), event)))
    throw new StopRefused(`${stoppedThing(stop)} is stopped already`);
  await publish(event);
}

/** Drops that wait are started by what receives the event. Throws a StopRefused where it is not stopped. */
export async function resumeScoring({ stops, publish }: StopDeps, resumed: Stop): Promise<void> {
  const { domain, model, at } = resumed;
  const event = makeEvent('DomainResumed', { at, domain, model });
  if (!(await stops.resume(resumed, actOf('resumed', resumed), event)))
    throw new StopRefused(`${stoppedThing(resumed)} is not stopped`);
  await publish(event);
}

function actOf(event: 'stopped' | 'resumed', { domain, model, by, at, reason }: Stop): AuditAct {
  return { event, actor: by, at, subject: model ?? domain, data: { model, reason } };
}
