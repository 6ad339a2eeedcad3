/** The function `api` wired up: what answers each endpoint, by the function's environment. */
import { randomBytes } from 'node:crypto';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SFNClient } from '@aws-sdk/client-sfn';
import { SQSClient } from '@aws-sdk/client-sqs';
import { adminHandlers } from '../api/admin.ts';
import { attachmentHandlers } from '../api/attachments.ts';
import { caseContextHandlers } from '../api/case-context.ts';
import { caseReviewHandlers } from '../api/case-reviews.ts';
import { caseHandlers } from '../api/cases.ts';
import { colleagueHandlers } from '../api/colleagues.ts';
import { dropFileHandlers } from '../api/drop-files.ts';
import { dropHandlers } from '../api/drops.ts';
import type { Handlers } from '../api/endpoints.ts';
import { erasureHandlers } from '../api/erasures.ts';
import { exportHandlers } from '../api/exports.ts';
import { flagHandlers } from '../api/flags.ts';
import { labelsHandlers } from '../api/labels.ts';
import { modelHandlers } from '../api/models.ts';
import { packHandlers } from '../api/packs.ts';
import { previewHandlers } from '../api/preview-thresholds.ts';
import { proofHandlers } from '../api/proofs.ts';
import { registryHandlers } from '../api/registry.ts';
import { retrainingHandlers } from '../api/retrainings.ts';
import { reviewCountHandlers } from '../api/review-counts.ts';
import { reviewHandlers } from '../api/reviews.ts';
import type { Service } from '../api/serve.ts';
import { serviceHandlers } from '../api/service.ts';
import { stopHandlers } from '../api/stops.ts';
import { viewHandlers } from '../api/views.ts';
import { watchHandlers } from '../api/watching.ts';
import { AttachmentFiles, quarantineFolder } from '../aws/attachment-files.ts';
import { AttachmentTable } from '../aws/attachment-table.ts';
import { AuditChain } from '../aws/audit-chain.ts';
import { BlindQueue } from '../aws/blind-queue.ts';
import { CaseDesk } from '../aws/case-desk.ts';
import { CaseQueue } from '../aws/case-queue.ts';
import { CaseTable } from '../aws/case-table.ts';
import { promptDocumentClient, s3Client, signingClient } from '../aws/clients.ts';
import { cursorSecret } from '../aws/cursor-secret.ts';
import { DenialLog } from '../aws/denial-log.ts';
import { DropTable } from '../aws/drop-table.ts';
import { readEnvironment } from '../aws/environment.ts';
import { ErasureTable } from '../aws/erasure-table.ts';
import { EventBus } from '../aws/event-bus.ts';
import { ExportTable } from '../aws/export-table.ts';
import { FlagTable } from '../aws/flag-table.ts';
import { LabelsTable } from '../aws/labels-table.ts';
import { MentionTable } from '../aws/mention-table.ts';
import { MetricsTable } from '../aws/metrics-table.ts';
import { ModelTable } from '../aws/model-table.ts';
import { Outbox } from '../aws/outbox.ts';
import { People } from '../aws/people.ts';
import { presignDownload } from '../aws/presign-download.ts';
import { presignUpload } from '../aws/presign-upload.ts';
import { RegistryTable } from '../aws/registry-table.ts';
import { RetrainingTable } from '../aws/retraining-table.ts';
import { ReviewTable } from '../aws/review-table.ts';
import { S3ObjectStore } from '../aws/s3-object-store.ts';
import { StackHealth } from '../aws/stack-health.ts';
import { StopTable, WaitingDrops } from '../aws/stop-table.ts';
import { UploadLog } from '../aws/upload-log.ts';
import { ViewTable } from '../aws/view-table.ts';
import { parseModelKeys } from '../models/model-key.ts';
import { findNamed } from '../privacy/named-subjects.ts';
import { cancelRetraining } from './cancel-retraining.ts';
import { DropFiles } from './drop-files.ts';
import { insightSource } from './insight-source.ts';
import { personalDataServices } from './personal-data-source.ts';
import { proofSource } from './proof-source.ts';
import { reviewRulesOf } from './review-rules-source.ts';
import { readShadowReport } from './shadow-runs.ts';
import { auditReader } from './stage-deps.ts';
import { logUnpublished } from './stage-events.ts';
import { startRetraining } from './start-retraining.ts';
import { stopOfDomain } from './stop-source.ts';
import { erasableKeys, openSealedDrop, storedIds, subjectTable } from './subject-keys.ts';
import { thresholdTools } from './threshold-deps.ts';
import { wakeRetraining } from './wake-retraining.ts';

