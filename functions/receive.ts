/** Starts a state machine for each drop in the queue of arrivals, as many as may be under way, and reads labels files. */
import { SFNClient } from '@aws-sdk/client-sfn';
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { AuditChain } from '../lib/aws/audit-chain.ts';
import { documentClient, s3Client } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { findVersion } from '../lib/aws/find-version.ts';
import { LabelsTable } from '../lib/aws/labels-table.ts';
import { domainsWithModels } from '../lib/aws/model-table.ts';
import { deleteVersion } from '../lib/aws/object-versions.ts';
import { S3ObjectStore } from '../lib/aws/s3-object-store.ts';
import { WaitingDrops } from '../lib/aws/stop-table.ts';
import { UploadLog } from '../lib/aws/upload-log.ts';
import { readArrival, readResumed } from '../lib/drops/arrival.ts';
import type { DropRef } from '../lib/drops/flow.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { labelsId } from '../lib/reviews/labels-status.ts';
import { dropStatus } from '../lib/services/stage-deps.ts';
import { type DropStarter, startDrop, startWaiting } from '../lib/services/start-drop.ts';
import { stopOfChampion } from '../lib/services/stop-source.ts';
import { erasableKeys } from '../lib/services/subject-keys.ts';
import { isLabelsFile, takeLabels } from '../lib/services/take-labels.ts';

const { ASSAY_DROP_MACHINE_ARN, ASSAY_DROPS_BUCKET, ASSAY_DROPS_TABLE, ASSAY_MODELS_TABLE, ...own } =
  readEnvironment(
    [
      ...(['ASSAY_DROP_MACHINE_ARN', 'ASSAY_DROPS_BUCKET', 'ASSAY_DROPS_TABLE'] as const),
      ...(['ASSAY_MODELS_TABLE', 'ASSAY_ARRIVALS_URL', 'ASSAY_MAX_DROPS'] as const),
      'ASSAY_DATA_BUCKET',
    ],
    process.env,
  );
const audit = new AuditChain(documentClient(), ASSAY_DROPS_TABLE);
const uploads = new UploadLog(documentClient(), ASSAY_DROPS_TABLE, Date.now);
const labels = {
  uploads,
  labels: new LabelsTable(documentClient(), ASSAY_DROPS_TABLE, audit, Date.now),
  store: new S3ObjectStore(s3Client(), ASSAY_DROPS_BUCKET),
  data: new S3ObjectStore(s3Client(), own.ASSAY_DATA_BUCKET),
  keysOf: erasableKeys(),
  deleteVersion: (object: Pick<DropRef, 'bucket' | 'key' | 'version'>) =>
    deleteVersion(s3Client(), object.bucket, object),
  domains: () => domainsWithModels(documentClient(), ASSAY_MODELS_TABLE),
};
const stores = {
  documents: documentClient(),
  dropsTable: ASSAY_DROPS_TABLE,
  modelsTable: ASSAY_MODELS_TABLE,
};
const starter: DropStarter = {
  uploads,
  drops: dropStatus(),
  executions: new SFNClient({ retryMode: 'adaptive', maxAttempts: 8 }),
  machineArn: ASSAY_DROP_MACHINE_ARN,
  maxDrops: own.ASSAY_MAX_DROPS,
  stopOf: (domain) => stopOfChampion(stores, domain),
  waiting: new WaitingDrops(documentClient(), ASSAY_DROPS_TABLE),
  keysOf: erasableKeys(),
};
const arrivals = new SQSClient({ retryMode: 'adaptive', maxAttempts: 8 });

/** Until a drop that waits is looked at again. */
const WAIT_SECONDS = 60;

/** Back into the queue as a new message: waiting is no failed delivery, and must not count towards the dead letters. */
async function putBack(MessageBody: string): Promise<void> {
  const message = { QueueUrl: own.ASSAY_ARRIVALS_URL, MessageBody, DelaySeconds: WAIT_SECONDS };
  await arrivals.send(new SendMessageCommand(message));
}

const START_MESSAGES = {
  started: 'the drop is started',
  known: 'the drop is known already',
  full: 'the drop waits until others are done',
  queued: 'the drop is in the queue of its domain',
  behind: 'the drop is in the queue of its domain, which waits until others are done',
} as const;

/** The drops of a domain that wait, as many as may be under way; the rest when this message comes again. */
async function startQueue(domain: string, body: string): Promise<void> {
  const state = await startWaiting(starter, domain);
  if (state === 'full') await putBack(body);
  log.info(state === 'full' ? START_MESSAGES.behind : 'no drop of the domain waits to be started', {
    domain,
  });
}

export const handler = observe(async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const failures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      const resumed = readResumed(body);
      if (resumed !== null) {
        await startQueue(resumed, body);
        continue;
      }
      const arrival = await readArrival(body, (object) => findVersion(s3Client(), object));
      if (isLabelsFile(arrival.drop)) {
        const state = await takeLabels(labels, arrival.drop);
        const { id, domain } = arrival.drop;
        log.info(`the labels file is ${state}`, { drop: labelsId(id), domain });
        continue;
      }
      const start = await startDrop(starter, arrival);
      // Known by then, the message of a drop in the queue has the queue looked at.
      if (start === 'full' || start === 'behind') await putBack(body);
      const { drop, attempt } = arrival;
      const fields = { drop: drop.id, domain: drop.domain, bytes: drop.bytes, attempt };
      log.info(START_MESSAGES[start], fields);
    } catch (error) {
      log.error('a message was not understood or not acted upon', errorFields(error));
      failures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures: failures };
});
