/**
 * Everything that a local AWS holds, store by store: items of all tables with their keys, all versions of all objects with keys,
 * metadata and tags, messages of queues (also those being worked on), executions of state machines with their histories, lines of
 * logs, and the environments of functions. What is in transit is none of it.
 */
import { readFile } from 'node:fs/promises';
import {
  type AttributeValue,
  DynamoDBClient,
  ListTablesCommand,
  ScanCommand,
} from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import {
  GetObjectCommand,
  GetObjectTaggingCommand,
  ListBucketsCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  SFNClient,
} from '@aws-sdk/client-sfn';
import { inParallel } from '../../lib/in-parallel.ts';
import { places } from '../../operations/places.ts';
import type { StoredBytes } from './readable-texts.ts';

export interface DumpedEngine {
  /** Its address. */
  readonly endpoint: string;
  readonly region: string;
  /** Tables, buckets and queues whose names hold none of these are left out; absent: none is. */
  readonly named?: readonly string[];
}

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const CONCURRENCY = 8;

/** What is in none of these stores cannot be found: each of them is in here by name. */
export async function* dumpStores(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  yield* dumpTables(engine);
  yield* dumpBuckets(engine);
  yield* dumpQueues(engine);
  yield* dumpExecutions(engine);
  yield* dumpLogs(engine);
  yield* dumpFunctions(engine);
}

const settings = ({ endpoint, region }: DumpedEngine) => ({
  ...{ endpoint, region, credentials: CREDENTIALS },
  maxAttempts: 8,
});

const isWanted = ({ named }: DumpedEngine, name: string): boolean =>
  named === undefined || named.some((one) => name.includes(one));

async function* dumpTables(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  const client = new DynamoDBClient(settings(engine));
  for await (const { TableNames = [] } of pages((ExclusiveStartTableName: string | undefined) =>
    client
      .send(new ListTablesCommand({ ExclusiveStartTableName }))
      .then((page) => ({ page, next: page.LastEvaluatedTableName })),
  ))
    for (const TableName of TableNames.filter((name) => isWanted(engine, name)))
      for await (const { Items = [] } of pages(
        (ExclusiveStartKey: Record<string, AttributeValue> | undefined) =>
          client
            .send(new ScanCommand({ TableName, ExclusiveStartKey, ConsistentRead: true }))
            .then((page) => ({ page, next: page.LastEvaluatedKey })),
      ))
        for (const item of Items) {
          const [pk, sk] = [item.pk ?? item.flag ?? item.domain, item.sk ?? item.item ?? item.version];
          yield {
            where: `table ${TableName}: ${pk?.S ?? ''} ${sk?.S ?? ''}`,
            bytes: Buffer.concat(attributeBytes(item)),
          };
        }
}

/** Texts, numbers and names as they are, binary values as bytes. */
function attributeBytes(value: unknown): Buffer[] {
  if (value instanceof Uint8Array) return [Buffer.from(value), Buffer.from('\n')];
  if (typeof value !== 'object' || value === null) return [Buffer.from(`${String(value)}\n`)];
  return Object.entries(value).flatMap(([name, inner]) => [
    Buffer.from(`${name}\n`),
    ...attributeBytes(inner),
  ]);
}

async function* dumpBuckets(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  const client = new S3Client({ ...settings(engine), forcePathStyle: true });
  const { Buckets = [] } = await client.send(new ListBucketsCommand({}));
  for (const Bucket of Buckets.map(({ Name }) => Name!).filter((name) => isWanted(engine, name)))
    for await (const { Versions = [] } of pages(
      (after: { KeyMarker?: string; VersionIdMarker?: string } | undefined) =>
        client.send(new ListObjectVersionsCommand({ Bucket, ...after })).then((page) => ({
          page,
          next: page.IsTruncated
            ? { KeyMarker: page.NextKeyMarker!, VersionIdMarker: page.NextVersionIdMarker! }
            : undefined,
        })),
    )) {
      const read = await inParallel(Versions, CONCURRENCY, async ({ Key, VersionId }) => {
        const at = { Bucket, Key: Key!, VersionId: VersionId! };
        const { Body, Metadata, ContentDisposition } = await client.send(new GetObjectCommand(at));
        const TagSet = await readTags(client, at);
        const beside = JSON.stringify({ Metadata, ContentDisposition, TagSet });
        const where = `bucket ${Bucket}: ${Key}@${VersionId}`;
        return [
          { where, bytes: Buffer.from(await Body!.transformToByteArray()) },
          { where: `${where} metadata`, bytes: Buffer.from(beside) },
        ];
      });
      yield* read.flat();
    }
}