const NAMES = [
  ...(['ASSAY_FLAGS_TABLE', 'ASSAY_DROPS_TABLE', 'ASSAY_MODELS_TABLE'] as const),
  ...(['ASSAY_DROPS_BUCKET', 'ASSAY_ARTIFACTS_BUCKET', 'ASSAY_DATA_BUCKET', 'ASSAY_AUDIT_BUCKET'] as const),
  ...(['ASSAY_RETRAIN_MACHINE_ARN', 'ASSAY_EVENT_BUS'] as const),
  ...(['ASSAY_HOLD_MINUTES', 'ASSAY_SIGN_IN_SECONDS', 'ASSAY_MODEL_KEYS', 'ASSAY_ATTACHMENT_BYTES'] as const),
  ...(['ASSAY_ARRIVALS_URL', 'ASSAY_DEAD_LETTERS_URL', 'ASSAY_ALARM_PREFIX'] as const),
  ...(['ASSAY_STAGE', 'ASSAY_CHANGED_SETTINGS'] as const),
] as const;

/** What the function `api` serves with, beside what every function of the API has. */
export function apiParts(): Pick<
  Service,
  'handlers' | 'domainOf' | 'denials' | 'people' | 'namesSubject' | 'isErasable'
> {
  const environment = readEnvironment(NAMES, process.env);
  const documents = promptDocumentClient();
  const now = Date.now;
  const [flagsName, modelsName] = [environment.ASSAY_FLAGS_TABLE, environment.ASSAY_MODELS_TABLE];
  const artifacts = new S3ObjectStore(s3Client(), environment.ASSAY_ARTIFACTS_BUCKET);
  const models = new ModelTable(documents, modelsName, {
    ...{ artifacts, now },
    keys: parseModelKeys(environment.ASSAY_MODEL_KEYS, 'ASSAY_MODEL_KEYS'),
  });
  const domains = () => models.domains();
  const people = new People(documents, environment.ASSAY_DROPS_TABLE);
  const audit = new AuditChain(documents, environment.ASSAY_DROPS_TABLE, people);
  const flags = new FlagTable(documents, flagsName);
  const reviews = new ReviewTable(documents, flagsName, audit);
  const cases = new CaseTable(documents, flagsName);
  const caseQueue = new CaseQueue(documents, flagsName);
  const desk = new CaseDesk(documents, flagsName, audit);
  const blind = new BlindQueue(documents, flagsName);
  const drops = new DropTable(documents, environment.ASSAY_DROPS_TABLE, now);
  const labels = new LabelsTable(documents, environment.ASSAY_DROPS_TABLE, audit, now);
  const exports = new ExportTable(documents, environment.ASSAY_DROPS_TABLE, audit, now);
  const erasures = new ErasureTable(documents, environment.ASSAY_DROPS_TABLE, audit);
  const table = new RetrainingTable(documents, modelsName, now);
  const executions = new SFNClient({ maxAttempts: 4 });
  const machineArn = environment.ASSAY_RETRAIN_MACHINE_ARN;
  const bus = new EventBus(new EventBridgeClient({ maxAttempts: 2 }), environment.ASSAY_EVENT_BUS, 2);
  const { publish, publishStored } = new Outbox(
    documents,
    environment.ASSAY_DROPS_TABLE,
    bus,
    logUnpublished,
  );
  const secret = once(() => cursorSecret(documents, environment.ASSAY_DROPS_TABLE));
  const bucket = environment.ASSAY_DROPS_BUCKET;
  const uploadLog = new UploadLog(documents, environment.ASSAY_DROPS_TABLE, now);
  const uploads = {
    expect: (...upload: Parameters<UploadLog['expect']>) => uploadLog.expect(...upload),
    sign: (key: string, seconds: number) => presignUpload(signingClient(), { bucket, key, seconds }),
  };
  const decisions = {
    registry: new RegistryTable(documents, modelsName, audit),
    wake: (retraining: string) => wakeRetraining({ table, executions }, retraining),
    publish,
    ...thresholdTools(models, artifacts),
  };
  const keysOf = erasableKeys();
  const namesSubject = async (domain: string, text: string) => {
    const keys = await keysOf(domain);
    return keys !== null && (await findNamed(keys, text)) !== null;
  };
  const subjects = subjectTable(documents);
  const personal = personalDataServices(models, audit, now, subjects);
  const stored = storedIds(subjects);
  const reviewRules = reviewRulesOf(models);
  const source = { documents, dropsTable: environment.ASSAY_DROPS_TABLE };
  const holdSeconds = 60 * environment.ASSAY_HOLD_MINUTES;
  const signInSeconds = environment.ASSAY_SIGN_IN_SECONDS;
  const handlers: Handlers = {
    ...serviceHandlers,
    ...adminHandlers({
      people,
      health: new StackHealth(
        new CloudWatchClient({ maxAttempts: 4 }),
        new SQSClient({ maxAttempts: 4, useQueueUrlAsEndpoint: false }),
        {
          alarmPrefix: environment.ASSAY_ALARM_PREFIX,
          arrivalsUrl: environment.ASSAY_ARRIVALS_URL,
          deadLettersUrl: environment.ASSAY_DEAD_LETTERS_URL,
        },
      ),
      stage: environment.ASSAY_STAGE,
      changedSettings: JSON.parse(environment.ASSAY_CHANGED_SETTINGS) as Record<string, unknown>,
    }),
    ...colleagueHandlers({ people }),
    ...modelHandlers(models),
    ...packHandlers({ models, reviewRules }),
    ...flagHandlers(
      flags,
      (id) => reviews.reviewsOf(id),
      secret,
      (id) => drops.domainOf(id),
      personal,
      stored,
    ),
    ...caseHandlers({
      cases,
      queue: {
        list: (query) => caseQueue.list(query),
        takeNext: (domain, actor) => caseQueue.takeNext(desk, { domains: [domain], holdSeconds }, actor),
      },
      act: (id, act, actor, options) => desk.act(id, act, actor, options),
      flags,
      stored,
      reviewsOf: (id) => reviews.reviewsOf(id),
      finish: (id) => audit.finish(id),
      publish: publishStored,
      mentions: new MentionTable(documents, flagsName),
      ...{ people, reviewRules },
      holdSeconds,
      ...{ personal, cursorSecret: secret, now },
    }),
    ...caseContextHandlers({ cases, flags, personal, insightOf: insightSource(models) }),
    ...attachmentHandlers({
      attachments: new AttachmentTable(documents, flagsName, audit),
      uploads: uploadLog,
      files: new AttachmentFiles(
        { client: s3Client(), signing: signingClient() },
        { quarantine: bucket, data: environment.ASSAY_DATA_BUCKET },
      ),
      folderOf: quarantineFolder,
      recordAct: (domain, act) => audit.append(domain, act),
      maxBytes: environment.ASSAY_ATTACHMENT_BYTES,
      now,
    }),
    ...viewHandlers({
      views: new ViewTable(documents, flagsName, audit),
      newId: () => randomBytes(8).toString('hex'),
      now,
    }),
    ...reviewHandlers({
      ...{ reviews, blind, people, personal, reviewRules, publish: publishStored, cursorSecret: secret, now },
      signInSeconds,
    }),
    ...reviewCountHandlers({ reviewedSince: (domain, from) => reviews.reviewedSince(domain, from), now }),
    ...caseReviewHandlers({
      ...{ reviews, flags, people, personal, reviewRules, publish: publishStored, now },
      namesOf: (ids) => people.namesOf(ids),
      signInSeconds,
    }),
    ...dropHandlers({
      ...{ drops, uploads, domains, stored, cursorSecret: secret, now },
      openDrop: (drop) => openSealedDrop(subjects, drop),
      recordAct: (domain, act) => audit.append(domain, act),
    }),
    ...dropFileHandlers({
      drops: new DropTable(documents, environment.ASSAY_DROPS_TABLE, now),
      files: new DropFiles(
        { client: s3Client(), signing: signingClient() },
        { data: environment.ASSAY_DATA_BUCKET, audit: environment.ASSAY_AUDIT_BUCKET },
        auditReader(),
      ),
      personalData: personal.personalData,
      recordAct: (domain, act) => audit.append(domain, act),
      now,
    }),
    ...exportHandlers({
      ...{ exports, flags, cases, domains, keysOf, now, publish },
      sign: (key, name, seconds) =>
        presignDownload(signingClient(), {
          ...{ bucket: environment.ASSAY_DATA_BUCKET, key, name, seconds },
        }),
      recordAct: (domain, act) => audit.append(domain, act),
    }),
    ...erasureHandlers({
      ...{ erasures, domains, cursorSecret: secret, now },
      keysOf,
      entityOf: async (domain, id) => {
        const found = await cases.get(id);
        return found?.domain === domain ? found.entity : null;
      },
      newId: () => randomBytes(10).toString('hex'),
    }),
    ...proofHandlers({
      flags,
      personal,
      proofs: proofSource({ about: (subject) => audit.about(subject), audit: auditReader() }),
    }),
    ...labelsHandlers({
      ...{ labels, uploads, domains, stored, cursorSecret: secret, now },
    }),
    ...retrainingHandlers({
      retrainings: table,
      start: (request) =>
        startRetraining(
          {
            ...{ table, executions, machineArn, now, chance: Math.random },
            stopOf: (of) => stopOfDomain(source, of),
          },
          request,
        ),
      cancel: (cancellation) =>
        cancelRetraining(
          { ...{ table, executions, machineArn, audit, now }, registry: decisions.registry, publish },
          cancellation,
        ),
      ...{ domains, cursorSecret: secret },
    }),
    ...registryHandlers({
      ...{ decisions, models, reviewRules, signInSeconds, now },
      readBeside: (domain, version, file) => artifacts.readText(`models/${domain}/${version}/${file}`),
      readShadow: (domain, version) => readShadowReport(artifacts, domain, version),
    }),
    ...previewHandlers({ models, metrics: new MetricsTable(documents, modelsName), now }),
    ...stopHandlers({
      stops: new StopTable(documents, environment.ASSAY_DROPS_TABLE, audit),
      waiting: new WaitingDrops(documents, environment.ASSAY_DROPS_TABLE),
      ...{ models, domains, publish, now },
    }),
    ...watchHandlers({
      metrics: new MetricsTable(documents, modelsName),
      audit,
      flags,
      personal,
      stored,
      domains,
      now,
    }),
  };
  const review = { domainOf: (id: string) => flags.domainOf(id.split('-')[0]!) };
  const withDomain = {
    flag: flags,
    case: cases,
    review,
    blind,
    drop: drops,
    labels,
    retraining: table,
    export: exports,
    erasure: erasures,
  };
  const denials = new DenialLog(documents, environment.ASSAY_DROPS_TABLE, { audit, domains, now });
  return {
    ...{ handlers, denials, people, namesSubject, isErasable: stored.isErasable },
    domainOf: (subject, id) => withDomain[subject].domainOf(id),
  };
}

/** Asked for once in a process; a failure is asked again. */
function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let known: Promise<Value> | undefined;
  return () => {
    known ??= ask().catch((error: unknown) => {
      known = undefined;
      throw error;
    });
    return known;
  };
}
