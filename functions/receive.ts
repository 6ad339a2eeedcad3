/** The queue of arrivals goes in; a running state machine for each drop comes out, and labels files are read. */
import { SFNClient } from '@aws-sdk/client-sfn';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { readArrival } from '../lib/drops/arrival.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { labelsId } from '../lib/reviews/labels-status.ts';
import { AuditChain } from '../lib/store/audit-chain.ts';
import { documentClient, s3Client } from '../lib/store/clients.ts';
import { readEnvironment } from '../lib/store/environment.ts';
import { findVersion } from '../lib/store/find-version.ts';
import { LabelsTable } from '../lib/store/labels-table.ts';
import { domainsWithModels } from '../lib/store/model-table.ts';
import { S3ObjectStore } from '../lib/store/s3-object-store.ts';
import { dropStatus } from '../lib/store/stage-tools.ts';
import { startDrop } from '../lib/store/start-drop.ts';
import { isLabelsFile, takeLabels } from '../lib/store/take-labels.ts';

const { ASSAY_DROP_MACHINE_ARN, ASSAY_DROPS_BUCKET, ASSAY_DROPS_TABLE, ASSAY_MODELS_TABLE } = readEnvironment(
  ['ASSAY_DROP_MACHINE_ARN', 'ASSAY_DROPS_BUCKET', 'ASSAY_DROPS_TABLE', 'ASSAY_MODELS_TABLE'],
  process.env,
);
const audit = new AuditChain(documentClient(), ASSAY_DROPS_TABLE);
const labels = {
  labels: new LabelsTable(documentClient(), ASSAY_DROPS_TABLE, audit, Date.now),
  store: new S3ObjectStore(s3Client(), ASSAY_DROPS_BUCKET),
  domains: () => domainsWithModels(documentClient(), ASSAY_MODELS_TABLE),
};
const starter = {
  drops: dropStatus(),
  executions: new SFNClient({ retryMode: 'adaptive', maxAttempts: 8 }),
  machineArn: ASSAY_DROP_MACHINE_ARN,
};

export const handler = observe(async ({ Records }: SQSEvent): Promise<SQSBatchResponse> => {
  const failures: { itemIdentifier: string }[] = [];
  for (const { messageId, body } of Records) {
    try {
      const arrival = await readArrival(body, (object) => findVersion(s3Client(), object));
      if (isLabelsFile(arrival.drop)) {
        const state = await takeLabels(labels, arrival.drop);
        const { id, domain } = arrival.drop;
        log.info(`the labels file is ${state}`, { drop: labelsId(id), domain });
        continue;
      }
      const isStarted = await startDrop(starter, arrival);
      const { drop, attempt } = arrival;
      const fields = { drop: drop.id, domain: drop.domain, bytes: drop.bytes, attempt };
      log.info(isStarted ? 'the drop is started' : 'the drop is known already', fields);
    } catch (error) {
      log.error('a message was not understood or not acted upon', errorFields(error));
      failures.push({ itemIdentifier: messageId });
    }
  }
  return { batchItemFailures: failures };
});
