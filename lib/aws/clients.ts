/**
 * The SDK's clients, made once in a process and kept for as long as it lives. Region, credentials and endpoint come the
 * AWS way, from the environment. What is throttled is tried again with jitter and back-off.
 */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { KMSClient } from '@aws-sdk/client-kms';
import { S3Client } from '@aws-sdk/client-s3';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';

/**
 * Stages have minutes: adaptive mode also slows the client's own pace while a table or bucket throttles, and eight
 * attempts outlast a partition's split.
 */
const PATIENT = { retryMode: 'adaptive', maxAttempts: 8 } as const;
/** Someone waits for an answer of the API, 29 seconds at the most: four attempts, then 429. */
const PROMPT = { retryMode: 'standard', maxAttempts: 4 } as const;

let s3: S3Client | undefined;
let kms: KMSClient | undefined;
let signing: S3Client | undefined;
let documents: DynamoDBDocumentClient | undefined;
let promptDocuments: DynamoDBDocumentClient | undefined;

/** For functions that no one waits for. */
export function s3Client(): S3Client {
  s3 ??= new S3Client(PATIENT);
  return s3;
}

/** For signing logs, by functions that no one waits for. */
export function kmsClient(): KMSClient {
  kms ??= new KMSClient(PATIENT);
  return kms;
}

/** For presigned addresses: a checksum counted when signing would be that of no bytes, and no upload would match it. */
export function signingClient(): S3Client {
  signing ??= new S3Client({ ...PROMPT, requestChecksumCalculation: 'WHEN_REQUIRED' });
  return signing;
}

/** For functions that no one waits for: it tries again for longer than a person would wait. */
export function documentClient(): DynamoDBDocumentClient {
  documents ??= asDocuments(new DynamoDBClient(PATIENT));
  return documents;
}

/** For the API. */
export function promptDocumentClient(): DynamoDBDocumentClient {
  promptDocuments ??= asDocuments(new DynamoDBClient(PROMPT));
  return promptDocuments;
}

function asDocuments(client: DynamoDBClient): DynamoDBDocumentClient {
  return DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
}
