/**
 * Deletes what was delivered, of domains whose records are erasable, once nothing reads it any more: evidence is what was sealed of it.
 * Each version of an object is a delivery of its own, so the version goes and no other.
 */
import type { S3Client } from '@aws-sdk/client-s3';
import { s3Client } from '../aws/clients.ts';
import { readEnvironment } from '../aws/environment.ts';
import { deleteVersion, versionsUnder } from '../aws/object-versions.ts';
import type { SubjectTable } from '../aws/subject-table.ts';
import { dropKeys } from '../drops/drop-keys.ts';
import { findDelivered } from '../drops/erasable-drop.ts';
import type { DropRef } from '../drops/flow.ts';
import { subjectTable } from './subject-keys.ts';

export interface DeliveredStores {
  readonly client: S3Client;
  readonly dropsBucket: string;
  readonly dataBucket: string;
  readonly subjects: Pick<SubjectTable, 'of'>;
  readonly domains: readonly string[];
}

/** `drop`: the one that was decided, not its shadow. False: records of its domain are not erasable, and it stays. */
export async function deleteDelivered(
  { client, dropsBucket, dataBucket, subjects, domains }: DeliveredStores,
  drop: Pick<DropRef, 'id' | 'domain' | 'key' | 'version' | 'sealedKey'>,
): Promise<boolean> {
  if (!domains.includes(drop.domain)) return false;
  const { text } = dropKeys({ id: drop.id, domain: drop.domain });
  for await (const object of versionsUnder(client, dataBucket, text))
    if (object.key === text) await deleteVersion(client, dataBucket, object);
  const keys = await subjects.of(drop.domain);
  const key = await findDelivered(keys, drop);
  // Null: it was deleted before.
  if (key !== null) await deleteVersion(client, dropsBucket, { ...drop, key });
  // Last: by it the name of the file is found again, should this end midway.
  await keys.destroyDropKey(drop.id);
  return true;
}

/** Of the function's environment. */
export function deliveredStores(): DeliveredStores {
  const environment = readEnvironment(
    ['ASSAY_DROPS_BUCKET', 'ASSAY_DATA_BUCKET', 'ASSAY_ERASURE_DOMAINS'],
    process.env,
  );
  return {
    client: s3Client(),
    dropsBucket: environment.ASSAY_DROPS_BUCKET,
    dataBucket: environment.ASSAY_DATA_BUCKET,
    subjects: subjectTable(),
    domains: environment.ASSAY_ERASURE_DOMAINS,
  };
}
