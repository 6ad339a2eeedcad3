/** An act on a domain's registry as it stands: read, decided and written, again where someone was faster. */
import type { AssayEvent } from '../events/event-schemas.ts';
import { untilWritten } from '../until-written.ts';
import type { ModelRegistry, Refusal, Transition } from './registry-state.ts';

/** Stored on condition that no one was faster, with what the audit log is to say. */
export interface RegistryStore {
  read(domain: string): Promise<ModelRegistry>;
  /** With the events that others are to hear of. False: someone was faster. */
  write(
    domain: string,
    before: ModelRegistry,
    after: Extract<Transition, { readonly done: true }>,
    also?: { readonly events: readonly AssayEvent[] },
  ): Promise<boolean>;
}

export interface RegistryChange {
  readonly before: ModelRegistry;
  /** The same as before where it was refused, or there was nothing to do. */
  readonly after: ModelRegistry;
  /** Null: it was not refused. */
  readonly refusal: Refusal | null;
  /** Written with it, and to be published. */
  readonly events: readonly AssayEvent[];
}

const MAX_ATTEMPTS = 20;

/** Null from `act`: there is nothing to do. */
export async function changeRegistry(
  store: RegistryStore,
  domain: string,
  act: (registry: ModelRegistry) => Transition | null,
  eventsOf: (before: ModelRegistry, after: ModelRegistry) => readonly AssayEvent[] = () => [],
): Promise<RegistryChange> {
  const attempt = async (): Promise<RegistryChange | undefined> => {
    const before = await store.read(domain);
    const transition = act(before);
    if (transition === null) return { before, after: before, refusal: null, events: [] };
    if (!transition.done) return { before, after: before, refusal: transition.refusal, events: [] };
    const after = transition.registry;
    const events = eventsOf(before, after);
    const isWritten = await store.write(domain, before, transition, { events });
    return isWritten ? { before, after, refusal: null, events } : undefined;
  };
  const overtaken = () =>
    new Error(`the registry of ${domain} changed ${MAX_ATTEMPTS} times while it was to be written`);
  return await untilWritten(MAX_ATTEMPTS, attempt, overtaken);
}
