/** What the stages of a drop work with when they run as functions: buckets, models, and the function's own size. */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { LogDeps } from '../audit/extend-log.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import { BlindBudget } from '../aws/blind-budget.ts';
import { documentClient, kmsClient, s3Client } from '../aws/clients.ts';
import { samplingSecret } from '../aws/cursor-secret.ts';
import { DropTable } from '../aws/drop-table.ts';
import { DueDrops } from '../aws/due-drops.ts';
import { readEnvironment } from '../aws/environment.ts';
import { KmsSigner } from '../aws/kms-signer.ts';
import { ModelTable } from '../aws/model-table.ts';
import { RegistryTable } from '../aws/registry-table.ts';
import { type RetainedFinding, RetainedReader } from '../aws/retained-reader.ts';
import { RetainedStore } from '../aws/retained-store.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import type { AssembleDeps } from '../drops/assemble.ts';
import type { StageDeps } from '../drops/stage.ts';
import { StoredRates } from '../drops/stored-rates.ts';
import { parseModelKeys } from '../models/model-key.ts';
import { errorFields, log } from '../observe/logger.ts';
import type { SamplingFor } from '../reviews/below-the-line.ts';
import type { CandidateSource } from './shadow-runs.ts';
import { expectRunning } from './stop-source.ts';
import { erasableKeys } from './subject-keys.ts';

/** The rest is ONNX Runtime's, Node's and the explaining threads'. */
const DUCKDB_SHARE = 0.5;
/** A whole processor for each 1,769 MB. */
const MB_PER_PROCESSOR = 1_769;

export function stageModels(): ModelTable {
  const { ASSAY_MODELS_TABLE, ASSAY_ARTIFACTS_BUCKET, ASSAY_MODEL_KEYS } = readEnvironment(
    ['ASSAY_MODELS_TABLE', 'ASSAY_ARTIFACTS_BUCKET', 'ASSAY_MODEL_KEYS'],
    process.env,
  );
  const artifacts = new S3ObjectStore(s3Client(), ASSAY_ARTIFACTS_BUCKET);
  return new ModelTable(documentClient(), ASSAY_MODELS_TABLE, {
    ...{ artifacts, now: Date.now },
    keys: parseModelKeys(ASSAY_MODEL_KEYS, 'ASSAY_MODEL_KEYS'),
  });
}

function modelRegistry(): RegistryTable {
  const { ASSAY_MODELS_TABLE, ASSAY_DROPS_TABLE } = readEnvironment(
    ['ASSAY_MODELS_TABLE', 'ASSAY_DROPS_TABLE'],
    process.env,
  );
  const audit = new AuditChain(documentClient(), ASSAY_DROPS_TABLE);
  return new RegistryTable(documentClient(), ASSAY_MODELS_TABLE, audit);
}

/** Where the model is found that waits for approval. */
export function candidateSource(models: ModelTable): CandidateSource {
  return {
    registry: modelRegistry(),
    loadModel: (domain, version) => models.load(domain, version),
    warn: (what, domain, error) => log.warn(what, { domain, ...errorFields(error) }),
  };
}

/** Reviews, with the log of acts that each is an entry of. */
export function reviewTable(): ReviewTable {
  const { ASSAY_FLAGS_TABLE, ASSAY_DROPS_TABLE } = readEnvironment(
    ['ASSAY_FLAGS_TABLE', 'ASSAY_DROPS_TABLE'],
    process.env,
  );
  return new ReviewTable(
    documentClient(),
    ASSAY_FLAGS_TABLE,
    new AuditChain(documentClient(), ASSAY_DROPS_TABLE),
  );
}

/** Models that were not shipped, and rates of exchange. */
export function artifactStore(): S3ObjectStore {
  const { ASSAY_ARTIFACTS_BUCKET } = readEnvironment(['ASSAY_ARTIFACTS_BUCKET'], process.env);
  return new S3ObjectStore(s3Client(), ASSAY_ARTIFACTS_BUCKET);
}

/** How far each drop is. */
export function dropStatus(): DropTable {
  const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
  return new DropTable(documentClient(), ASSAY_DROPS_TABLE, Date.now);
}

/** What stages leave for one another, results and the past. */
export function dataStore(): S3ObjectStore {
  const { ASSAY_DATA_BUCKET } = readEnvironment(['ASSAY_DATA_BUCKET'], process.env);
  return new S3ObjectStore(s3Client(), ASSAY_DATA_BUCKET);
}

/** What every stage of a drop works with. */
export function stageDeps(models: ModelTable): StageDeps {
  const { ASSAY_DROPS_BUCKET } = readEnvironment(['ASSAY_DROPS_BUCKET'], process.env);
  return {
    drops: new S3ObjectStore(s3Client(), ASSAY_DROPS_BUCKET),
    data: dataStore(),
    loadModel: (domain, version) => models.load(domain, version),
    rates: new StoredRates(artifactStore()),
    warn: warnOfDrop,
    ...functionSize(),
  };
}

