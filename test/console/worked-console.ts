/**
 * A console with what a day of work leaves, in one process: the shipped samples taken through the functions of a drop, some cases decided,
 * the models looked at. Tables and buckets are on the AWS that AWS_ENDPOINT_URL names.
 */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { PutBucketCorsCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { DropTable } from '../../lib/aws/drop-table.ts';
import type { DropFlow, DropRef, PlannedDrop } from '../../lib/drops/flow.ts';
import { apiEvent, lambdaContext } from '../helpers/api-event.ts';
import { localDocuments, localEndpoint, localS3, makeBucket, makeTable } from '../helpers/local-aws.ts';
import { makeBus, makeQueue, makeWaitingMachine } from '../helpers/local-events.ts';
import { type Person, type ServedConsole, serveConsoleWith } from './served-console.ts';

export interface WorkedConsole extends ServedConsole {
  readonly tables: { readonly flags: string; readonly drops: string; readonly models: string };
  /** Takes a file through all stages of a drop. */
  readonly drop: (domain: string, name: string, body: Buffer, receivedAt: string) => Promise<void>;
  /** A request to the API as this person. */
  readonly call: (sub: string, request: string, body?: object) => Promise<Record<string, unknown>>;
  /** The daily look at a domain's models. */
  readonly watch: (domain: string) => Promise<void>;
}

export const sample = (path: string): Promise<Buffer> =>
  readFile(fileURLToPath(new URL(`../../samples/${path}`, import.meta.url)));

type Handler = (input: unknown, context: unknown) => Promise<unknown>;

export async function openWorkedConsole(people: Readonly<Record<string, Person>>): Promise<WorkedConsole> {
  const tables = {
    flags: await makeTable('Flags'),
    drops: await makeTable('Drops'),
    models: await makeTable('Models'),
  };
  const [drops, data, audit] = [await makeBucket(), await makeBucket(), await makeBucket({ lock: true })];
  const artifacts = await makeBucket();
  for (const Bucket of [drops, data, audit]) {
    const CORSRules = [{ AllowedMethods: ['GET', 'PUT'], AllowedOrigins: ['*'], AllowedHeaders: ['*'] }];
    await localS3().send(new PutBucketCorsCommand({ Bucket, CORSConfiguration: { CORSRules } }));
  }
  Object.assign(process.env, {
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1', POWERTOOLS_DEV: 'true' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test', POWERTOOLS_LOG_LEVEL: 'CRITICAL' },
    ...{
      ASSAY_FLAGS_TABLE: tables.flags,
      ASSAY_DROPS_TABLE: tables.drops,
      ASSAY_MODELS_TABLE: tables.models,
    },
    ...{ ASSAY_SUBJECTS_TABLE: 'subjects', ASSAY_SUBJECTS_KEY: 'none' },
    ...{ ASSAY_DROPS_BUCKET: drops, ASSAY_DATA_BUCKET: data, ASSAY_AUDIT_BUCKET: audit },
    ...{ ASSAY_ARTIFACTS_BUCKET: artifacts, ASSAY_AUDIT_RETENTION_DAYS: '1' },
    ...{
      ASSAY_AUDIT_RETENTION_MODE: 'GOVERNANCE',
      ASSAY_RETRAIN_MACHINE_ARN: (await makeWaitingMachine()).arn,
    },
    ...{ ASSAY_ARRIVALS_URL: (await makeQueue()).url, ASSAY_DEAD_LETTERS_URL: (await makeQueue()).url },
    ...{ ASSAY_ALARM_PREFIX: 'Assay-dev-Alarms', ASSAY_STAGE: 'dev' },
    ...{ ASSAY_CHANGED_SETTINGS: '{"reviews.belowTheLine":0.02,"reviews.secondOpinion":0.1}' },
    ...{ ASSAY_EVENT_BUS: (await makeBus()).name, ASSAY_ROWS_PER_PARTITION: '250000' },
    ...{ ASSAY_BYTES_PER_RANGE: '67108864', ASSAY_WHOLE_BYTES: '16777216' },
    ...{ ASSAY_BELOW_THE_LINE: '0.02', ASSAY_SECOND_OPINION: '0.1' },
  });
  const { handler } = await import('../../functions/api.ts');
  const answer = (event: Parameters<typeof handler>[0]) => handler(event, lambdaContext());
  const served = await serveConsoleWith(answer, people, [localEndpoint()]);
  const stage = async (name: string, input: Partial<DropFlow>): Promise<unknown> => {
    const { handler: run } = (await import(`../../functions/${name}.ts`)) as { handler: Handler };
    return await run(input, lambdaContext());
  };
  const status = new DropTable(localDocuments(), tables.drops, Date.now);
  return {
    ...served,
    tables,
    watch: async (domain) => {
      const { handler: run } = (await import('../../functions/monitor.ts')) as { handler: Handler };
      await run({ domain }, lambdaContext());
    },
    call: async (sub, request, body) => {
      const { name, groups } = people[sub]!;
      const spec = { sub, name, groups: `[${groups.join(' ')}]`, authTime: Math.floor(Date.now() / 1000) };
      const { body: said = '{}' } = await answer(
        apiEvent(request, { ...spec, ...(body !== undefined && { body: JSON.stringify(body) }) }),
      );
      return JSON.parse(said) as Record<string, unknown>;
    },
    drop: async (domain, name, body, receivedAt) => {
      const key = `drops/${domain}/${name}`;
      const put = await localS3().send(new PutObjectCommand({ Bucket: drops, Key: key, Body: body }));
      const id = `d-${createHash('sha256').update(key).digest('hex').slice(0, 20)}`;
      const drop: DropRef = {
        ...{ id, domain, bucket: drops, key, version: put.VersionId!, bytes: body.length, receivedAt },
      };
      await status.receive(drop, 1, 'ann');
      const plan = (await stage('plan', { drop, attempt: 1 })) as PlannedDrop;
      if (plan.mode !== 'whole') throw new Error(`${name} is too large for this`);
      const { chunks } = (await stage('whole', { drop })) as { chunks: readonly string[] };
      for (const chunk of chunks) await stage('publish', { drop, chunk });
      await stage('finish', { drop, attempt: 1 });
    },
  };
}
