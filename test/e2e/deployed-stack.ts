import { PutObjectCommand } from '@aws-sdk/client-s3';
import { inject } from 'vitest';
import { documentClient, s3Client } from '../../lib/aws/clients.ts';
import { DropTable } from '../../lib/aws/drop-table.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { putFile } from '../../lib/aws/put-file.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { dropId } from '../../lib/drops/arrival.ts';
import { dropKeys } from '../../lib/drops/drop-keys.ts';
import type { DropStatus } from '../../lib/drops/drop-status.ts';
import { useEngine } from '../../local/environment.ts';
import { signIn } from '../../local/users.ts';
import type { Posted } from '../helpers/webhook-listener.ts';

const { outputs, users, endpoint, webhook, recordsPerPart } = inject('stack');
useEngine({ kind: 'given', url: endpoint, handle: null });

export { outputs, recordsPerPart };
export const { password } = users;

const drops = new DropTable(documentClient(), outputs.DropsTable, Date.now);
export const flags = new FlagTable(documentClient(), outputs.FlagsTable);
export const data = new S3ObjectStore(s3Client(), outputs.DataBucket);

const IN_PARTS = { singlePutBytes: 2 ** 25, partBytes: 2 ** 25 };

/** Puts the file (or the bytes) into the bucket and gives the drop's id. */
export function dropFile(domain: string, name: string, content: string | Uint8Array): Promise<string> {
  return putObject(`drops/${domain}/${name}`, content);
}

/** The same under any key of the bucket. */
async function putObject(key: string, content: string | Uint8Array): Promise<string> {
  const target = { Bucket: outputs.DropsBucket, Key: key };
  const version =
    typeof content === 'string'
      ? await putFile(s3Client(), target, content, IN_PARTS)
      : (await s3Client().send(new PutObjectCommand({ ...target, Body: content }))).VersionId;
  return dropId({ bucket: target.Bucket, key: target.Key, version: version! });
}

const hasEnded = ({ state }: DropStatus): boolean => state === 'done' || state === 'failed';

/** Its status once it has ended, or once `until` is content with it, which may be so for a moment only. */
export async function follow(
  id: string,
  until: (status: DropStatus) => boolean = hasEnded,
  patienceMs = 500_000,
): Promise<DropStatus> {
  const end = Date.now() + patienceMs;
  for (;;) {
    const status = await drops.get(id);
    if (status !== null && until(status)) return status;
    if (Date.now() > end) throw new Error(`drop ${id} took too long: ${JSON.stringify(status)}`);
    await new Promise((resolve) => setTimeout(resolve, until === hasEnded ? 500 : 200));
  }
}

/** What the stack has posted to its webhook so far. */
export async function posted(): Promise<Posted[]> {
  return (await (await fetch(webhook)).json()) as Posted[];
}

/** A result of a finished drop, as text. */
export async function resultOf(status: DropStatus, name: string): Promise<string> {
  const text = await data.readText(`${dropKeys(status).results}/${name}`);
  if (text === null) throw new Error(`the drop ${status.id} has no ${name}`);
  return text;
}

export type Role = (typeof users.names)[number];

const tokens = new Map<Role, Promise<string>>();

/** Calls the API over HTTP, as a user of that role; null: without a token. */
export async function callApi(
  role: Role | null,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<{ readonly status: number; readonly body: unknown; readonly headers: Headers }> {
  const token = role === null ? null : await tokenOf(role);
  const answer = await fetch(`${apiBase()}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: text === '' ? null : JSON.parse(text), headers: answer.headers };
}

function tokenOf(role: Role): Promise<string> {
  const known = tokens.get(role) ?? signIn(outputs, role, users.password);
  tokens.set(role, known);
  return known;
}

/** The engine answers for an API under its host name, which needs a DNS, or under this path. */
export function apiBase(): string {
  const id = new URL(outputs.ApiUrl).hostname.split('.')[0]!;
  return `${endpoint}/_aws/execute-api/${id}/$default`;
}