interface VersionAddress {
  readonly Bucket: string;
  readonly Key: string;
  readonly VersionId: string;
}

/** The emulator has tags by key alone: none of a version whose key was deleted since. */
async function readTags(client: S3Client, at: VersionAddress): Promise<object> {
  try {
    return (await client.send(new GetObjectTaggingCommand(at))).TagSet ?? [];
  } catch (error) {
    if (error instanceof Error && error.name === 'NoSuchKey') return [];
    throw error;
  }
}

async function* dumpQueues(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  // The engine's own address for it: receiving would change what the queue does with its messages.
  const answer = await fetch(`${engine.endpoint}/_ministack/sqs/messages`);
  if (!answer.ok) throw new Error(`the messages of the queues cannot be read: ${answer.status}`);
  yield { where: 'queues', bytes: Buffer.from(await answer.arrayBuffer()) };
}

async function* dumpExecutions(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  const client = new SFNClient(settings(engine));
  const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
  for (const { stateMachineArn } of stateMachines)
    for await (const { executions = [] } of pages((nextToken: string | undefined) =>
      client
        .send(new ListExecutionsCommand({ stateMachineArn: stateMachineArn!, nextToken }))
        .then((page) => ({ page, next: page.nextToken })),
    ))
      for (const { executionArn } of executions) {
        const described = await client.send(new DescribeExecutionCommand({ executionArn: executionArn! }));
        const text = JSON.stringify({ ...described, $metadata: undefined });
        yield { where: `execution ${executionArn}`, bytes: Buffer.from(text) };
        for await (const { events } of pages((nextToken: string | undefined) =>
          client
            .send(
              new GetExecutionHistoryCommand({
                executionArn: executionArn!,
                nextToken,
                includeExecutionData: true,
              }),
            )
            .then((page) => ({ page, next: page.nextToken })),
        ))
          yield { where: `history of ${executionArn}`, bytes: Buffer.from(JSON.stringify(events)) };
      }
}

interface LogPage {
  readonly logGroups?: readonly { readonly logGroupName: string }[];
  readonly events?: readonly { readonly message: string }[];
  readonly nextToken?: string;
}

/** What functions print is in the engine's own log too, with what the engine says of each call. */
async function* dumpLogs(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  const own = await readFile(places.engineLog).catch(() => null);
  if (own !== null) yield { where: 'log of the engine', bytes: own };
  const ask = async (action: string, body: object): Promise<LogPage> => {
    const answer = await fetch(engine.endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `Logs_20140328.${action}`,
        // The engine looks at the region alone.
        authorization: `AWS4-HMAC-SHA256 Credential=test/20260101/${engine.region}/logs/aws4_request, SignedHeaders=host, Signature=0`,
      },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${action}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as LogPage;
  };
  for await (const { logGroups = [] } of pages((nextToken: string | undefined) =>
    ask('DescribeLogGroups', { ...(nextToken !== undefined && { nextToken }) }).then((page) => ({
      page,
      next: page.nextToken,
    })),
  ))
    for (const { logGroupName } of logGroups)
      for await (const { events = [] } of pages((nextToken: string | undefined) =>
        ask('FilterLogEvents', { logGroupName, ...(nextToken !== undefined && { nextToken }) }).then(
          (page) => ({
            page,
            next: page.nextToken,
          }),
        ),
      ))
        yield {
          where: `log ${logGroupName}`,
          bytes: Buffer.from(events.map(({ message }) => message).join('\n')),
        };
}

async function* dumpFunctions(engine: DumpedEngine): AsyncGenerator<StoredBytes> {
  const client = new LambdaClient(settings(engine));
  for await (const { Functions = [] } of pages((Marker: string | undefined) =>
    client.send(new ListFunctionsCommand({ Marker })).then((page) => ({ page, next: page.NextMarker })),
  ))
    for (const { FunctionName, Environment } of Functions)
      yield { where: `function ${FunctionName}`, bytes: Buffer.from(JSON.stringify(Environment ?? {})) };
}

async function* pages<Page, Next>(
  ask: (after: Next | undefined) => Promise<{ readonly page: Page; readonly next: Next | undefined }>,
): AsyncGenerator<Page> {
  let after: Next | undefined;
  do {
    const { page, next } = await ask(after);
    yield page;
    after = next;
  } while (after !== undefined);
}
