/**
 * What the sender did wrong, distinguished from what went wrong here: the former is an answer of a stage, and trying again won't
 * change it; the latter is thrown, and may pass.
 */
import { InputError } from '../errors.ts';
import { MissingObject } from '../object-store.ts';
import { DomainStopped } from '../oversight/stop.ts';

export interface Fault {
  readonly fault: { readonly Error: string; readonly Cause: string };
}

/** A map holds the faults of all its children in one payload of 256 KB. */
const MAX_CAUSE = 2_000;

/** Runs a stage; what the sender did wrong becomes its result, and so does a stop. */
export async function orFault<T>(stage: () => Promise<T>): Promise<T | Fault> {
  try {
    return await stage();
  } catch (error) {
    if (error instanceof InputError || error instanceof MissingObject || error instanceof DomainStopped)
      return { fault: { Error: error.name, Cause: bounded(error.message) } };
    throw error;
  }
}

function bounded(message: string): string {
  return message.length <= MAX_CAUSE ? message : `${message.slice(0, MAX_CAUSE)}…`;
}

const SENDERS = ['InputError', 'MissingObject'];

/** Trying again would not help. */
export function isSendersFault({ Error: name }: Pick<Fault['fault'], 'Error'>): boolean {
  return SENDERS.includes(name);
}

/** Why a drop failed, for the one who sent it. What went wrong here is named by its kind: the log has the rest. */
export function formatReason({ Error: name, Cause }: Fault['fault']): string {
  if (isSendersFault({ Error: name })) return Cause;
  return `it could not be finished here (${kindOf({ Error: name, Cause })}); nothing of it is lost, and it can be retried: assay drops redrive`;
}

/** What kind of error it was, by its own name. */
export function kindOf({ Error: name, Cause }: Fault['fault']): string {
  return errorTypeOf(Cause) ?? name;
}

/** Lambda reports a thrown error as JSON. */
function errorTypeOf(cause: string): string | null {
  try {
    const { errorType } = JSON.parse(cause) as { errorType?: string };
    return errorType ?? null;
  } catch {
    return null;
  }
}