/** What the stages work with that see records as they were delivered. */
export function sealingDeps(models: ModelTable): StageDeps {
  return { ...stageDeps(models), keysOf: erasableKeys() };
}

/** Into the log. */
export function warnOfDrop(...[what, { id: drop, domain }, error]: Parameters<StageDeps['warn']>): void {
  log.warn(what, { drop, domain, ...errorFields(error) });
}

/** Threads and memory for DuckDB, from what Lambda says of the function; a task of Fargate has fewer processors for its memory. */
export function functionSize(): { readonly threads: number; readonly memoryLimitMb: number } {
  const memoryMb = Number(process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE ?? 2 * MB_PER_PROCESSOR);
  return {
    threads: Math.max(1, Math.min(Math.round(memoryMb / MB_PER_PROCESSOR), availableParallelism())),
    memoryLimitMb: Math.floor(memoryMb * DUCKDB_SHARE),
  };
}

/** What the last stage works with, beside what every stage does. */
export function assembleDeps(models: ModelTable): AssembleDeps {
  const { ASSAY_DROPS_TABLE: dropsTable } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
  const source = { documents: documentClient(), dropsTable };
  return {
    ...sealingDeps(models),
    ...{ retain: auditWriter(), now: () => new Date(), sampling: samplingPlan() },
    expectRunning: (domain, model) => expectRunning(source, domain, model),
  };
}

/** Which records are put up for blind review: read when it is first needed, and known from then on. */
export function samplingPlan(): SamplingFor {
  const environment = readEnvironment(
    ['ASSAY_DROPS_TABLE', 'ASSAY_BELOW_THE_LINE', 'ASSAY_SECOND_OPINION', 'ASSAY_BLIND_PER_DAY'],
    process.env,
  );
  const { ASSAY_DROPS_TABLE: table, ASSAY_BLIND_PER_DAY: limit } = environment;
  const budget = new BlindBudget(documentClient(), table);
  const shares = {
    belowTheLine: environment.ASSAY_BELOW_THE_LINE,
    secondOpinion: environment.ASSAY_SECOND_OPINION,
  };
  let key: Buffer | undefined;
  return async ({ domain, drop, plannedAt, ...eligible }) => {
    key ??= await samplingSecret(documentClient(), table);
    if (limit === null) return { key, ...shares };
    const reserved = { domain, drop, day: plannedAt.slice(0, 10), eligible };
    return { key, ...(await budget.reserve(reserved, limit, shares)) };
  };
}

/** The bucket for audit logs and seals, to be read. */
export function auditReader(): RetainedReader {
  const { ASSAY_AUDIT_BUCKET } = readEnvironment(['ASSAY_AUDIT_BUCKET'], process.env);
  return new RetainedReader(s3Client(), ASSAY_AUDIT_BUCKET, logFinding);
}

function logFinding({ key, message }: RetainedFinding): void {
  const fields = { error_name: 'AuditFinding', error_message: `${key}: ${message}` };
  log.error('an audit object was written more than once', fields);
}

/** Drops whose logs are sealed and due for the log of their domain. */
export function dueDrops(): DueDrops {
  const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);
  return new DueDrops(documentClient(), ASSAY_DROPS_TABLE);
}

/** What the logs of domains are published with. */
export function logDeps(): LogDeps {
  const { ASSAY_DROPS_TABLE, ASSAY_SIGNING_KEY, ASSAY_LOG_NAME } = readEnvironment(
    ['ASSAY_DROPS_TABLE', 'ASSAY_SIGNING_KEY', 'ASSAY_LOG_NAME'],
    process.env,
  );
  const chain = new AuditChain(documentClient(), ASSAY_DROPS_TABLE);
  const due = dueDrops();
  const store = retainedStore();
  const signer = new KmsSigner(kmsClient(), ASSAY_SIGNING_KEY);
  return {
    lines: (domain, from, max) => chain.lines(domain, from, max),
    takeDue: (domain) => due.take(domain, chain),
    stored: auditReader(),
    put: (key, bytes) => store.putRetained(key, bytes),
    signer: (domain) => signer.named(`${ASSAY_LOG_NAME}/${domain}`),
  };
}

/** Puts a file into the bucket for audit logs and seals. */
export function auditWriter(): (key: string, path: string) => Promise<void> {
  const audit = retainedStore();
  return async (key, path) => {
    await audit.putRetained(key, await readFile(path));
  };
}

function retainedStore(): RetainedStore {
  const { ASSAY_AUDIT_BUCKET, ASSAY_AUDIT_RETENTION_DAYS, ASSAY_AUDIT_RETENTION_MODE } = readEnvironment(
    ['ASSAY_AUDIT_BUCKET', 'ASSAY_AUDIT_RETENTION_DAYS', 'ASSAY_AUDIT_RETENTION_MODE'],
    process.env,
  );
  const retention = { mode: ASSAY_AUDIT_RETENTION_MODE, days: ASSAY_AUDIT_RETENTION_DAYS };
  return new RetainedStore(s3Client(), ASSAY_AUDIT_BUCKET, retention, {
    now: Date.now,
    onFinding: logFinding,
  });
}
