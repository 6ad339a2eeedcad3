/**
 * What arrives in the queue: the bucket's event about a new object, or what the dead letters hold of a drop that is retried, by the
 * function `fail` or, where that one failed, by Step Functions and Lambda. It returns what is to be started.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { InputError } from '../errors.ts';
import { DropAttempt, parseJson } from './drop-attempt.ts';
import type { DropRef } from './flow.ts';
import { readStoppedDrop } from './stopped-drop.ts';

/** EventBridge, source aws.s3, detail type "Object Created". */
const ObjectCreated = z.object({
  time: z.string(),
  detail: z.object({
    bucket: z.object({ name: z.string() }),
    object: z.object({
      key: z.string(),
      size: z.number().default(0),
      etag: z.string().optional(),
      'version-id': z.string().optional(),
    }),
  }),
});

/** As Lambda writes to the OnFailure destination of a function. */
export const FailedInvocation = z.object({
  requestContext: z.object({ condition: z.string() }),
  requestPayload: z.unknown(),
  responsePayload: z.object({ errorMessage: z.string() }).nullish().catch(null),
});

export interface Arrival {
  readonly drop: DropRef;
  readonly attempt: number;
}

/** Finds the version that an event without one speaks of. */
export type FindVersion = (object: { bucket: string; key: string; etag: string | null }) => Promise<string>;

/** Throws an InputError where the text is none of these. */
export async function readArrival(text: string, findVersion: FindVersion): Promise<Arrival> {
  const value = letterOf(text);
  const again = DropAttempt.safeParse(readStoppedDrop(value) ?? value);
  if (again.success) return { drop: again.data.drop, attempt: again.data.attempt + 1 };
  const created = ObjectCreated.safeParse(value);
  if (!created.success) throw new InputError('the message is neither an object’s event nor a drop');
  const { time, detail } = created.data;
  const { key, size, etag } = detail.object;
  const bucket = detail.bucket.name;
  const version = detail.object['version-id'] ?? (await findVersion({ bucket, key, etag: etag ?? null }));
  const id = dropId({ bucket, key, version });
  const domain = domainOf(key) ?? NO_DOMAIN;
  return { drop: { id, domain, bucket, key, version, bytes: size, receivedAt: time }, attempt: 1 };
}

/** EventBridge, source assay: what may let a stopped domain go on. */
const Resumed = z.object({
  source: z.literal('assay'),
  'detail-type': z.enum(['DomainResumed', 'ModelPromoted', 'ModelRolledBack']),
  detail: z.object({ domain: z.string() }),
});

/** The domain whose queue is to be looked at; null: the message says no such thing. */
export function readResumed(text: string): string | null {
  const resumed = Resumed.safeParse(letterOf(text));
  return resumed.success ? resumed.data.detail.domain : null;
}

/** A version of an object is one drop for all who ask: the event that reports it, and its sender. */
export function dropId({ bucket, key, version }: Pick<DropRef, 'bucket' | 'key' | 'version'>): string {
  return `d-${createHash('sha256').update(`${bucket}\n${key}\n${version}`).digest('hex').slice(0, 20)}`;
}

/** Stands for the domain of an object whose key names none. */
export const NO_DOMAIN = 'none';

/** `drops/<domain>/<file>`, or `labels/<domain>/<file>`. */
function domainOf(key: string): string | null {
  return /^(?:drops|labels)\/([a-z0-9][a-z0-9_-]*)\/.+$/.exec(key)?.[1] ?? null;
}

/** What a message says, without what Lambda puts around an event that its function failed on. */
export function letterOf(text: string): unknown {
  const value = parseJson(text);
  const failed = FailedInvocation.safeParse(value);
  return failed.success ? failed.data.requestPayload : value;
}
