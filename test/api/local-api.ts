/** The API's function itself, as Lambda would load it, on tables, buckets, a bus and a machine of its own. */
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { BatchWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { APIGatewayProxyStructuredResultV2 as Response } from 'aws-lambda';
import { afterAll, beforeAll, beforeEach, expect, vi } from 'vitest';
import { findEndpoint } from '../../lib/api/router.ts';
import { AuditChain } from '../../lib/aws/audit-chain.ts';
import { actKey } from '../../lib/aws/case-keys.ts';
import { FlagTable } from '../../lib/aws/flag-table.ts';
import { MetricsTable } from '../../lib/aws/metrics-table.ts';
import { RegistryTable } from '../../lib/aws/registry-table.ts';
import { RetrainingTable } from '../../lib/aws/retraining-table.ts';
import { ReviewTable } from '../../lib/aws/review-table.ts';
import { S3ObjectStore } from '../../lib/aws/s3-object-store.ts';
import { apiEvent, type EventSpec, lambdaContext } from '../helpers/api-event.ts';
import { flagOf } from '../helpers/flags.ts';
import {
  dropTable,
  localDocuments,
  localEndpoint,
  localKms,
  localS3,
  makeBucket,
  makeTable,
} from '../helpers/local-aws.ts';
import { type LocalBus, makeBus, makeQueue, makeWaitingMachine } from '../helpers/local-events.ts';

export interface LocalApi {
  readonly handler: typeof import('../../functions/api.ts')['handler'];
  readonly bus: LocalBus;
  readonly machine: Awaited<ReturnType<typeof makeWaitingMachine>>;
  readonly bucket: string;
  readonly arrivals: string;
  readonly deadLetters: string;
  readonly tables: {
    readonly flags: string;
    readonly drops: string;
    readonly models: string;
    readonly subjects: string;
  };
  readonly audit: AuditChain;
  readonly flags: FlagTable;
  readonly reviews: ReviewTable;
  readonly registry: RegistryTable;
  readonly retrainings: RetrainingTable;
  readonly metrics: MetricsTable;
  readonly artifacts: S3ObjectStore;
}

const CHANGED = JSON.stringify({ 'reviews.perDay': 40, 'access.groups': { AML: ['officer:pharma'] } });

export let api: LocalApi;
/** What the function logged in this test. */
export const logged: string[] = [];

/** Opened before all tests of a file, and gone after them. `erasable`: domains whose subjects have keys. */
export function useLocalApi({ erasable = [] }: { readonly erasable?: readonly string[] } = {}): void {
  beforeAll(async () => {
    api = await open(erasable);
  }, 60_000);
  beforeEach(() => {
    vi.restoreAllMocks();
    logged.length = 0;
    for (const level of ['info', 'error', 'log', 'warn'] as const)
      vi.spyOn(console, level).mockImplementation((...said) => void logged.push(said.join(' ')));
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await Promise.all(Object.values(api.tables).map(dropTable));
  });
}

async function open(erasable: readonly string[]): Promise<LocalApi> {
  const tables = {
    flags: await makeTable('Flags'),
    drops: await makeTable('Drops'),
    models: await makeTable('Models'),
    subjects: await makeTable('Subjects'),
  };
  const bus = await makeBus();
  const machine = await makeWaitingMachine();
  const bucket = await makeBucket();
  const [arrivals, deadLetters] = [await makeQueue(), await makeQueue()];
  const environment = {
    ...{
      ASSAY_FLAGS_TABLE: tables.flags,
      ASSAY_DROPS_TABLE: tables.drops,
      ASSAY_MODELS_TABLE: tables.models,
      ASSAY_SUBJECTS_TABLE: tables.subjects,
      ASSAY_SUBJECTS_KEY: (await localKms().send(new CreateKeyCommand({}))).KeyMetadata!.KeyId!,
      ASSAY_ERASURE_DOMAINS: erasable.join(' '),
    },
    ...{ ASSAY_DROPS_BUCKET: bucket, ASSAY_ARTIFACTS_BUCKET: bucket },
    ...{ ASSAY_DATA_BUCKET: bucket, ASSAY_AUDIT_BUCKET: bucket },
    ...{ ASSAY_ARRIVALS_URL: arrivals.url, ASSAY_DEAD_LETTERS_URL: deadLetters.url, ASSAY_STAGE: 'dev' },
    ...{ ASSAY_ALARM_PREFIX: `${bucket}-Alarms`, ASSAY_CHANGED_SETTINGS: CHANGED },
    ...{ ASSAY_RETRAIN_MACHINE_ARN: machine.arn, ASSAY_EVENT_BUS: bus.name, POWERTOOLS_DEV: 'true' },
    ...{ AWS_ENDPOINT_URL: localEndpoint(), AWS_REGION: 'eu-central-1' },
    ...{ AWS_ACCESS_KEY_ID: 'test', AWS_SECRET_ACCESS_KEY: 'test' },
  };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
  const documents = localDocuments();
  const audit = new AuditChain(documents, tables.drops);
  const { handler } = await import('../../functions/api.ts');
  return {
    ...{ handler, bus, machine, bucket, tables, audit, arrivals: arrivals.url, deadLetters: deadLetters.url },
    flags: new FlagTable(documents, tables.flags),
    reviews: new ReviewTable(documents, tables.flags, audit),
    registry: new RegistryTable(documents, tables.models, audit),
    retrainings: new RetrainingTable(documents, tables.models, Date.now),
    metrics: new MetricsTable(documents, tables.models),
    artifacts: new S3ObjectStore(localS3(), bucket),
  };
}

/** With everything that API Gateway would pass on. An answer holds what the document says, and nothing else. */
export async function callFully(request: string, spec: EventSpec = {}) {
  const response: Response = await api.handler(apiEvent(request, spec), lambdaContext());
  const json = JSON.parse(response.body ?? 'null');
  if ((response.statusCode ?? 500) < 300) expect(documented(request, spec, json)).toEqual(json);
  return { ...response, json };
}

/** The answer without what its schema does not name. */
function documented(request: string, { stage = '' }: EventSpec, json: unknown): unknown {
  const [method = '', target = ''] = request.split(' ');
  const [path = ''] = target.split('?');
  const own = path.startsWith(`/${stage}/`) && stage !== '' ? path.slice(stage.length + 1) : path;
  return findEndpoint(method, own).endpoint.answer.schema.parse(json);
}

export async function call(request: string, spec: EventSpec = {}) {
  const { statusCode, json } = await callFully(request, spec);
  return { status: statusCode, json };
}

/** The first event of the type that comes; what else comes is passed over. */
export async function heardOf(type: string) {
  for (;;) {
    const found = (await api.bus.heard(1)).find((event) => event.type === type);
    if (found !== undefined) return found.detail;
  }
}

export const verdict = {
  verdict: 'true_positive',
  reason: 'Paid to a company that was dissolved',
  version: 1,
};

/** Its id. */
export async function putFlag(number: number, domain: string): Promise<string> {
  const flag = flagOf(number, { domain, severity: 'high' });
  await api.flags.putFlags([flag]);
  return flag.flag;
}

/** Acts on a case of long ago, as each of them leaves one, by ann: "act no 0" is the first. */
export async function putEarlierActs(id: string, count: number): Promise<void> {
  const acts = Array.from({ length: count }, (_, n) => {
    const at = `2020-01-01T00:00:00.${String(n).padStart(3, '0')}Z`;
    const said = { act: 'escalate', by: 'ann', at, version: n, reason: `act no ${n}` };
    return { PutRequest: { Item: { ...actKey(id, at, n), ...said } } };
  });
  for (let from = 0; from < acts.length; from += 25)
    await localDocuments().send(
      new BatchWriteCommand({ RequestItems: { [api.tables.flags]: acts.slice(from, from + 25) } }),
    );
}
