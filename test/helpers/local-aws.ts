/**
 * Tables and buckets of a test's own on a local AWS, made as the stack makes them.
 */
import { randomBytes } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { CreateBucketCommand, PutBucketVersioningCommand, S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { TableSchema } from './table-schemas.ts';

export type TableName = 'Flags' | 'Drops' | 'Models' | 'Subjects';

/** Where the local AWS answers: the set-up of these tests has started it. */
export function localEndpoint(): string {
  const endpoint = process.env.AWS_ENDPOINT_URL;
  if (endpoint === undefined)
    throw new Error('AWS_ENDPOINT_URL is not set: these tests run against a local AWS');
  return endpoint;
}

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Settings of a client of the local AWS, or of a proxy before it; retries as the store's own clients have them. */
export function clientSettings(endpoint = localEndpoint()) {
  return {
    endpoint,
    region: 'eu-central-1',
    credentials: CREDENTIALS,
    retryMode: 'adaptive',
    maxAttempts: 8,
  } as const;
}

export function localDocuments(endpoint?: string, maxAttempts = 8): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(new DynamoDBClient({ ...clientSettings(endpoint), maxAttempts }), {
    marshallOptions: { removeUndefinedValues: true },
  });
}

export function localS3(endpoint?: string): S3Client {
  return new S3Client({ ...clientSettings(endpoint), forcePathStyle: true });
}

export function localKms(): KMSClient {
  return new KMSClient(clientSettings());
}

/** Where the set-up of the tests leaves the tables' schemas: what makes them takes seconds to load. */
export const TABLE_SCHEMAS = 'ASSAY_TEST_TABLE_SCHEMAS';

async function tableSchemas(): Promise<Readonly<Record<string, TableSchema>>> {
  const made = process.env[TABLE_SCHEMAS];
  if (made !== undefined) return JSON.parse(made) as Record<string, TableSchema>;
  const { synthesiseTableSchemas } = await import('./table-schemas.ts');
  return synthesiseTableSchemas();
}

/** A new table with the stack's keys and indexes; its name is given back. */
export async function makeTable(which: TableName): Promise<string> {
  const schemas = Object.entries(await tableSchemas());
  const [, schema] = schemas.find(([id]) => id.startsWith(`Tables${which}`))!;
  const TableName = uniqueName(which);
  await localDocuments().send(new CreateTableCommand({ TableName, ...schema }));
  return TableName;
}

export async function dropTable(name: string): Promise<void> {
  await localDocuments().send(new DeleteTableCommand({ TableName: name }));
}

export async function makeBucket({ lock = false }: { readonly lock?: boolean } = {}): Promise<string> {
  const Bucket = uniqueName('bucket');
  const client = localS3();
  await client.send(new CreateBucketCommand({ Bucket, ObjectLockEnabledForBucket: lock }));
  await client.send(
    new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }),
  );
  return Bucket;
}

function uniqueName(what: string): string {
  return `test-${what.toLowerCase()}-${randomBytes(6).toString('hex')}`;
}
