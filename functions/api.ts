/** The API but for scoring: flags, reviews, drops, models, retrainings, the service itself. It answers events of the HTTP API. */
import type { ApiEvent } from '../lib/api/api-event.ts';
import { readGroupMap } from '../lib/api/group-map.ts';
import { serve } from '../lib/api/serve.ts';
import { promptDocumentClient } from '../lib/aws/clients.ts';
import { readEnvironment } from '../lib/aws/environment.ts';
import { IdempotencyTable } from '../lib/aws/idempotency-table.ts';
import { log } from '../lib/observe/logger.ts';
import { observe } from '../lib/observe/observe.ts';
import { apiParts } from '../lib/services/api-function.ts';

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
