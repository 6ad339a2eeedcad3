/** The API but for scoring: flags, reviews, drops, models, retrainings, the service itself. An event of the HTTP API in, a response out. */
import { readGroupMap } from '../lib/api/group-map.ts';
import { type ApiEvent, serve } from '../lib/api/serve.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { apiParts } from '../lib/store/api-function.ts';
import { promptDocumentClient } from '../lib/store/clients.ts';
import { readEnvironment } from '../lib/store/environment.ts';
import { IdempotencyTable } from '../lib/store/idempotency-table.ts';

const { ASSAY_DROPS_TABLE, ASSAY_ISSUER_GROUPS } = readEnvironment(
  ['ASSAY_DROPS_TABLE', 'ASSAY_ISSUER_GROUPS'],
  process.env,
);

const service = {
  ...apiParts(),
  groups: readGroupMap(ASSAY_ISSUER_GROUPS),
  keys: new IdempotencyTable(promptDocumentClient(), ASSAY_DROPS_TABLE, Date.now),
  log,
};

export const handler = observe((event: ApiEvent) => serve(service, event));
