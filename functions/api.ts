/** The API but for scoring: flags, reviews, drops, models, retrainings, the service itself. An event of the HTTP API in, a response out. */
import { type ApiEvent, serve } from '../lib/api/serve.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { apiAnswerers } from '../lib/store/api-function.ts';
import { promptDocumentClient } from '../lib/store/clients.ts';
import { readEnvironment } from '../lib/store/environment.ts';
import { IdempotencyTable } from '../lib/store/idempotency-table.ts';

const { ASSAY_DROPS_TABLE } = readEnvironment(['ASSAY_DROPS_TABLE'], process.env);

const service = {
  answerers: apiAnswerers(),
  keys: new IdempotencyTable(promptDocumentClient(), ASSAY_DROPS_TABLE, Date.now),
  log,
};

export const handler = observe((event: ApiEvent) => serve(service, event));
