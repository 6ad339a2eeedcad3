/** Every few minutes: what drops and requests left of the past is put together, so that the next ones find it in few pieces. */

import { documentClient, s3Client } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { HistoryTable } from '../lib/aws/history-table.ts';
import { S3ObjectStore } from '../lib/aws/s3-object-store.ts';
import { compactHistory } from '../lib/history/compact.ts';
import { errorFields, log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { functionSize, stageModels } from '../lib/services/stage-deps.ts';

const environment = readEnvironment(
  ['ASSAY_DROPS_TABLE', 'ASSAY_DATA_BUCKET', 'ASSAY_ROWS_PER_PARTITION'],
  process.env,
);
const models = stageModels();
const deps = {
  data: new S3ObjectStore(s3Client(), environment.ASSAY_DATA_BUCKET),
  index: new HistoryTable(documentClient(), environment.ASSAY_DROPS_TABLE),
  rowsPerPartition: environment.ASSAY_ROWS_PER_PARTITION,
  ...functionSize(),
  now: () => new Date(),
};

export const handler = observe(
  async () => {
    const failed: string[] = [];
    for (const domain of await models.domains()) {
      try {
        const drops = await compactHistory(deps, domain);
        if (drops > 0) log.info('history compacted', { domain, drops });
      } catch (error) {
        // The past is read as it lies meanwhile: one domain is no reason to leave the others behind.
        log.error('a history could not be compacted', { domain, ...errorFields(error) });
        failed.push(domain);
      }
    }
    if (failed.length > 0) throw new Error(`not compacted: ${failed.join(', ')}`);
    return {};
  },
  () => ({ stage: 'compact-history' }),
);
