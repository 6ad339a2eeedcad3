/**
 * What the sender did wrong, distinguished from what went wrong here: the former is an answer of a stage, and trying again won't
 * change it; the latter is thrown, and may pass.
 */
import { InputError, isOutOfSpace, OUT_OF_SPACE } from '../errors.ts';
import { MissingObject } from '../object-store.ts';
import { DomainStopped } from '../oversight/stop.ts';
import type { KeysOf } from '../privacy/domain-keys.ts';
import { RefusedDrop, sealWords } from './erasable-drop.ts';
import type { DropError, DropRef } from './flow.ts';

export interface Fault {
  readonly fault: DropError;
}

/** A map holds the faults of all its children in one payload of 256 KB. */
const MAX_CAUSE = 2_000;

/** Of words that are sealed, which are longer then. */
const MAX_WORDS = 1_200;

/** Runs a stage; what the sender did wrong becomes its result, and so does a stop. Where records are erasable no word of the file is in it. */
export async function orFault<T>(stage: () => Promise<T>, of?: StageOfDrop): Promise<T | Fault> {
  try {
    return await stage();
  } catch (error) {
    const isErasable = of !== undefined && of.drop.sealedKey !== undefined;
    if (error instanceof DomainStopped || error instanceof RefusedDrop) return faultOf(error);
    if (error instanceof InputError || error instanceof MissingObject)
      return isErasable ? await wordlessFault(error, of) : faultOf(error);
    throw isErasable ? withoutWords(error) : error;
  }
}

export interface StageOfDrop {
  readonly drop: DropRef;
  /** Seals the words; absent: this stage does not see the file. */
  readonly keysOf?: KeysOf | undefined;
}

function faultOf({ name, message }: Error): Fault {
  return { fault: { Error: name, Cause: bounded(message, MAX_CAUSE) } };
}

/** What kind of error it is, and on which line; the words go with the file. */
async function wordlessFault({ name, message }: Error, of: StageOfDrop): Promise<Fault> {
  const line = /\bline (\d+)/.exec(message)?.[1];
  const where = line === undefined ? '' : `, line ${line}`;
  const Cause = `it cannot be read as it was delivered (${name}${where}); who may read personal data sees why`;
  const Sealed = await sealWords(of, of.drop, bounded(message, MAX_WORDS));
  return { fault: { Error: name, Cause, ...(Sealed !== null && { Sealed }) } };
}

/** What DuckDB says of a value quotes it, what a store says of an object names it, and AWS stores what a function throws or logs. */
export function withoutWords(error: unknown): Error {
  const { name, stack = '' } = error instanceof Error ? error : new Error('');
  const bare = new Error('what it says may quote the file, and is not shown');
  // By this name the state machine takes a larger machine, and the words that say so are gone.
  bare.name = isOutOfSpace(error) ? OUT_OF_SPACE : name;
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  bare.stack = [`${bare.name}: ${bare.message}`, ...frames].join('\n');
  return bare;
}

function bounded(message: string, max: number): string {
  return message.length <= max ? message : `${message.slice(0, max)}…`;
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
